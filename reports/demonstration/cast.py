"""Who plays in the demonstration: the secretariat's people, and each ministry's as soon as they are needed.

All have one password, which is hashed once: hashing is slow on purpose.
"""

from __future__ import annotations

from functools import cached_property

from ministries.models import Organisation, Role, User
from ministries.services import grant_role
from reports.demonstration.parameters import Words


class Cast:
    reviewer: User
    head: User
    administrator: User

    def __init__(self, chosen: Words) -> None:
        self.chosen = chosen
        self._people: dict[tuple[Role, int], User] = {}

    def invite_secretariat(self) -> None:
        secretariat = Organisation.objects.get(is_secretariat=True)
        for each in self.chosen["people"]:
            person = self._user(each["email"], each["name"])
            grant_role(user=person, organisation=secretariat, role=Role(each["role"]), actor=None)
            setattr(self, each["role"], person)

    def person(self, role: Role, organisation: Organisation) -> User:
        """Who holds the ministry's role there."""
        known = self._people.get((role, organisation.pk))
        if known is None:
            known = self._people[role, organisation.pk] = self._user(
                self.chosen[f"{role}_email"].format(code=organisation.code.lower()),
                self.chosen[f"{role}_name"].format(short=organisation.name_on().short_zh),
            )
            grant_role(user=known, organisation=organisation, role=role, actor=None)
        return known

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
