"""What a public page is given to show: what was published, or what there would be once one quarter more is published.

Every page takes its publications from here and never asks who may see them. Whoever shows a preview puts a shelf of
their own upon the request, and keeps nothing of what comes of it (`kept.nothing_is`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from kpis import kept, published
from kpis.published import Edition, Issue


@dataclass(frozen=True)
class Shelf:
    """`issues` are newest first; of them `proposed`, whose text is `text`, is not published."""

    issues: list[Issue]
    proposed: Issue | None = None
    text: Edition | None = None

    def chosen(self, code: str) -> Issue | None:
        """The issue of the quarter `code`; where it is empty, what is previewed or else the newest. 404 for another."""
        if not code:
            return self.proposed or (self.issues[0] if self.issues else None)
        for issue in self.issues:
            if issue.quarter.code == code:
                return issue
        raise Http404(_("這一季尚未公布。"))

    def edition(self, issue: Issue) -> Edition:
        """The issue's text as values; one query where this process has not read it yet."""
        return self.text if self.text and issue == self.proposed else published.edition(issue)

    def before(self, issue: Issue) -> list[Issue]:
        """The quarters published up to this one's, oldest first."""
        return [each for each in reversed(self.issues) if each.quarter < issue.quarter]

    def editions(self, issues: Iterable[Issue]) -> list[Edition]:
        """The issues' texts in their order; one query where this process has not read those published yet."""
        wanted = list(issues)
        known = [each for each in wanted if each != self.proposed]
        read = dict(zip(known, published.editions(known), strict=True))
        return [read[each] if each in read else self.edition(each) for each in wanted]

    def mark(self, issue: Issue) -> str:
        """What a file's name says of an issue that is not published."""
        return "-preview" if issue == self.proposed else ""


def shelf_of(request: HttpRequest) -> Shelf:
    """What this request's page may show; one query where nothing is kept."""
    given: Shelf | None = getattr(request, "shelf", None)
    return given or Shelf(kept.value(("issues",), published.issues))
