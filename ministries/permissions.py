"""Which role may do which act, where: the one table that every service asks.

An act upon an organisation's affairs needs the role in that organisation, unless the role is one of the
secretariat's or the auditor's, which reach everywhere. It does not know requests or pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from ministries.models import Membership, Organisation, Role, User


class Act(StrEnum):
    """The vocabulary of acts; audit entries use the same words. Nobody may do WRITE_REFUSED: it is what was not done."""

    READ_REPORT = "report.read"
    READ_DRAFT = "report.read_draft"
    FILL_REPORT = "report.fill"
    SUBMIT_REPORT = "report.submit"
    REVIEW_REPORT = "report.review"
    READ_DASHBOARD = "dashboard.read"
    OPEN_QUARTER = "quarter.open"
    CLOSE_QUARTER = "quarter.close"
    PUBLISH_QUARTER = "quarter.publish"
    MANAGE_PEOPLE = "people.manage"
    WRITE_REFUSED = "write.refused"


MINISTRY_ROLES: dict[Role, frozenset[Act]] = {
    Role.OFFICER: frozenset({Act.READ_REPORT, Act.READ_DRAFT, Act.FILL_REPORT, Act.SUBMIT_REPORT}),
    Role.APPROVER: frozenset({Act.READ_REPORT, Act.READ_DRAFT}),
    Role.ACCOUNT_MANAGER: frozenset({Act.READ_REPORT, Act.READ_DRAFT}),
}
SECRETARIAT_ROLES: dict[Role, frozenset[Act]] = {
    Role.REVIEWER: frozenset({Act.READ_REPORT, Act.REVIEW_REPORT, Act.READ_DASHBOARD}),
    Role.HEAD: frozenset({Act.READ_REPORT, Act.READ_DASHBOARD, Act.PUBLISH_QUARTER}),
    Role.ADMINISTRATOR: frozenset(
        {
            Act.READ_REPORT,
            Act.READ_DASHBOARD,
            Act.OPEN_QUARTER,
            Act.CLOSE_QUARTER,
            Act.MANAGE_PEOPLE,
        }
    ),
    Role.AUDITOR: frozenset({Act.READ_REPORT, Act.READ_DRAFT, Act.READ_DASHBOARD}),
}


@dataclass(frozen=True)
class Scope:
    """What one person may do: acts everywhere, and acts per organisation (by primary key)."""

    everywhere: frozenset[Act]
    within: dict[int, frozenset[Act]]

    def allows(self, act: Act, organisation_id: int | None = None) -> bool:
        return act in self.everywhere or act in self.within.get(organisation_id or 0, frozenset())

    def organisations(self, act: Act) -> frozenset[int]:
        """The organisations in which the act is allowed by a role held there."""
        return frozenset(pk for pk, acts in self.within.items() if act in acts)


def scope_of(actor: User) -> Scope:
    """Reads the actor's running memberships: one query, kept on the actor for the rest of the request."""
    known: Scope | None = getattr(actor, "_scope", None)
    if known is None:
        known = _scope_from(actor.memberships.filter(ended_at__isnull=True) if actor.is_active else [])
        actor._scope = known  # type: ignore[attr-defined]
    return known


def _scope_from(memberships: Iterable[Membership]) -> Scope:
    everywhere: set[Act] = set()
    within: dict[int, frozenset[Act]] = {}
    for membership in memberships:
        role = Role(membership.role)
        everywhere |= SECRETARIAT_ROLES.get(role, frozenset())
        acts = MINISTRY_ROLES.get(role, frozenset())
        within[membership.organisation_id] = within.get(membership.organisation_id, frozenset()) | acts
    return Scope(frozenset(everywhere), within)


def may(actor: User, act: Act, organisation: Organisation | None = None) -> bool:
    return scope_of(actor).allows(act, organisation.pk if organisation else None)


def require(actor: User, act: Act, organisation: Organisation | None = None) -> None:
    """Raises PermissionDenied, with words for a person, where the actor may not do this here."""
    if not may(actor, act, organisation):
        raise PermissionDenied(_("您的角色不得執行這項作業。如有需要，請洽貴機關的帳號管理人或執行秘書室。"))
