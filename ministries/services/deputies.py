"""Deputies (代理): a person, or the ministry's account manager for them, names a colleague for a time; either ends it early.

What a deputy may do is said by `ministries.permissions`.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.calendars import roc_date_short
from ministries.models import Deputyship, Membership, NoticeKind, Organisation, User
from ministries.permissions import Act, require
from ministries.services.acts import Refused, record_act
from ministries.services.notices import tell
from ministries.services.people import lock_organisations


@transaction.atomic
def name_deputy(
    *,
    principal: User,
    deputy: User,
    organisation: Organisation,
    from_day: date,
    until_day: date,
    actor: User,
) -> Deputyship:
    """From `from_day` to `until_day`, both included, `deputy` may act in `principal`'s name; both work for the organisation."""
    _authorise(principal, organisation, actor)
    lock_organisations([organisation.pk])
    errors = {**_errors_of_people(principal, deputy, organisation), **_errors_of_days(from_day, until_day)}
    if actor.pk == deputy.pk:
        # It would be a way to give oneself a role.
        errors["deputy"] = _("不得指定自己為他人的代理人，請由被代理人本人或另一位帳號管理人指定。")
    if not errors and is_named(principal, deputy, organisation, from_day, until_day):
        errors["deputy"] = _("%(name)s於此期間已是代理人。") % {"name": deputy}
    if errors:
        raise Refused(next(iter(errors.values())), errors)
    return start_deputyship(principal, deputy, organisation, from_day, until_day, actor)


def start_deputyship(
    principal: User,
    deputy: User,
    organisation: Organisation,
    from_day: date,
    until_day: date,
    actor: User,
) -> Deputyship:
    """Writes the deputyship down; its caller has authorised and checked."""
    deputyship = Deputyship.objects.create(
        principal=principal,
        deputy=deputy,
        organisation=organisation,
        from_day=from_day,
        until_day=until_day,
        named_at=clock.now(),
        named_by=actor,
    )
    record_act(
        actor=actor,
        act=Act.NAME_DEPUTY,
        subject=deputyship,
        organisation=organisation,
        detail={
            "deputy": deputy.email,
            "for": principal.email,
            "from": from_day.isoformat(),
            "until": until_day.isoformat(),
        },
    )
    period = {
        "zh": f"{roc_date_short(from_day)} 至 {roc_date_short(until_day)}",
        "en": f"{from_day.isoformat()} to {until_day.isoformat()}",
    }
    _tell("named", deputyship, period, actor)
    return deputyship


@transaction.atomic
def end_deputyship(*, deputyship: Deputyship, actor: User) -> None:
    """Ends it at once, before its last day; the deputy may lay it down, too."""
    if actor.pk != deputyship.deputy_id:
        _authorise(deputyship.principal, deputyship.organisation, actor)
    lock_organisations([deputyship.organisation_id])
    deputyship.refresh_from_db()
    if deputyship.ended_at or deputyship.until_day < clock.today():
        raise Refused(_("此項代理已結束。"))
    stop_deputyship(deputyship, actor)


def stop_deputyship(deputyship: Deputyship, actor: User) -> None:
    """Writes the end down; its caller has authorised and checked."""
    deputyship.ended_at, deputyship.ended_by = clock.now(), actor
    deputyship.save(update_fields=["ended_at", "ended_by"])
    record_act(
        actor=actor,
        act=Act.NAME_DEPUTY,
        subject=deputyship,
        organisation=deputyship.organisation,
        detail={"ended": deputyship.deputy.email, "for": deputyship.principal.email},
    )
    _tell("ended", deputyship, {"zh": "已提前結束", "en": "ended early"}, actor)


def _tell(what: str, deputyship: Deputyship, outcome: dict[str, str], actor: User) -> None:
    """The two of them, but for the one who did it."""
    deputy, principal = deputyship.deputy, deputyship.principal
    tell(
        kind=NoticeKind.DEPUTY_NAMED,
        key=f"deputyship-{what}:{deputyship.pk}",
        people=[person for person in (deputy, principal) if person.pk != actor.pk],
        facts={
            "about": {
                "zh": f"{deputy}代理{principal}（{deputyship.organisation.name_zh}）",
                "en": f"{deputy} as deputy of {principal} ({deputyship.organisation.name_en})",
            },
            "by": str(actor),
            "outcome": outcome,
        },
        path="/deputies/",
        organisation=deputyship.organisation,
    )


def _authorise(principal: User, organisation: Organisation, actor: User) -> None:
    """One's own deputy is one's own matter, another's that of the account manager."""
    act = Act.NAME_DEPUTY if actor.pk == principal.pk else Act.MANAGE_PEOPLE
    require(actor, act, organisation)


def _errors_of_people(principal: User, deputy: User, organisation: Organisation) -> dict[str, str]:
    if principal.pk == deputy.pk:
        return {"deputy": _("不得代理自己，請選擇另一位同仁。")}
    working = set(
        Membership.objects.filter(
            organisation=organisation,
            user__in=[principal, deputy],
            user__is_active=True,
            ended_at__isnull=True,
        ).values_list("user_id", flat=True)
    )
    errors = {}
    if principal.pk not in working:
        errors["principal"] = _("被代理人於此機關沒有角色，無從代理。")
    if deputy.pk not in working:
        errors["deputy"] = _("代理人須為同一機關、帳號使用中的同仁。")
    return errors


def _errors_of_days(from_day: date, until_day: date) -> dict[str, str]:
    errors = {}
    if from_day < clock.today():
        errors["from_day"] = _("起日不得早於今日（%(today)s）。") % {"today": roc_date_short(clock.today())}
    if until_day < from_day:
        errors["until_day"] = _("迄日不得早於起日。")
    elif until_day - from_day >= timedelta(days=settings.DEPUTYSHIP_DAYS):
        errors["until_day"] = _("代理期間以 %(days)d 日為限，屆期得再指定。") % {
            "days": settings.DEPUTYSHIP_DAYS
        }
    return errors


def is_named(
    principal: User, deputy: User, organisation: Organisation, from_day: date, until_day: date
) -> bool:
    """Whether the deputy stands in for the principal there on one of the days."""
    return Deputyship.objects.filter(
        principal=principal,
        deputy=deputy,
        organisation=organisation,
        ended_at__isnull=True,
        from_day__lte=until_day,
        until_day__gte=from_day,
    ).exists()
