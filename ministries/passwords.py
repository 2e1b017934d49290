"""A new password is none of the person's last ones, and a link to set one dies with whatever it was made for."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ministries.models import User


class NoneOfTheLast:
    """Refuses the present password and those that `set_password` keeps, by their hashes."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if not isinstance(user, User) or user.pk is None:
            return
        known = {user.password, *user.past_passwords.values_list("password", flat=True)}
        if any(check_password(password, encoded) for encoded in known):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return _("新密碼不得與最近 3 次使用過的密碼相同。")


class LinkTokens(PasswordResetTokenGenerator):
    """Django's tokens, which a login or a new password ends; here disabling the account ends them, too."""

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, User)
        since: datetime | None = user.sessions_since
        return (
            f"{super()._make_hash_value(user, timestamp)}{user.is_active}{since.timestamp() if since else ''}"
        )
