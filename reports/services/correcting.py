"""After publication accepted lines are opened for correction one by one, with a reason that the public will read.

They then take the road of every line: the ministry corrects, signs off and hands in, the secretariat accepts. What was
published stays as it was; what took its place stands in the public log. As long as nothing was said in a line, it can
be closed again as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from kpis.models import Publication
from kpis.services.correcting import log_corrections
from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import Refused
from programs.models import AcceptedFact
from reports import typed
from reports.models import Line, Report
from reports.selectors.corrections import unsaid_corrections
from reports.services.moving import Locked, locked
from reports.services.telling import tell_of_cancelling, tell_of_return
from reports.workflow import Deed, State


@transaction.atomic
def open_correction(*, report: Report, lines: Collection[int], reason: str, actor: User) -> Report:
    """Opens these accepted lines (by key) of a published quarter; the others stay closed, all facts stay in force."""
    require(actor, Act.REVIEW_REPORT)
    held = locked([report])
    round_ = held.report.reporting_quarter
    if round_.published_at is None:
        raise Refused(
            _("%(quarter)s尚未公布，請於報告頁面退回或重新開放填報。") % {"quarter": round_.quarter.label}
        )
    reason = _understood(reason, _("理由無法儲存，未開放更正。"), _("請說明更正理由；理由將公開於更正紀錄。"))
    chosen = _named(held, lines, _("請勾選要更正的項目。"))
    taken = [line for line in chosen if line.state != State.ACCEPTED]
    if taken:
        raise Refused(
            _("所選項目中有 %(count)d 項不是已核定，或已開放更正；請重新整理頁面。所選項目均未變動。")
            % {"count": len(taken)}
        )
    for line in chosen:
        # The report's state waits for it from now on, also where nobody owes it any longer.
        line.correcting = True
    moved = held.move(chosen, Deed.REOPEN, actor, Act.REVIEW_REPORT, reason)
    Line.objects.filter(pk__in=[line.pk for line in chosen]).update(correcting=True)
    tell_of_return(moved, actor)
    return held.report


@transaction.atomic
def cancel_correction(*, report: Report, lines: Collection[int], reason: str, actor: User) -> Report:
    """Closes lines (by key) that were opened for correction and in which nothing was said since, as they were accepted."""
    require(actor, Act.REVIEW_REPORT)
    held = locked([report])
    reason = _understood(reason, _("理由無法儲存，未取消更正。"), _("請說明取消更正之理由。"))
    chosen = _named(held, lines, _("請勾選要取消更正的項目。"))
    begun = {line.pk for line in chosen} - unsaid_corrections(chosen)
    if begun:
        raise Refused(
            _(
                "所選項目中有 %(count)d 項不在更正中，或開放後已有填報內容、佐證資料或留言，不能取消；"
                "請重新整理頁面。所選項目均未變動。"
            )
            % {"count": len(begun)}
        )
    # First, since the database knows no line that is accepted and corrected; the workflow goes by what was read.
    Line.objects.filter(pk__in=[line.pk for line in chosen]).update(correcting=False)
    tell_of_cancelling(held.move(chosen, Deed.CANCEL, actor, Act.REVIEW_REPORT, reason), actor)
    return held.report


def end_correction(lines: Sequence[Line]) -> bool:
    """The locked lines are about to be accepted; whether that corrects what was published. They are of one quarter."""
    correcting = [line.pk for line in lines if line.correcting]
    if correcting:
        Line.objects.filter(pk__in=correcting).update(correcting=False)
    return bool(correcting)


def tell_the_public(facts: Sequence[AcceptedFact], report: Report) -> None:
    """Notes the new facts of the report's published quarter in the public log."""
    round_ = report.reporting_quarter
    publication = Publication.objects.defer("content").get(plan=round_.plan_id, quarter=round_.quarter)
    log_corrections(publication=publication, facts=facts)


def _named(held: Locked, keys: Collection[int], asking: str) -> list[Line]:
    """The report's lines that were ticked, one at least."""
    chosen = [line for line in held.lines if line.pk in keys]
    if not chosen or len(chosen) < len(set(keys)):
        raise Refused(asking, {"lines": _("請至少勾選一項。")})
    return chosen


def _understood(text: str, unkept: str, asking: str) -> str:
    """The reason; `unkept` says that it cannot be kept, `asking` that it lacks."""
    try:
        reason = typed.words(text)
    except typed.NotUnderstood as why:
        raise Refused(unkept, {"reason": str(why)}) from why
    if not reason:
        raise Refused(asking, {"reason": _("此欄必填。")})
    return reason
