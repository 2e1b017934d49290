"""As known when: an overview's address may ask for a moment (`?as_of=`) or for what was published (`?published=`).

It reads addresses alone; what was known is the selectors' matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from ministries.moments import NotAMoment, parse_moment
from programs.quarters import Quarter
from reports.selectors import Round


@dataclass(frozen=True)
class Asked:
    """A moment, a published round, or neither: then what is known now. `refusal` says what is wrong with `text`."""

    text: str = ""
    as_of: datetime | None = None
    published: Round | None = None
    refusal: str = ""

    @property
    def opening(self) -> str:
        """What the address of a figure's own page needs to show it as it is shown here."""
        if self.published:
            return f"?{urlencode({'quarter': self.published.quarter})}"
        return f"?{urlencode({'as_of': self.text})}" if self.as_of else ""

    @property
    def status(self) -> int:
        return 422 if self.refusal else 200


def asked(query: QueryDict, known: Iterable[Round] = ()) -> Asked:
    """404 for a quarter that was not published, or for a page that knows none; a moment that is none is refused at its field."""
    text, published = query.get("as_of", "").strip(), query.get("published", "")
    if text and published:
        return Asked(text, refusal=_("日期與公布季別請擇一。"))
    if published:
        return Asked(published=_published(published, known))
    try:
        return Asked(text, parse_moment(text) if text else None)
    except NotAMoment as why:
        return Asked(text, refusal=str(why))


def _published(code: str, known: Iterable[Round]) -> Round:
    found = next((each for each in known if each.digest and each.quarter.code == code), None)
    if found is None:
        raise Http404
    return found


def wanted_quarter(query: QueryDict) -> Quarter | None:
    """The quarter of `?quarter=`; 404 where it names none."""
    code = query.get("quarter", "")
    try:
        return Quarter.parse(code) if code else None
    except ValueError as error:
        raise Http404 from error
