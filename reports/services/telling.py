"""Whoever waits for a report is told in the same transaction what became of it, once for each event.

It knows neither letters nor who wants them when; those are `ministries.services`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import prefetch_related_objects

from ministries.models import NoticeKind, Role, User
from ministries.selectors import people_by_role
from ministries.services import people_of, people_of_each, tell
from reports.models import Line, Receipt, Report, ReportEvent
from reports.models.reports import MOVED_OUT
from reports.selectors.line_pages import about_report
from reports.selectors.reminding import name_of
from reports.services.moving import Moved
from reports.workflow import Deed

Pair = dict[str, str]


def tell_of_return(moved: Moved, actor: User) -> None:
    """The ministries' officers and approvers learn which lines came back, and what was said of each."""
    _tell_of_lines(moved, actor, NoticeKind.RETURNED, Role.OFFICER, Role.APPROVER)


def tell_of_cancelling(moved: Moved, actor: User) -> None:
    """The ministries' officers and approvers learn that there is nothing to correct after all."""
    _tell_of_lines(moved, actor, NoticeKind.CORRECTION_CANCELLED, Role.OFFICER, Role.APPROVER)


def tell_of_sending_back(moved: Moved, actor: User) -> None:
    """The ministry's officers learn what the approver wants changed."""
    _tell_of_lines(moved, actor, NoticeKind.SENT_BACK, Role.OFFICER)


def tell_of_moves(events: Mapping[ReportEvent, Sequence[Line]], actor: User | None) -> None:
    """Officers and approvers of both ministries learn which lines went from the one's report to the other's."""
    lines = [line for moved in events.values() for line in moved]
    prefetch_related_objects(lines, "indicator", "program", "part", "milestone__program", "sub_item")
    bodies = {event.report.organisation_id: event.report.organisation for event in events}
    others = {event.pk: event.other for event in events if event.other}
    prefetch_related_objects([*bodies.values(), *others.values()], "names")
    people = people_of_each(bodies.values(), Role.OFFICER, Role.APPROVER)
    for event, moved in events.items():
        report = event.report
        other = others[event.pk].name_on(report.reporting_quarter.quarter.last_day)
        leads = ("移至", "To") if event.act == MOVED_OUT else ("移自", "From")
        tell(
            kind=NoticeKind.LINES_MOVED,
            key=_key(event),
            people=people[report.organisation_id],
            facts={
                "about": about_report(report),
                "lines": _named(moved, {}),
                "by": str(actor) if actor else "",
                "remark": {
                    "zh": f"{leads[0]}{other.name_zh}；已填內容、佐證資料及歷程一併移轉。",
                    "en": f"{leads[1]} {other.name_en}, with all that was written and attached.",
                },
            },
            path=_path(report),
            organisation=report.organisation,
        )


def tell_of_wish(event: ReportEvent) -> None:
    """The ministry's approvers learn that the officer is ready and waits for their sign-off."""
    report = event.report
    tell(
        kind=NoticeKind.SIGN_OFF_ASKED,
        key=_key(event),
        people=people_of(report.organisation, Role.APPROVER),
        facts={"about": about_report(report), "by": str(event.actor), "said": event.comment},
        path=_path(report),
        organisation=report.organisation,
    )


def tell_of_submission(receipt: Receipt, actor: User) -> None:
    """The ministry's people have their receipt, and the secretariat's reviewers learn that something waits."""
    report, count = receipt.report, len(receipt.content["lines"])
    known = people_by_role([report.organisation])
    ministrys = known.of_organisations.get(report.organisation_id, {})
    people = [*ministrys.get(Role.OFFICER, []), *ministrys.get(Role.APPROVER, [])]
    tell(
        kind=NoticeKind.SUBMITTED,
        key=_key(receipt.event),
        people=[actor, *people, *known.of_secretariat.get(Role.REVIEWER, [])],
        facts={
            "about": about_report(report),
            "by": str(actor),
            "remark": {
                "zh": f"回執編號 {receipt.number}，共 {count} 項。",
                "en": f"Receipt {receipt.number}, {count} line{'' if count == 1 else 's'}.",
            },
        },
        path=_path(report),
        organisation=report.organisation,
    )


def _tell_of_lines(moved: Moved, actor: User, kind: NoticeKind, *roles: Role) -> None:
    lines = list(moved.lines)
    prefetch_related_objects(lines, "program", "part", "sub_item")
    organisations = {
        event.report.organisation_id: event.report.organisation for event in moved.events.values()
    }
    people = people_of_each(organisations.values(), *roles)
    for event in moved.events.values():
        report = event.report
        said = {line.pk: moved.words[line.pk] for line in lines if line.report_id == report.pk}
        together = next(iter(said.values())) if len(set(said.values())) == 1 else ""
        tell(
            kind=kind,
            key=_key(event),
            people=people[report.organisation_id],
            facts={
                "about": about_report(report),
                "lines": _named([line for line in lines if line.pk in said], {} if together else said),
                "by": str(actor),
                "said": together,
                "remark": _consequence(event),
            },
            path=_path(report),
            organisation=report.organisation,
        )


def _named(lines: Sequence[Line], said: dict[int, str]) -> list[Pair]:
    """The lines by name, each with what was said of it where that differs from line to line."""
    names = [(name_of(line), said.get(line.pk, "")) for line in lines]
    return [
        {"zh": f"{name['zh']}：{words}", "en": f"{name['en']}: {words}"} if words else name
        for name, words in names
    ]


def _consequence(event: ReportEvent) -> Pair | str:
    """What the ministry could not tell from the comment alone."""
    if event.act == Deed.REOPEN:
        return {
            "zh": "已重新開放填報；原核定數據於更正核定前仍然有效。",
            "en": "Reopened for correction; the accepted figures stay in force until the correction is accepted.",
        }
    if event.act == Deed.WITHDRAW:
        return {
            "zh": "已撤回核定，原核定數據不再採計。",
            "en": "The acceptance was withdrawn; the figures no longer count.",
        }
    return ""


def _key(event: ReportEvent) -> str:
    return f"event:{event.pk}"


def _path(report: Report) -> str:
    return f"/reports/{report.reporting_quarter.quarter}/{report.organisation.code}/"
