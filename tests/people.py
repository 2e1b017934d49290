"""People for tests: one per role and organisation, made when first asked for."""

from __future__ import annotations

from ministries import services
from ministries.models import Organisation, Role, User


class People:
    """`people.officer("NSTC")` is NSTC's officer; the secretariat's people need no organisation."""

    def officer(self, code: str) -> User:
        return self.holding(Role.OFFICER, code)

    @property
    def reviewer(self) -> User:
        return self.holding(Role.REVIEWER)

    @property
    def head(self) -> User:
        return self.holding(Role.HEAD)

    @property
    def administrator(self) -> User:
        return self.holding(Role.ADMINISTRATOR)

    @property
    def auditor(self) -> User:
        return self.holding(Role.AUDITOR)

    def holding(self, role: Role, code: str | None = None) -> User:
        """The person who holds `role` in the organisation (the secretariat where no code is given)."""
        organisation = (
            Organisation.objects.get(code=code) if code else Organisation.objects.get(is_secretariat=True)
        )
        email = f"{role}@{organisation.code}.test".lower()
        known = User.objects.filter(email=email).first()
        if known:
            return known
        user = User.objects.create_user(email, "a long test password", name=f"{role} {organisation.code}")
        services.grant_role(user=user, organisation=organisation, role=role, actor=None)
        return user


def second_head() -> User:
    user = User.objects.create_user("second@head.test", "a long test password", name="Second")
    secretariat = Organisation.objects.get(is_secretariat=True)
    services.grant_role(user=user, organisation=secretariat, role=Role.HEAD, actor=None)
    return user
