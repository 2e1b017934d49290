"""Whom somebody may see in the lists of people: an account manager the own ministry's, administrator and auditor everybody.

What a person held or did for another ministry is that ministry's own matter and is not shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ministries import clock
from ministries.models import (
    AuditEntry,
    Deputyship,
    Invitation,
    Membership,
    Organisation,
    Role,
    User,
)
from ministries.permissions import NOT_LENT, Act, roles_allow, scope_of

IN_USE, INVITED, DISABLED = "in_use", "invited", "disabled"
STATES: dict[str, Promise] = {
    IN_USE: gettext_lazy("使用中"),
    INVITED: gettext_lazy("已邀請，尚未設定密碼"),
    DISABLED: gettext_lazy("已停用"),
}
_WITH_PEOPLE = (Organisation.Kind.MINISTRY, Organisation.Kind.UNIT, Organisation.Kind.OFFICE)


@dataclass(frozen=True)
class PersonRow:
    """A person as lists show them: roles that run, in organisations that the reader sees, and who stands in for them."""

    user: User
    memberships: tuple[Membership, ...]
    deputyships: tuple[Deputyship, ...]

    @property
    def state(self) -> str:
        return state_of(self.user)

    @property
    def state_name(self) -> Promise:
        return STATES[self.state]

    @property
    def organisation_order(self) -> tuple[int, str]:
        """People without a role come last."""
        first = min((each.organisation.order for each in self.memberships), default=10_000)
        return (first, self.user.name)

    @property
    def roles(self) -> str | None:
        return " ".join(each.role for each in self.memberships) or None


@dataclass(frozen=True)
class PeoplePage:
    rows: tuple[PersonRow, ...]
    organisations: tuple[Organisation, ...]
    may_manage: bool


@dataclass(frozen=True)
class PersonPage:
    """One person: roles that run and that ran, deputies both ways, letters of invitation, what was done to the account."""

    user: User
    running: tuple[Membership, ...]
    ended: tuple[Membership, ...]
    represented_by: tuple[Deputyship, ...]
    stands_in_for: tuple[Deputyship, ...]
    last_invited_at: datetime | None
    history: tuple[AuditEntry, ...]
    organisations: tuple[Organisation, ...]
    colleagues: tuple[User, ...]
    may_manage: bool
    is_oneself: bool

    @property
    def state(self) -> str:
        return state_of(self.user)

    @property
    def state_name(self) -> Promise:
        return STATES[self.state]


@dataclass(frozen=True)
class Standing:
    """A deputyship with whether it runs today, is to come or is over, and the acts that it allows beyond one's own."""

    deputyship: Deputyship
    when: str
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class DeputiesPage:
    """Whom I stand in for, who stands in for me, and whom I may name."""

    stands_in_for: tuple[Standing, ...]
    represented_by: tuple[Standing, ...]
    organisations: tuple[Organisation, ...]
    colleagues: tuple[User, ...]


def state_of(user: User) -> str:
    if not user.is_active:
        return DISABLED
    return INVITED if user.is_invited else IN_USE


# --- lists ----------------------------------------------------------------------------------------------------
def people_page(*, actor: User, organisation_code: str = "", state: str = "", words: str = "") -> PeoplePage:
    """The people whom the actor may see, those of one organisation, in one state, or of that name; five queries."""
    seen = _organisations_seen_by(actor)
    chosen = [each for each in seen if not organisation_code or each.code == organisation_code]
    if organisation_code and not chosen:
        raise Http404
    users = _people_of(chosen, everybody=_sees_everybody(actor) and not organisation_code)
    if words:
        users = users.filter(Q(name__icontains=words) | Q(email__icontains=words))
    rows = [_row(user) for user in _with_roles(users, seen)]
    return PeoplePage(
        rows=tuple(row for row in rows if not state or row.state == state),
        organisations=tuple(seen),
        may_manage=may_manage_people(actor),
    )


def may_manage_people(actor: User) -> bool:
    scope = scope_of(actor)
    return scope.allows(Act.MANAGE_PEOPLE) or bool(scope.organisations(Act.MANAGE_PEOPLE))


def organisations_managed_by(actor: User) -> list[Organisation]:
    """Where the actor may invite people and give roles, with their names."""
    scope = scope_of(actor)
    organisations = Organisation.objects.filter(kind__in=_WITH_PEOPLE).prefetch_related("names")
    if scope.allows(Act.MANAGE_PEOPLE):
        return list(organisations)
    return list(organisations.filter(pk__in=scope.organisations(Act.MANAGE_PEOPLE)))


