"""Whoever has to know is told once: services note it in their own transaction, letters leave the house later.

It knows neither words nor the mail server; those are `ministries.services.letters`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ministries import clock
from ministries.models import Notice, NoticeKind, Organisation, Role, User
from ministries.selectors import people_by_role

CHAIN = (Role.OFFICER, Role.APPROVER, Role.ACCOUNT_MANAGER)
"""Where nobody holds a role, the next one in the ministry is told; after the last one the secretariat."""


def tell(
    *,
    kind: NoticeKind,
    key: str,
    people: Iterable[User],
    facts: dict[str, Any],
    path: str,
    organisation: Organisation | None = None,
) -> None:
    """Notes, in the current transaction, that these people are to be told; one query, and nothing is sent here.

    `key` makes it once per person, for ever: name the act in it (`returned:12:3`, report and round). `path` is the page
    without language prefix (`/reports/112Q1/NDC/`). An inactive person is told only of the own account.

    Facts that letters print, all optional; a *pair* is {"zh": "…", "en": "…"}, and any text may be a pair:
    `about`: pair, the report or record it is about, under which notices are grouped; `lines`: list of texts, the lines
    concerned; `due_on`: ISO date, from which the letter counts the days; `by`: the name of who did it; `said`: their
    words; `outcome`: what was decided; `remark`: one more sentence.
    """
    now = clock.now()
    told = {person.pk: person for person in people if person.is_active or kind == NoticeKind.ACCOUNT}
    Notice.objects.bulk_create(
        (
            Notice(
                person=person,
                kind=kind,
                key=key,
                facts=facts,
                path=path,
                organisation=organisation,
                noted_at=now,
            )
            for person in told.values()
        ),
        ignore_conflicts=True,
    )


def drop_notices(*, noted_before: datetime) -> int:
    """Whatever waits since before that moment is never sent: for an installation that plays the past to itself."""
    waiting = Notice.objects.filter(letter__isnull=True, dropped_at__isnull=True, noted_at__lt=noted_before)
    return waiting.update(dropped_at=clock.now())


def people_of(organisation: Organisation, *roles: Role) -> list[User]:
    """Active holders of the roles there, and whoever stands in for one of them today.

    Where nobody holds any of them: officer → approver → account manager → the secretariat's reviewers. Two queries.
    """
    return people_of_each([organisation], *roles)[organisation.pk]


def people_of_each(organisations: Iterable[Organisation], *roles: Role) -> dict[int, list[User]]:
    """`people_of` for many organisations (by primary key) in the same two queries."""
    asked = list(organisations)
    known = people_by_role(asked)
    reviewers = known.of_secretariat.get(Role.REVIEWER, [])
    return {each.pk: _first_of(known.of_organisations.get(each.pk, {}), roles) or reviewers for each in asked}


def _first_of(holders: Mapping[Role, list[User]], roles: tuple[Role, ...]) -> list[User]:
    """Those who hold one of the roles; where there is nobody, those who hold the next role of the chain."""
    found = [person for role in roles for person in holders.get(role, ())]
    places = [CHAIN.index(role) for role in roles if role in CHAIN]
    rest = CHAIN[max(places) + 1 :] if places else ()
    for role in rest:
        found = found or holders.get(role, [])
    return list({person.pk: person for person in found}.values())
