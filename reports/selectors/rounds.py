"""Reporting rounds: their dates and states, what has come in, and what publishing one would freeze."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.db.models.lookups import LessThan
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from kpis.models import Publication, RollupCheck, RollupTask
from kpis.results import NodeResult
from kpis.selectors import node_results
from ministries import clock
from ministries.models import AuditCheck, AuditEntry, DemonstrationRun
from ministries.permissions import Act
from programs.quarters import Quarter
from programs.selectors import current_plan
from reports.models import Extension, PublicationProposal, Report, ReportingQuarter, ReportState
from reports.models.publications import ACTS
from reports.selectors.deadlines import Deadline, deadline_of
from reports.selectors.extensions import ExtensionRow, extensions_of_round
from reports.selectors.names import Named, name_json, named_from

HANDED_IN = (ReportState.SUBMITTED, ReportState.ENDORSED, ReportState.ACCEPTED)


@dataclass(frozen=True)
class Round:
    """A reporting quarter with counts of its reports; `digest` once it is published, `proposed` what its proposal waits for.

    `late` of them came in late or are due and have not come in, `requests` for more time wait for their answer;
    `differing` is how many stored figures the last nightly check found to differ from their facts: none, one hopes.
    """

    record: ReportingQuarter
    reports: int
    handed_in: int
    accepted: int
    digest: str
    is_stale: bool
    differing: int
    audit_wrong: str
    late: int
    requests: int
    proposed: str
    is_demonstration: bool = False

    @property
    def quarter(self) -> Quarter:
        quarter: Quarter = self.record.quarter
        return quarter

    @property
    def undecided(self) -> int:
        """Reports that were handed in and wait for the secretariat; the round is not published before they are decided."""
        return self.handed_in - self.accepted

    @property
    def days_left(self) -> int:
        return (self.record.due_on - clock.today()).days

    @property
    def may_open(self) -> bool:
        """The page offers what the services would not refuse at once."""
        return self.record.opened_at is None and clock.today() >= self.record.quarter.first_day

    @property
    def is_missed(self) -> bool:
        """Its last day has passed and nothing has opened it; from now on somebody has to."""
        return self.record.opened_at is None and clock.today() > self.record.closes_on

    @property
    def may_close(self) -> bool:
        return self.record.takes_entries

    @property
    def may_publish(self) -> bool:
        return self.record.opened_at is not None and self.record.published_at is None


def rounds() -> list[Round]:
    """Every round of the managed plan under way, oldest first; one query. The plan knows whether it is a demonstration."""
    found = [_round(row) for row in _counted(ReportingQuarter.objects.filter(plan__is_managed=True))]
    plan = current_plan([each.record.plan for each in found])
    return [each for each in found if each.record.plan == plan]


def _counted(rows: QuerySet[ReportingQuarter]) -> QuerySet[Any]:
    waiting = Extension.objects.filter(
        report__reporting_quarter=OuterRef("pk"), state=Extension.State.ASKED
    ).order_by()
    requests = waiting.values("report__reporting_quarter").annotate(count=Count("pk")).values("count")
    is_owed = Q(reports__no_longer_owed_since__isnull=True)
    overdue = LessThan(Greatest(F("due_on"), F("reports__extended_until")), clock.today())
    is_late = Q(reports__days_late__gt=0) | (Q(reports__days_late__isnull=True) & Q(overdue))
    proposals = PublicationProposal.objects.open().filter(reporting_quarter=OuterRef("pk"))
    same = Publication.objects.filter(plan=OuterRef("plan"), quarter=OuterRef("quarter"))
    return (
        rows.select_related("plan", "opened_by", "opened_on_behalf_of", "closed_by", "closed_on_behalf_of")
        .annotate(
            report_count=Count("reports", is_owed),
            handed_in_count=Count("reports", Q(reports__state__in=HANDED_IN)),
            accepted_count=Count("reports", Q(reports__state=ReportState.ACCEPTED)),
            late_count=Count("reports", is_owed & is_late),
            request_count=Subquery(requests),
            digest=Subquery(same.values("digest")[:1]),
            proposed=Subquery(proposals.values("state")[:1]),
            differing=Subquery(RollupCheck.objects.values("differences")[:1]),
            audit_wrong=Subquery(AuditCheck.objects.values("wrong")[:1]),
            is_demonstration=Exists(DemonstrationRun.objects.all()),
            is_stale=Exists(RollupTask.objects.filter(indicator__plan=OuterRef("plan"))),
        )
        .order_by("-plan__starts_on", "quarter")
    )


def _round(row: Any) -> Round:
    row.plan.is_demonstration = row.is_demonstration
    return Round(
        record=row,
        reports=row.report_count,
        handed_in=row.handed_in_count,
        accepted=row.accepted_count,
        digest=row.digest or "",
        proposed=str(PublicationProposal.State(row.proposed).label) if row.proposed else "",
        is_stale=row.is_stale,
        differing=row.differing or 0,
        audit_wrong=row.audit_wrong or "",
        late=row.late_count,
        requests=row.request_count or 0,
        is_demonstration=row.is_demonstration,
    )


def missed_rounds(known: list[Round]) -> list[Round]:
    """Those that passed by unopened since the first one that was opened: before it the portal was not at work."""
    opened = [each.quarter for each in known if each.record.opened_at]
    return [each for each in known if opened and each.is_missed and each.quarter > min(opened)]


def round_in_view(known: list[Round], wanted: Quarter | None = None) -> Round | None:
    """The round of `wanted`, or without one: the newest that was opened, else the first; None where there is none."""
    if wanted is not None:
        return next((each for each in known if each.quarter == wanted), None)
    opened = [each for each in known if each.record.opened_at]
    return opened[-1] if opened else next(iter(known), None)


@dataclass(frozen=True)
class ReportStatus:
    """One organisation's report in a round."""

    report: Report
    organisation: Named
    deadline: Deadline