def _sees_everybody(actor: User) -> bool:
    scope = scope_of(actor)
    return scope.allows(Act.MANAGE_PEOPLE) or scope.allows(Act.READ_AUDIT)


def _organisations_seen_by(actor: User) -> list[Organisation]:
    """Raises PermissionDenied where the actor neither manages people nor reads the audit log."""
    if _sees_everybody(actor):
        return list(Organisation.objects.filter(kind__in=_WITH_PEOPLE).prefetch_related("names"))
    seen = organisations_managed_by(actor)
    if not seen:
        raise PermissionDenied(_("人員名冊由各機關的帳號管理人與執行秘書室的系統管理者管理。"))
    return seen


def _people_of(organisations: Iterable[Organisation], *, everybody: bool) -> QuerySet[User]:
    """Who holds or held a role there; `everybody` adds accounts that never had any."""
    if everybody:
        return User.objects.all()
    return User.objects.filter(
        pk__in=Membership.objects.filter(organisation__in=list(organisations)).values("user")
    )


def _with_roles(users: QuerySet[User], seen: Iterable[Organisation]) -> QuerySet[User]:
    seen = list(seen)
    memberships = Membership.objects.filter(ended_at__isnull=True, organisation__in=seen)
    standing = Deputyship.objects.filter(
        organisation__in=seen, ended_at__isnull=True, until_day__gte=clock.today()
    )
    return users.order_by("name", "pk").prefetch_related(
        Prefetch(
            "memberships",
            memberships.select_related("organisation")
            .prefetch_related("organisation__names")
            .order_by("organisation__order", "pk"),
            to_attr="running",
        ),
        Prefetch(
            "deputyships", standing.select_related("deputy").order_by("from_day", "pk"), to_attr="standing"
        ),
    )


def _row(user: User) -> PersonRow:
    return PersonRow(user, tuple(user.running), tuple(user.standing))  # type: ignore[attr-defined]


# --- one person -----------------------------------------------------------------------------------------------
HISTORY_SHOWN = 50


def person_for(*, actor: User, key: int) -> User:
    """The person whom the actor may see; 404 hides that any other exists."""
    seen = _organisations_seen_by(actor)
    user = _people_of(seen, everybody=_sees_everybody(actor)).filter(pk=key).first()
    if user is None:
        raise Http404
    return user


def person_page(*, actor: User, user: User) -> PersonPage:
    """`user` comes from `person_for`. Twelve queries at most, whatever the person held and did."""
    seen = _organisations_seen_by(actor)
    memberships = list(
        user.memberships.filter(organisation__in=seen)
        .select_related("organisation", "started_by", "ended_by", "user")
        .prefetch_related("organisation__names")
        .order_by("organisation__order", "-started_at", "-pk")
    )
    deputyships = list(
        Deputyship.objects.filter(Q(principal=user) | Q(deputy=user), organisation__in=seen)
        .select_related("principal", "deputy", "organisation", "named_by", "ended_by")
        .prefetch_related("organisation__names")
    )
    running = tuple(each for each in memberships if each.ended_at is None)
    return PersonPage(
        user=user,
        running=running,
        ended=tuple(each for each in memberships if each.ended_at is not None),
        represented_by=tuple(each for each in deputyships if each.principal_id == user.pk),
        stands_in_for=tuple(each for each in deputyships if each.deputy_id == user.pk),
        last_invited_at=Invitation.objects.filter(user=user).values_list("invited_at", flat=True).first(),
        history=_history(user, memberships, deputyships, seen, everything=_sees_everybody(actor)),
        organisations=tuple(organisations_managed_by(actor)),
        colleagues=tuple(colleagues_of(user, (each.organisation_id for each in running))),
        may_manage=may_manage_people(actor),
        is_oneself=user.pk == actor.pk,
    )


def _history(
    user: User,
    memberships: Iterable[Membership],
    deputyships: Iterable[Deputyship],
    seen: Iterable[Organisation],
    *,
    everything: bool,
) -> tuple[AuditEntry, ...]:
    """What was done to the account, the roles and the deputyships, newest first."""
    subjects = (
        Q(subject_type=User._meta.label_lower, subject_id=user.pk)
        | Q(subject_type=Membership._meta.label_lower, subject_id__in=[each.pk for each in memberships])
        | Q(subject_type=Deputyship._meta.label_lower, subject_id__in=[each.pk for each in deputyships])
    )
    entries = AuditEntry.objects.filter(
        subjects, act__in=[Act.MANAGE_PEOPLE, Act.NAME_DEPUTY, Act.OWN_ACCOUNT, Act.PASSWORD_CHANGED]
    )
    if not everything:
        entries = entries.filter(organisation__in=list(seen))
    return tuple(entries.select_related("actor", "on_behalf_of")[:HISTORY_SHOWN])


