"""The secretariat accepts or returns what was handed in, line by line, and takes back what it accepted.

Nobody reviews what they entered, signed or handed in; where the plan asks for a second reviewer, it is another person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import Refused
from reports import acceptance, workflow
from reports.models import Line, LineStep, Report
from reports.selectors.hands import with_hands
from reports.selectors.switches import rules_of
from reports.services.correcting import end_correction, tell_the_public
from reports.services.moving import (
    Locked,
    locked,
    refuse_stuck,
    require_decisions_taken,
    require_round_open,
    understood,
    understood_of,
)
from reports.services.telling import tell_of_return
from reports.workflow import Deed, State


def accept_report(*, report: Report, actor: User, reason: str = "") -> Report:
    """Agrees to all that waits in one report, as `accept_reports` does in several."""
    return accept_reports(reports=[report], actor=actor, reason=reason)[0]


@transaction.atomic
def accept_reports(*, reports: Sequence[Report], actor: User, reason: str = "") -> list[Report]:
    """Agrees to every line that waits in the reports of one quarter, all or none; see `accept_lines`."""
    require(actor, Act.REVIEW_REPORT)
    if not reports:
        raise Refused(_("請先勾選要核定的報告。"))
    if len({report.reporting_quarter_id for report in reports}) > 1:
        raise Refused(_("一次只能核定同一季別的報告，請依季別分次辦理；所選報告均未變動。"))
    held = locked(reports)
    require_decisions_taken(held.reports[0])
    waiting = [line for line in held.lines if line.state in workflow.WAITING]
    busy = {line.report_id for line in waiting}
    idle = [report for report in held.reports if report.pk not in busy]
    if idle:
        refuse_stuck(idle, among=len(held.reports))
    _agree(held, waiting, actor, reason)
    return list(held.reports)


@transaction.atomic
def accept_lines(
    *,
    lines: Sequence[Line],
    actor: User,
    reason: str = "",
    comments: Mapping[int, str] | None = None,
    seen: Mapping[int, int] | None = None,
) -> list[Report]:
    """Agrees to single lines of one quarter, all or none: what they state becomes accepted facts, to be rolled up.

    `comments` (line → words) go before `reason`. `seen` (line → revision) is what the reviewer read: Refused where
    a line has been written anew since.

    Where the plan asks for a second reviewer, the first agreement only endorses. A line that was accepted before
    needs a reason, which stays with the corrected fact; where none is given it is what was said when the line was
    reopened or withdrawn. Queries do not grow with reports or lines.
    """
    require(actor, Act.REVIEW_REPORT)
    held, chosen = _chosen(lines, seen)
    _agree(held, chosen, actor, reason, comments)
    return list(held.reports)


@transaction.atomic
def return_lines(
    *, comments: Mapping[Line, str], actor: User, seen: Mapping[int, int] | None = None
) -> list[Report]:
    """Sends single lines of one quarter back to their ministries, each with its comment; the others stay as they are.

    `seen` as in `accept_lines`.
    """
    require(actor, Act.REVIEW_REPORT)
    held, chosen = _chosen(list(comments), seen)
    _past_of(chosen, actor)
    words = {line.pk: comment for line, comment in comments.items()}
    tell_of_return(held.move(chosen, Deed.RETURN, actor, Act.REVIEW_REPORT, comments=words), actor)
    return list(held.reports)


@transaction.atomic
def return_report(*, report: Report, actor: User, comment: str) -> Report:
    """Sends all that waits in the report back with one comment; in a closed round that is its last word."""
    require(actor, Act.REVIEW_REPORT)
    held = locked([report])
    require_decisions_taken(held.report)
    waiting = held.chosen(workflow.WAITING)
    _past_of(waiting, actor)
    tell_of_return(held.move(waiting, Deed.RETURN, actor, Act.REVIEW_REPORT, comment), actor)
    return held.report


@transaction.atomic
def reopen_report(
    *, report: Report, actor: User, comment: str, lines: Collection[int] | None = None
) -> Report:
    """Lets the ministry correct accepted lines (all where none are named); their facts stay in force until then."""
    require(actor, Act.REVIEW_REPORT)
    held = locked([report])
    require_round_open(held.report)
    chosen = held.chosen([State.ACCEPTED], lines)
    tell_of_return(held.move(chosen, Deed.REOPEN, actor, Act.REVIEW_REPORT, comment), actor)
    return held.report


@transaction.atomic
def withdraw_acceptance(
    *, report: Report, actor: User, comment: str, lines: Collection[int] | None = None
) -> Report:
    """Takes back what was agreed to: the lines' facts are out of force at once, and figures follow.

    The lines go back to the ministry; in a closed round that is their last word.
    """
    require(actor, Act.REVIEW_REPORT)
    held = locked([report])
    require_decisions_taken(held.report)
    reason = understood(comment)
    chosen = held.chosen([State.ACCEPTED], lines)
    tell_of_return(held.move(chosen, Deed.WITHDRAW, actor, Act.REVIEW_REPORT, reason), actor)
    acceptance.take_out(lines=chosen, actor=actor, reason=reason)
    return held.report


def _chosen(lines: Sequence[Line], seen: Mapping[int, int] | None) -> tuple[Locked, list[Line]]:
    """The lines as they stand now, among their locked reports, all of one quarter that takes decisions."""
    if not lines:
        message = _("請先勾選要審查的項目。")
        raise Refused(message, {"line": message})
    reports = {line.report_id: line.report for line in lines}
    if len({report.reporting_quarter_id for report in reports.values()}) > 1:
        raise Refused(_("一次只能審查同一季別的項目，請依季別分次辦理；所選項目均未變動。"))
    held = locked(list(reports.values()))
    require_decisions_taken(held.reports[0])
    wanted = {line.pk for line in lines}
    chosen = [line for line in held.lines if line.pk in wanted]
    known = seen or {}
    waiting = [line for line in chosen if line.state in workflow.WAITING]
    anew = sum(known.get(line.pk, line.revision) != line.revision for line in waiting)
    if anew:
        raise Refused(
            _("其中 %(count)d 項於您開啟頁面後已重新送出，請閱讀新內容後再審查；所選項目均未變動。")
            % {"count": anew}
        )
    return held, chosen


def _agree(
    held: Locked,
    lines: Sequence[Line],
    actor: User,
    reason: str,
    comments: Mapping[int, str] | None = None,
) -> None:
    """Endorses what needs a second reviewer, accepts the rest."""
    reason, words = understood(reason), understood_of(comments or {})
    said_before = _past_of(lines, actor)
    by_deed: dict[Deed, list[Line]] = defaultdict(list)
    for line in lines:
        by_deed[workflow.agreement(line.state, rules_of(line))].append(line)
    endorsed = by_deed[Deed.ENDORSE]
    if endorsed:
        held.move(endorsed, Deed.ENDORSE, actor, Act.REVIEW_REPORT, reason, words)
    accepted = by_deed[Deed.ACCEPT]
    if accepted:
        is_correction = end_correction(accepted)
        held.move(accepted, Deed.ACCEPT, actor, Act.REVIEW_REPORT, reason, words)
        # What the public is told is why a line was opened, whatever was said when it was accepted again.
        said = {line.pk: (said_before[line.pk], words.get(line.pk) or reason) for line in accepted}
        reasons = {
            pk: before or now if is_correction else now or before for pk, (before, now) in said.items()
        }
        facts = acceptance.copy_down(lines=accepted, actor=actor, reasons=reasons)
        if is_correction:
            tell_the_public(facts, held.reports[0])


def _past_of(lines: Sequence[Line], actor: User) -> dict[int, str]:
    """Line → why it was last taken back after an acceptance; Refused where the actor has a hand in some. One query.

    Four eyes: neither the reviewer nor the person in whose name they act wrote, signed or handed in the line, nor
    endorsed it where a second reviewer is asked for.
    """
    taken_back = LineStep.objects.filter(line=OuterRef("pk"), from_state=State.ACCEPTED).order_by("-id")
    past = with_hands(Line.objects.filter(pk__in=[line.pk for line in lines]), actor).annotate(
        said=Subquery(taken_back.values("comment")[:1])
    )
    rows = list(past.values_list("pk", "is_own", "is_first", "said"))
    own = sum(has_hand for _pk, has_hand, _first, _said in rows)
    if own:
        raise Refused(
            _("其中 %(count)d 項由您填報、核稿或送出，須由另一位管考人員審查；所選項目均未變動。")
            % {"count": own}
        )
    first = sum(is_first for _pk, _own, is_first, _said in rows)
    if first:
        raise Refused(
            _("其中 %(count)d 項由您初審，須由另一位管考人員複審；所選項目均未變動。") % {"count": first}
        )
    return {pk: said or "" for pk, _own, _first, said in rows}
