"""Who plays in the demonstration: the secretariat's people, and each ministry's as soon as they are needed.

All have one password, which is hashed once: hashing is slow on purpose.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

from ministries import clock
from ministries.models import Deputyship, Organisation, Role, User
from ministries.services import end_deputyship, grant_role, name_deputy
from reports.demonstration.parameters import Words


class Cast:
    reviewer: User
    head: User
    administrator: User

    def __init__(self, chosen: Words) -> None:
        self.chosen = chosen
        self._people: dict[tuple[Role, int], User] = {}
        self._deputies: dict[tuple[Role, int], User] = {}

    def invite_secretariat(self) -> None:
        secretariat = Organisation.objects.get(is_secretariat=True)
        for each in self.chosen["people"]:
            person = self._user(each["email"], each["name"])
            grant_role(user=person, organisation=secretariat, role=Role(each["role"]), actor=None)
            setattr(self, each["role"], person)

    def invite_account_managers(self) -> None:
        """Of some ministries; in the others the administrator looks after the accounts."""
        codes = self.chosen["account_managers"]
        for organisation in Organisation.objects.filter(code__in=codes).prefetch_related("names"):
            self.person(Role.ACCOUNT_MANAGER, organisation)

    def person(self, role: Role, organisation: Organisation) -> User:
        """Who holds the ministry's role there, called by the name that it bears last."""
        known = self._people.get((role, organisation.pk))
        if known is None:
            known = self._people[role, organisation.pk] = self._user(
                self.chosen[f"{role}_email"].format(code=organisation.code.lower()),
                self.chosen[f"{role}_name"].format(short=organisation.name_on(date.max).short_zh),
            )
            grant_role(user=known, organisation=organisation, role=role, actor=None)
        return known

    def acting(self, role: Role, organisation: Organisation) -> User:
        """Who does that person's work there now: the account manager, while named as the deputy."""
        return self._deputies.get((role, organisation.pk)) or self.person(role, organisation)

    def goes_on_leave(self, role: Role, organisation: Organisation, until: date) -> Deputyship:
        """From today to that day; what a person may do is read once, so the deputy is read anew."""
        principal = self.person(role, organisation)
        manager = self.person(Role.ACCOUNT_MANAGER, organisation)
        deputyship = name_deputy(
            principal=principal,
            deputy=manager,
            organisation=organisation,
            from_day=clock.today(),
            until_day=until,
            actor=principal,
        )
        self._deputies[role, organisation.pk] = User.objects.get(pk=manager.pk)
        return deputyship

    def comes_back(self, role: Role, deputyship: Deputyship) -> None:
        """Before the last day."""
        end_deputyship(deputyship=deputyship, actor=deputyship.principal)
        del self._deputies[role, deputyship.organisation_id]

    def _user(self, email: str, name: str) -> User:
        user = User.objects.create_user(email, name=name, is_demonstration=True)
        user.password = self._password
        user.save(update_fields=["password"])
        return user

    @cached_property
    def _password(self) -> str:
        holder = User()
        holder.set_password(self.chosen["password"])
        return holder.password
