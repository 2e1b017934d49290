"""People talk about a line beside it, for as long as its quarter is not published; what was said stays as it was said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import NoticeKind, User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act, tell
from reports import typed
from reports.models import Line, LineComment, Report
from reports.models.evidence import LONGEST_COMMENT
from reports.selectors.line_pages import Mentionable, about_report, mentionable_on, name_of_line
from reports.services.moving import locked_line, require_decisions_taken


@transaction.atomic
def add_comment(*, line: Line, words: str, actor: User, mentions: Collection[int] = ()) -> LineComment:
    """Adds to the conversation; whoever is mentioned, by key or as `@name` in the words, is told.

    Sent twice, the same words stand there once.
    """
    organisation = line.report.organisation
    require(actor, Act.COMMENT, organisation)
    if not line.report.shows_lines_to(actor):
        raise PermissionDenied(_("此項內容於送出後始供檢視，尚不能表示意見。"))
    line = locked_line(line)
    report = line.report
    require_decisions_taken(report)
    if not line.is_live:
        raise Refused(_("此項已公布，未開放更正，不再接受意見。"))
    said = _understood(words)
    last = line.comments.order_by("-id").first()
    if last and last.by_id == actor.pk and last.words == said:
        return last
    people = _mentioned(mentionable_on(report, actor), said, mentions)
    comment = LineComment.objects.create(
        line=line,
        at=clock.now(),
        by=actor,
        on_behalf_of=principal_of(actor, Act.COMMENT, organisation),
        words=said,
    )
    comment.mentions.set(people)
    record_act(
        actor=actor,
        act=Act.COMMENT,
        subject=comment,
        organisation=organisation,
        detail={"line": line.pk, "mentions": [person.pk for person in people]},
    )
    _tell(report, comment, people)
    return comment


def _understood(words: str) -> str:
    try:
        said = typed.words(words, LONGEST_COMMENT)
    except typed.NotUnderstood as why:
        raise Refused(_("意見未送出。"), {"words": str(why)}) from why
    if not said:
        raise Refused(_("意見未送出。"), {"words": _("此欄必填。")})
    return said


def _mentioned(known: Iterable[Mentionable], said: str, chosen: Collection[int]) -> list[User]:
    """Those ticked and those called by name; the longer name goes first where one begins with another."""
    by_key = {each.person.pk: each.person for each in known}
    if not set(chosen) <= set(by_key):
        raise Refused(_("意見未送出。"), {"mention": _("所選人員中有人不得檢視此項，請重新勾選。")})
    names = sorted({person.name for person in by_key.values() if person.name}, key=len, reverse=True)
    called = set(re.findall("@(" + "|".join(map(re.escape, names)) + ")", said)) if names else set()
    return [person for pk, person in by_key.items() if pk in chosen or person.name in called]


def _tell(report: Report, comment: LineComment, people: list[User]) -> None:
    line = comment.line
    tell(
        kind=NoticeKind.MENTIONED,
        key=f"mentioned:{comment.pk}",
        people=people,
        facts={
            "about": about_report(report),
            "lines": [name_of_line(line)],
            "by": comment.by.name,
            "said": comment.words,
        },
        path=f"/reports/{report.reporting_quarter.quarter}/{report.organisation.code}/lines/{line.pk}/",
        organisation=report.organisation,
    )