def colleagues_of(user: User, organisations: Iterable[int]) -> list[User]:
    """Who else works for one of the organisations and has an account in use, by name."""
    working = Membership.objects.filter(organisation__in=list(organisations), ended_at__isnull=True)
    colleagues = User.objects.filter(is_active=True, pk__in=working.values("user"))
    return list(colleagues.exclude(pk=user.pk).order_by("name", "pk"))


# --- deputies -------------------------------------------------------------------------------------------------
RUNNING, TO_COME, OVER = "running", "to_come", "over"


def deputies_page(actor: User) -> DeputiesPage:
    """Six queries at most, however many deputies there are and were."""
    deputyships = list(
        Deputyship.objects.filter(Q(principal=actor) | Q(deputy=actor))
        .select_related("principal", "deputy", "organisation", "named_by", "ended_by")
        .prefetch_related("organisation__names")
    )
    lent = _roles_of({each.principal_id for each in deputyships})
    scope = scope_of(actor)
    organisations = _organisations_of(actor)
    return DeputiesPage(
        stands_in_for=tuple(
            _standing(each, lent.get((each.principal_id, each.organisation_id), ()))
            for each in deputyships
            if each.deputy_id == actor.pk
        ),
        represented_by=tuple(_standing(each) for each in deputyships if each.principal_id == actor.pk),
        organisations=tuple(
            each
            for each in organisations
            if scope.allows(Act.NAME_DEPUTY, each.pk) and scope.principal(Act.NAME_DEPUTY, each.pk) is None
        ),
        colleagues=tuple(colleagues_of(actor, (each.pk for each in organisations))),
    )


def deputyship_for(*, actor: User, key: int) -> Deputyship:
    """A deputyship that concerns the actor, or somebody whom they manage; 404 hides that any other exists."""
    concerned = Q(principal=actor) | Q(deputy=actor)
    if may_manage_people(actor):
        concerned |= Q(organisation__in=organisations_managed_by(actor))
    found = (
        Deputyship.objects.filter(concerned, pk=key)
        .select_related("principal", "deputy", "organisation")
        .first()
    )
    if found is None:
        raise Http404
    return found


def when_of(deputyship: Deputyship) -> str:
    today = clock.today()
    if deputyship.ended_at or deputyship.until_day < today:
        return OVER
    return RUNNING if deputyship.from_day <= today else TO_COME


def _standing(deputyship: Deputyship, roles: Iterable[Role] = ()) -> Standing:
    when = when_of(deputyship)
    acts = roles_allow(roles) - NOT_LENT if when != OVER else frozenset()
    return Standing(deputyship, when, tuple(act for act in Act if act in acts))


def _roles_of(users: Iterable[int]) -> dict[tuple[int, int], list[Role]]:
    """(person, organisation) → roles that the person, with an account in use, holds there."""
    held: dict[tuple[int, int], list[Role]] = {}
    running = Membership.objects.filter(user__in=list(users), user__is_active=True, ended_at__isnull=True)
    for user, organisation, role in running.values_list("user_id", "organisation_id", "role"):
        held.setdefault((user, organisation), []).append(Role(role))
    return held


def _organisations_of(actor: User) -> list[Organisation]:
    own = Membership.objects.filter(user=actor, ended_at__isnull=True).values("organisation")
    return list(Organisation.objects.filter(pk__in=own).prefetch_related("names"))


# --- whom to ask ----------------------------------------------------------------------------------------------
def whom_to_ask(user: User) -> list[User]:
    """Who can enable the person's account: the account managers where they work or worked, else the administrators."""
    homes = Membership.objects.filter(user=user).values("organisation")
    able = Membership.objects.filter(ended_at__isnull=True, user__is_active=True).exclude(user=user)
    managers = able.filter(role=Role.ACCOUNT_MANAGER, organisation__in=homes)
    chosen = managers if managers.exists() else able.filter(role=Role.ADMINISTRATOR)
    return list(User.objects.filter(pk__in=chosen.values("user")).order_by("name", "pk"))
