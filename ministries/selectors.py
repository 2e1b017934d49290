"""Every read of organisations and of who works there; it does not know who renders it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpRequest

from ministries import clock
from ministries.models import (
    DemonstrationRun,
    Deputyship,
    FunctionTransfer,
    Letter,
    Membership,
    NoticePreference,
    Organisation,
    OrganisationName,
    Role,
    Timing,
    User,
)
from ministries.permissions import Act, scope_of


def organisations() -> QuerySet[Organisation]:
    """Organisations with all their names and the functions that moved from and to them."""
    transfers = FunctionTransfer.objects.select_related("from_organisation", "to_organisation")
    return Organisation.objects.select_related("parent").prefetch_related(
        "names", Prefetch("functions_given", transfers), Prefetch("functions_taken", transfers)
    )


def secretariat_name() -> OrganisationName | None:
    """What the secretariat is called today; two queries, None where no organisation is the secretariat."""
    found = Organisation.objects.filter(is_secretariat=True).prefetch_related("names").first()
    return found.name_on() if found else None


def names_on(day: date, organisations: Iterable[int]) -> dict[int, OrganisationName]:
    """Organisation → its name of the day, as `Organisation.name_on`, in the organisations' order; one query."""
    names = OrganisationName.objects.filter(organisation__in=organisations).select_related("organisation")
    found: dict[int, OrganisationName] = {}
    for name in names.order_by(
        "organisation__order", "organisation__code", F("valid_from").asc(nulls_first=True)
    ):
        if name.organisation_id not in found or name.valid_from is None or name.valid_from <= day:
            found[name.organisation_id] = name
    return found


@dataclass(frozen=True)
class PeopleByRole:
    """Active people by the role that they hold, or stand in for today: of each organisation asked, and the secretariat's."""

    of_organisations: dict[int, dict[Role, list[User]]]
    of_secretariat: dict[Role, list[User]]


def people_by_role(organisations: Iterable[Organisation]) -> PeopleByRole:
    """Two queries, however many organisations."""
    held: dict[int, dict[Role, list[User]]] = defaultdict(lambda: defaultdict(list))
    of_secretariat: dict[Role, list[User]] = defaultdict(list)
    memberships = list(
        Membership.objects.filter(
            Q(organisation__in=list(organisations)) | Q(organisation__is_secretariat=True),
            ended_at__isnull=True,
            user__is_active=True,
        )
        .select_related("user", "organisation")
        .order_by("pk")
    )
    deputies = _deputies_today({each.user_id for each in memberships})
    for each in memberships:
        people = [each.user, *deputies.get((each.user_id, each.organisation_id), ())]
        held[each.organisation_id][Role(each.role)] += people
        if each.organisation.is_secretariat:
            of_secretariat[Role(each.role)] += people
    return PeopleByRole(held, of_secretariat)


def _deputies_today(principals: Iterable[int]) -> dict[tuple[int, int], list[User]]:
    today = clock.today()
    running = Deputyship.objects.filter(
        principal__in=list(principals),
        deputy__is_active=True,
        ended_at__isnull=True,
        from_day__lte=today,
        until_day__gte=today,
    )
    deputies: dict[tuple[int, int], list[User]] = defaultdict(list)
    for each in running.select_related("deputy").order_by("pk"):
        deputies[each.principal_id, each.organisation_id].append(each.deputy)
    return deputies


def letters_for(actor: User) -> QuerySet[Letter]:
    """One's own letters, newest first; everybody's for whoever manages all people, and for the auditor."""
    scope = scope_of(actor)
    letters = Letter.objects.select_related("person").defer("body")
    if scope.allows(Act.MANAGE_PEOPLE) or scope.allows(Act.READ_AUDIT):
        return letters
    return letters.filter(person=actor)


def shows_text_to(letter: Letter, actor: User) -> bool:
    """A letter about an account may hold its key: only its addressee reads it, unless letters stay on this machine."""
    return not letter.is_confidential or letter.person_id == actor.pk or settings.LETTERS_STAY_HERE


def person_of_calendar(token: str) -> User | None:
    """Whose calendar's address this is; nobody's where the account is closed."""
    return User.objects.filter(calendar_feed__token=token, is_active=True).first()


def chosen_timings(actor: User) -> dict[str, Timing]:
    """Kind → timing, where the person chose one."""
    chosen = NoticePreference.objects.filter(person=actor).values_list("kind", "timing")
    return {kind: Timing(timing) for kind, timing in chosen}


def is_demonstration(request: HttpRequest) -> bool:
    """Whether generated data was loaded; read once per request."""
    known: bool | None = getattr(request, "_is_demonstration", None)
    if known is None:
        known = DemonstrationRun.objects.exists()
        request._is_demonstration = known  # type: ignore[attr-defined]
    return known


@dataclass(frozen=True)
class Called:
    """An organisation under its name of one day, with every name that it ever bore, oldest first."""

    organisation: Organisation
    name: OrganisationName
    names: tuple[OrganisationName, ...]

    @property
    def code(self) -> str:
        return self.organisation.code

    @property
    def name_zh(self) -> str:
        return self.name.name_zh

    @property
    def name_en(self) -> str:
        return self.name.name_en

    @property
    def short_zh(self) -> str:
        return self.name.short_zh

    @property
    def short_en(self) -> str:
        return self.name.short_en


def called_on(day: date) -> dict[int, Called]:
    """Every organisation by its key, in the organisations' order, as `Organisation.name_on` calls it; one query."""
    names = OrganisationName.objects.select_related("organisation").order_by(
        "organisation__order", "organisation__code", F("valid_from").asc(nulls_first=True)
    )
    borne: dict[int, list[OrganisationName]] = defaultdict(list)
    for name in names:
        borne[name.organisation_id].append(name)
    return {pk: Called(each[0].organisation, _held_on(day, each), tuple(each)) for pk, each in borne.items()}


def _held_on(day: date, names: list[OrganisationName]) -> OrganisationName:
    held = [name for name in names if name.valid_from is None or name.valid_from <= day]
    return held[-1] if held else names[0]


def transfers_of(organisation: int) -> list[FunctionTransfer]:
    """The functions that it gave to others or took over from them, oldest first; one query."""
    moved = Q(from_organisation=organisation) | Q(to_organisation=organisation)
    return list(FunctionTransfer.objects.filter(moved))
