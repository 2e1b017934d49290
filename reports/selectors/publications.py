"""What publishing a quarter would show the public: the frozen text of its open proposal, or as the figures stand now."""

from __future__ import annotations

from dataclasses import dataclass

from kpis import published
from kpis.published import Issue, Node
from kpis.services.publishing import frozen
from kpis.shelf import Shelf
from ministries import clock
from programs.quarters import Quarter
from reports.models import PublicationProposal
from reports.selectors.rounds import Round, round_in_view, rounds


@dataclass(frozen=True)
class Preview:
    """A quarter that is not published, on the shelf where it would stand; without a proposal it may be another a moment later."""

    round: Round
    proposal: PublicationProposal | None
    issue: Issue
    shelf: Shelf

    @property
    def whole(self) -> Node | None:
        """The plan as the quarter would show it: what is owed, and what of it is accepted."""
        return self.shelf.edition(self.issue).plan_node


def preview_of(quarter: Quarter) -> Preview | None:
    """What the quarter's publication would show; None where it cannot be published, or is already."""
    found = round_in_view(rounds(), quarter)
    if found is None or not found.may_publish:
        return None
    plan = found.record.plan
    proposal = PublicationProposal.objects.open().filter(reporting_quarter=found.record).first()
    if proposal:
        content, digest = proposal.content, proposal.digest
    else:
        now = frozen(plan, quarter)
        content, digest = now.content, now.digest
    text = published.parse(content, digest)
    moment = (proposal.not_before if proposal else None) or clock.now()
    issue = Issue(0, plan, quarter, digest, moment, text.is_demonstration)
    others = [each for each in published.issues() if each.plan == plan]
    issues = sorted([issue, *others], key=lambda each: each.quarter.ordinal, reverse=True)
    return Preview(found, proposal, issue, Shelf(issues, issue, text))
