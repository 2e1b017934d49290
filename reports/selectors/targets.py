"""Targets as the secretariat governs them: what holds now, what it took the place of, and what is proposed instead.

An indicator is for the secretariat to read, and for every organisation that owes or owed its figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404

from kpis.models import Indicator, IndicatorOwner, Target
from kpis.selectors import Revision, first_quarter_of, in_force, revisions
from ministries import clock
from ministries.models import Organisation, User
from ministries.permissions import Act, may, scope_of
from programs.models import Plan
from programs.quarters import Quarter
from programs.selectors import current_plan
from reports.models import ReportingQuarter, TargetProposal
from reports.selectors.names import Named, named


@dataclass(frozen=True)
class ProposalRow:
    """A proposal under its organisation's name of the day it was made, and the target that it would replace."""

    proposal: TargetProposal
    organisation: Named
    instead_of: Target | None

    @property
    def indicator(self) -> Indicator:
        return self.proposal.indicator


@dataclass(frozen=True)
class TargetRow:
    """An indicator with the target that holds now, and how often it was changed."""

    indicator: Indicator
    target: Target | None
    revisions: tuple[Revision, ...]
    is_proposed: bool

    @property
    def changes(self) -> int:
        return len(self.revisions)

    @property
    def last_change(self) -> Quarter | None:
        return self.revisions[0].holds_from if self.revisions else None


@dataclass(frozen=True)
class TargetsPage:
    quarter: Quarter
    proposed: tuple[ProposalRow, ...]
    rows: tuple[TargetRow, ...]


@dataclass(frozen=True)
class HeldTarget:
    """A target of the indicator's history; a decided one with the proposal that it came from."""

    target: Target
    proposal: ProposalRow | None
    is_in_force: bool


@dataclass(frozen=True)
class TargetPage:
    """All that was ever promised and proposed of one indicator; `next_quarter` is the first that may be changed."""

    indicator: Indicator
    quarter: Quarter
    target: Target | None
    held: tuple[HeldTarget, ...]
    proposed: tuple[ProposalRow, ...]
    others: tuple[ProposalRow, ...]
    quarters: tuple[Quarter, ...]

    @property
    def next_quarter(self) -> Quarter | None:
        return self.quarters[0] if self.quarters else None


def targets_page() -> TargetsPage | None:
    """Every indicator of the plan under way, open proposals first; six queries at any size, None without a plan."""
    plan = current_plan()
    if plan is None:
        return None
    quarter = _quarter_now(plan)
    indicators = list(
        Indicator.objects.filter(plan=plan).select_related("pillar").prefetch_related("targets")
    )
    open_proposals = TargetProposal.objects.filter(
        indicator__plan=plan, state=TargetProposal.State.PROPOSED
    ).order_by("proposed_at", "id")
    proposed = _rows(open_proposals)
    waiting = {each.proposal.indicator_id for each in proposed}
    return TargetsPage(
        quarter,
        proposed,
        tuple(
            TargetRow(
                each,
                in_force(each.targets.all(), quarter),
                tuple(revisions(each.targets.all())),
                each.pk in waiting,
            )
            for each in indicators
        ),
    )


def visible_indicators(actor: User) -> QuerySet[Indicator]:
    """Those whose targets the actor may read about: of their organisations, now or once; all for readers."""
    if may(actor, Act.READ_REPORT):
        return Indicator.objects.all()
    own = scope_of(actor).organisations(Act.READ_REPORT)
    return Indicator.objects.filter(
        pk__in=IndicatorOwner.objects.filter(organisation__in=own).values("indicator")
    )


def indicator_for(*, actor: User, code: str) -> Indicator:
    """The indicator of the plan under way, where the actor may read how its target is governed; 404 hides any other."""
    indicators = visible_indicators(actor).filter(plan=current_plan(), code=code)
    found = indicators.select_related("plan", "pillar").prefetch_related("targets").first()
    if found is None:
        raise Http404
    return found


def target_page(indicator: Indicator) -> TargetPage:
    """Four queries, however long the history; `indicator` comes from `indicator_for`."""
    quarter = _quarter_now(indicator.plan)
    targets = list(indicator.targets.all())
    target = in_force(targets, quarter)
    proposals = _rows(TargetProposal.objects.filter(indicator=indicator))
    made = {each.proposal.target_id: each for each in proposals}
    newest_first = sorted(targets, key=lambda each: (each.effective_from, each.year or 0), reverse=True)
    closed = (TargetProposal.State.REFUSED, TargetProposal.State.WITHDRAWN)
    return TargetPage(
        indicator=indicator,
        quarter=quarter,
        target=target,
        held=tuple(HeldTarget(each, made.get(each.pk), each == target) for each in newest_first),
        proposed=tuple(each for each in proposals if each.proposal.is_open),
        others=tuple(each for each in proposals if each.proposal.state in closed),
        quarters=tuple(_changeable(indicator.plan)),
    )


def proposal_for(*, actor: User, code: str, pk: int) -> TargetProposal:
    """The proposal about the indicator, where the actor may read it."""
    found = (
        TargetProposal.objects.filter(indicator=indicator_for(actor=actor, code=code), pk=pk)
        .select_related("indicator", "organisation")
        .first()
    )
    if found is None:
        raise Http404
    return found


def organisations_proposing(actor: User, indicator: Indicator) -> list[Organisation]:
    """Where the actor may propose for an organisation that owes the indicator now or later; one query."""
    own = scope_of(actor).organisations(Act.PROPOSE_CHANGE)
    if not own:
        return []
    now = _quarter_now(indicator.plan)
    owners = IndicatorOwner.objects.filter(
        Q(until_quarter__isnull=True) | Q(until_quarter__gte=now), indicator=indicator, organisation__in=own
    )
    return list(
        Organisation.objects.filter(pk__in=owners.values("organisation"))
        .prefetch_related("names")
        .order_by("order", "code")
    )


def _quarter_now(plan: Plan) -> Quarter:
    """Today's quarter, or the plan's nearest one."""
    return min(max(Quarter.containing(clock.today()), plan.first_quarter), plan.last_quarter)


def _changeable(plan: Plan) -> Iterable[Quarter]:
    """The plan's quarters behind the last one that was published."""
    published = (
        ReportingQuarter.objects.filter(plan=plan, published_at__isnull=False)
        .order_by("-quarter")
        .values_list("quarter", flat=True)
        .first()
    )
    first = plan.first_quarter if published is None else published + 1
    return Quarter.between(first, plan.last_quarter)


def _rows(proposals: QuerySet[TargetProposal]) -> tuple[ProposalRow, ...]:
    """Three queries: the proposals with their people, the organisations' names, the indicators' targets."""
    people = [f"{act}_{who}" for act in ("proposed", "decided") for who in ("by", "on_behalf_of")]
    found = proposals.select_related("indicator__pillar", "organisation", *people).prefetch_related(
        "organisation__names", "indicator__targets"
    )
    return tuple(
        ProposalRow(
            each,
            named(each.organisation, each.proposed_at.astimezone(clock.TAIPEI).date()),
            _instead_of(each),
        )
        for each in found
    )


def _instead_of(proposal: TargetProposal) -> Target | None:
    """The target that holds, without the proposal's own, where the proposed one would begin."""
    others = [
        each
        for each in proposal.indicator.targets.all()
        if each.pk != proposal.target_id and each.effective_from <= proposal.effective_from
    ]
    return in_force(others, first_quarter_of(proposal.effective_from, proposal.year))
