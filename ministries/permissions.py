"""Which role may do which act, where: the one table that every service asks.

An act upon an organisation's affairs needs the role in that organisation, unless the role is one of the
secretariat's or the auditor's, which reach everywhere. A deputy may do
what the principal's roles allow, in the principal's name. It does not know requests or pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from ministries import clock
from ministries.models import Deputyship, Membership, Organisation, Role, User


class Act(StrEnum):
    """The vocabulary of acts; audit entries use the same words.

    No role holds what everybody does for themselves (OWN_ACCOUNT to PASSWORD_CHANGED), nor WRITE_REFUSED, which is
    what was not done.
    """

    READ_REPORT = "report.read"
    READ_DRAFT = "report.read_draft"
    FILL_REPORT = "report.fill"
    SIGN_REPORT = "report.sign"
    SUBMIT_REPORT = "report.submit"
    SWITCH_SIGN_OFF = "report.switch_sign_off"
    REVIEW_REPORT = "report.review"
    COMMENT = "line.comment"
    READ_DASHBOARD = "dashboard.read"
    OPEN_QUARTER = "quarter.open"
    CLOSE_QUARTER = "quarter.close"
    SET_QUARTER_DATES = "quarter.set_dates"
    PROPOSE_PUBLICATION = "quarter.propose_publication"
    PUBLISH_QUARTER = "quarter.publish"
    SET_REVIEW_RULE = "quarter.set_review_rule"
    ASK_EXTENSION = "extension.ask"
    ANSWER_EXTENSION = "extension.answer"
    PROPOSE_CHANGE = "change.propose"
    DECIDE_CHANGE = "change.decide"
    GOVERN_PLAN = "plan.govern"
    KEEP_DECISIONS = "decision.keep"
    MANAGE_PEOPLE = "people.manage"
    NAME_DEPUTY = "deputy.name"
    READ_AUDIT = "audit.read"
    OWN_ACCOUNT = "account.own"
    SIGNED_IN = "account.signed_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    SIGNED_OUT = "account.signed_out"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 (the name of an act)
    WRITE_REFUSED = "write.refused"


ACT_NAMES: dict[Act, Promise] = {
    Act.READ_REPORT: lazy("讀取填報內容"),
    Act.READ_DRAFT: lazy("讀取填報草稿"),
    Act.FILL_REPORT: lazy("填寫填報內容"),
    Act.SIGN_REPORT: lazy("核稿"),
    Act.SUBMIT_REPORT: lazy("送出填報內容"),
    Act.SWITCH_SIGN_OFF: lazy("設定是否核稿"),
    Act.REVIEW_REPORT: lazy("審查填報內容"),
    Act.COMMENT: lazy("留言"),
    Act.READ_DASHBOARD: lazy("檢視總覽"),
    Act.OPEN_QUARTER: lazy("開放填報"),
    Act.CLOSE_QUARTER: lazy("截止填報"),
    Act.SET_QUARTER_DATES: lazy("設定季別日期"),
    Act.PROPOSE_PUBLICATION: lazy("提請公布季別"),
    Act.PUBLISH_QUARTER: lazy("公布季別"),
    Act.SET_REVIEW_RULE: lazy("設定審查規則"),
    Act.ASK_EXTENSION: lazy("申請展延"),
    Act.ANSWER_EXTENSION: lazy("審核展延"),
    Act.PROPOSE_CHANGE: lazy("申請計畫修正"),
    Act.DECIDE_CHANGE: lazy("審核計畫修正"),
    Act.GOVERN_PLAN: lazy("維護計畫內容"),
    Act.KEEP_DECISIONS: lazy("管理列管事項"),
    Act.MANAGE_PEOPLE: lazy("管理人員與角色"),
    Act.NAME_DEPUTY: lazy("指定代理人"),
    Act.READ_AUDIT: lazy("查閱稽核紀錄"),
    Act.OWN_ACCOUNT: lazy("維護個人設定"),
    Act.SIGNED_IN: lazy("登入"),
    Act.SIGN_IN_FAILED: lazy("登入失敗"),
    Act.SIGNED_OUT: lazy("登出"),
    Act.PASSWORD_CHANGED: lazy("設定密碼"),
    Act.WRITE_REFUSED: lazy("未獲允許之作業"),
}
_ALL_OF_A_MINISTRY = frozenset({Act.READ_REPORT, Act.READ_DRAFT})
MINISTRY_ROLES: dict[Role, frozenset[Act]] = {
    Role.OFFICER: _ALL_OF_A_MINISTRY
    | {
        Act.FILL_REPORT,
        Act.SUBMIT_REPORT,
        Act.COMMENT,
        Act.ASK_EXTENSION,
        Act.PROPOSE_CHANGE,
        Act.NAME_DEPUTY,
    },
    Role.APPROVER: _ALL_OF_A_MINISTRY
    | {
        Act.SIGN_REPORT,
        Act.SUBMIT_REPORT,
        Act.COMMENT,
        Act.ASK_EXTENSION,
        Act.PROPOSE_CHANGE,
        Act.NAME_DEPUTY,
    },
    Role.ACCOUNT_MANAGER: _ALL_OF_A_MINISTRY | {Act.MANAGE_PEOPLE, Act.NAME_DEPUTY, Act.SWITCH_SIGN_OFF},
}
_ALL_OF_THE_SECRETARIAT = frozenset({Act.READ_REPORT, Act.READ_DASHBOARD})
SECRETARIAT_ROLES: dict[Role, frozenset[Act]] = {
    Role.REVIEWER: _ALL_OF_THE_SECRETARIAT
    | {Act.REVIEW_REPORT, Act.COMMENT, Act.KEEP_DECISIONS, Act.PROPOSE_PUBLICATION, Act.NAME_DEPUTY},
    Role.HEAD: _ALL_OF_THE_SECRETARIAT
    | {
        Act.PROPOSE_PUBLICATION,
        Act.PUBLISH_QUARTER,
        Act.DECIDE_CHANGE,
        Act.KEEP_DECISIONS,
        Act.SET_REVIEW_RULE,
        Act.NAME_DEPUTY,
    },
    Role.ADMINISTRATOR: _ALL_OF_THE_SECRETARIAT
    | {
        Act.OPEN_QUARTER,
        Act.CLOSE_QUARTER,
        Act.SET_QUARTER_DATES,
        Act.PROPOSE_PUBLICATION,
        Act.ANSWER_EXTENSION,
        Act.GOVERN_PLAN,
        Act.MANAGE_PEOPLE,
        Act.NAME_DEPUTY,
    },
    Role.AUDITOR: _ALL_OF_THE_SECRETARIAT | {Act.READ_DRAFT, Act.READ_AUDIT},
}
NOT_LENT = frozenset({Act.MANAGE_PEOPLE, Act.NAME_DEPUTY, Act.READ_AUDIT})
"""What a deputy may not do in another's name: whoever stands in for somebody neither passes that on nor hands out roles."""