@dataclass(frozen=True)
class ChangedDate:
    """One date of a round that was set otherwise."""

    label: str
    before: date
    after: date


@dataclass(frozen=True)
class RoundAct:
    """What was done to a round: opened, closed, its dates set, published; by the system where there is no actor."""

    entry: AuditEntry
    changed: tuple[ChangedDate, ...]

    @property
    def label(self) -> str:
        return str(PUBLICATION_DEEDS.get(self.entry.detail.get("publication", ""), _ACTS[self.entry.act]))

    @property
    def because(self) -> str:
        """Why a proposal fell back."""
        because = self.entry.detail.get("because", "")
        return str(PublicationProposal.Because(because).label) if because else ""

    @property
    def reopened(self) -> bool:
        return bool(self.entry.detail.get("reopened"))

    @property
    def reason(self) -> str:
        return str(self.entry.detail.get("reason", ""))


_ACTS: dict[str, Promise] = {
    Act.OPEN_QUARTER: gettext_lazy("開放填報"),
    Act.CLOSE_QUARTER: gettext_lazy("截止填報"),
    Act.SET_QUARTER_DATES: gettext_lazy("變更日期"),
    Act.PROPOSE_PUBLICATION: gettext_lazy("提請公布"),
    Act.PUBLISH_QUARTER: gettext_lazy("公布"),
}
PUBLICATION_DEEDS: dict[str, Promise] = {
    "proposed": gettext_lazy("提請公布"),
    "confirmed": gettext_lazy("確認公布"),
    "refused": gettext_lazy("不同意公布"),
    "withdrawn": gettext_lazy("撤回公布提案"),
    "fell_back": gettext_lazy("公布提案須重新確認"),
    "published": gettext_lazy("公布"),
}
"""What was done to a proposal, as the audit log's detail has it under `publication`."""
DATES: dict[str, Promise] = {
    "opens_on": gettext_lazy("開放日"),
    "due_on": gettext_lazy("期限"),
    "closes_on": gettext_lazy("截止日"),
}


def _history(record: ReportingQuarter) -> tuple[RoundAct, ...]:
    """What the audit log knows of the round, oldest first; one query."""
    entries = AuditEntry.objects.filter(
        subject_type=ReportingQuarter._meta.label_lower, subject_id=record.pk, act__in=_ACTS
    )
    return tuple(
        RoundAct(entry, tuple(_changed(entry.detail)))
        for entry in entries.select_related("actor", "on_behalf_of").order_by("id")
    )


def _changed(detail: dict[str, Any]) -> Iterator[ChangedDate]:
    before, after = detail.get("from", {}), detail.get("to", {})
    for name, label in DATES.items():
        if name in after:
            yield ChangedDate(str(label), date.fromisoformat(before[name]), date.fromisoformat(after[name]))


@dataclass(frozen=True)
class RoundPage:
    """A round with its reports; `plan_figure` holds the coverage that publishing would freeze."""

    round: Round
    reports: tuple[ReportStatus, ...]
    plan_figure: NodeResult
    publication: Publication | None
    history: tuple[RoundAct, ...]
    extensions: tuple[ExtensionRow, ...]
    proposals: tuple[PublicationProposal, ...]

    @property
    def proposal(self) -> PublicationProposal | None:
        """The one that waits, or that became the publication."""
        wanted = ("proposed", "confirmed", "published")
        return next((each for each in self.proposals if each.state in wanted), None)

    @property
    def missing(self) -> tuple[ReportStatus, ...]:
        """Not agreed to, and asked for."""
        return tuple(
            each for each in self.reports if each.report.is_owed and each.report.state != ReportState.ACCEPTED
        )


def round_page(quarter: Quarter) -> RoundPage:
    """Seven queries; 404 for a quarter outside the plan."""
    found = round_in_view(rounds(), quarter)
    if found is None:
        raise Http404
    plan = found.record.plan
    reports: Any = (
        found.record.reports.select_related("organisation", "reporting_quarter", "submitted_by")
        .annotate(organisation_words=name_json("organisation_id", quarter.last_day))
        .order_by("organisation__order", "organisation__code")
    )
    (whole,) = node_results(plan, quarter, kinds=["plan"])
    published = Publication.objects.filter(plan=plan, quarter=quarter).select_related("published_by")
    proposals = PublicationProposal.objects.filter(reporting_quarter=found.record).defer("content")
    people = (f"{act}_{who}" for act in ACTS for who in ("by", "on_behalf_of"))
    return RoundPage(
        round=found,
        reports=tuple(
            ReportStatus(row, named_from(row.organisation.code, row.organisation_words), deadline_of(row))
            for row in reports
        ),
        plan_figure=whole,
        publication=published.defer("content").first(),
        history=_history(found.record),
        extensions=extensions_of_round(found.record),
        proposals=tuple(proposals.select_related(*people)),
    )