@dataclass(frozen=True)
class Scope:
    """What one person may do: acts everywhere, and acts per organisation (by primary key).

    `lent` holds, for the acts that are allowed only as somebody's deputy, that somebody: by act and the
    organisation in which it is allowed, None for everywhere.
    """

    everywhere: frozenset[Act]
    within: dict[int, frozenset[Act]]
    lent: dict[tuple[Act, int | None], User] = field(default_factory=dict)

    def allows(self, act: Act, organisation_id: int | None = None) -> bool:
        return act in self.everywhere or act in self.within.get(organisation_id or 0, frozenset())

    def organisations(self, act: Act) -> frozenset[int]:
        """The organisations in which the act is allowed by a role held there."""
        return frozenset(pk for pk, acts in self.within.items() if act in acts)

    def principal(self, act: Act, organisation_id: int | None = None) -> User | None:
        """In whose name the act is done here; None where it is in one's own."""
        if act in self.everywhere:
            return self.lent.get((act, None))
        return self.lent.get((act, organisation_id))


def scope_of(actor: User) -> Scope:
    """Reads the actor's running memberships, and those lent to them: one query, kept on the actor for the request."""
    known: Scope | None = getattr(actor, "_scope", None)
    if known is None:
        known = _scope_from(actor, _running_memberships(actor) if actor.is_active else [])
        actor._scope = known  # type: ignore[attr-defined]
    return known


def _running_memberships(actor: User) -> Iterable[Membership]:
    today = clock.today()
    lent = Deputyship.objects.filter(
        principal=OuterRef("user"),
        organisation=OuterRef("organisation"),
        deputy=actor,
        ended_at__isnull=True,
        from_day__lte=today,
        until_day__gte=today,
    )
    return (
        Membership.objects.filter(
            Q(user=actor) | Q(Exists(lent), user__is_active=True), ended_at__isnull=True
        )
        .select_related("user")
        .order_by("pk")
    )


def _scope_from(actor: User, memberships: Iterable[Membership]) -> Scope:
    """What one may do oneself goes before what is lent."""
    everywhere: set[Act] = set()
    within: dict[int, frozenset[Act]] = {}
    lent: dict[tuple[Act, int | None], User] = {}
    for membership in sorted(memberships, key=lambda each: each.user_id != actor.pk):
        role, own = Role(membership.role), membership.user_id == actor.pk
        not_lent = frozenset() if own else NOT_LENT
        general = SECRETARIAT_ROLES.get(role, frozenset()) - not_lent
        acts = MINISTRY_ROLES.get(role, frozenset()) - not_lent
        known = within.get(membership.organisation_id, frozenset())
        if not own:
            lent |= {(act, None): membership.user for act in general - everywhere}
            lent |= {(act, membership.organisation_id): membership.user for act in acts - known}
        everywhere |= general
        within[membership.organisation_id] = known | acts
    return Scope(frozenset(everywhere), within, lent)


def roles_allow(roles: Iterable[Role]) -> frozenset[Act]:
    """What any of the roles lets its holder do, in a ministry or everywhere."""
    nothing: frozenset[Act] = frozenset()
    return nothing.union(
        *(MINISTRY_ROLES.get(role, nothing) | SECRETARIAT_ROLES.get(role, nothing) for role in roles)
    )


def may(actor: User, act: Act, organisation: Organisation | None = None) -> bool:
    return scope_of(actor).allows(act, organisation.pk if organisation else None)


def principal_of(actor: User, act: Act, organisation: Organisation | None = None) -> User | None:
    """The person in whose name the actor does this here as a deputy; None where it is in their own."""
    return scope_of(actor).principal(act, organisation.pk if organisation else None)


def require(actor: User, act: Act, organisation: Organisation | None = None) -> None:
    """Raises PermissionDenied, with words for a person, where the actor may not do this here."""
    if not may(actor, act, organisation):
        raise PermissionDenied(_("您的角色不得執行這項作業。如有需要，請洽貴機關的帳號管理人或執行秘書室。"))
