"""A person acts only through a role in an organisation, for as long as the membership runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from ministries.models.organisations import DateRange, Organisation


class Role(models.TextChoices):
    """What a membership lets a person do; `ministries.permissions` says it act by act."""

    OFFICER = "officer", _("填報人")
    APPROVER = "approver", _("核稿人")
    ACCOUNT_MANAGER = "account_manager", _("帳號管理人")
    REVIEWER = "reviewer", _("管考人員")
    HEAD = "head", _("執行秘書")
    ADMINISTRATOR = "administrator", _("系統管理者")
    AUDITOR = "auditor", _("稽核人員")


class DisabledBecause(models.TextChoices):
    """Why an account is disabled."""

    ACT = "act", _("由帳號管理人停用")
    LEFT = "left", _("職務已移交")
    IDLE = "idle", _("閒置逾期未登入")
    INSTALLATION = "installation", _("由系統安裝作業停用")


class UserManager(BaseUserManager["User"]):
    """People are known by their e-mail address, in whatever case they type it."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person with an account of their own; shared accounts are not allowed.

    An account is never removed: it is disabled, at a moment, by somebody or because it was idle, and keeps its history.
    Logins from before `sessions_since` are over.
    """

    email = models.EmailField(_("電子郵件"), max_length=254)
    name = models.CharField(_("姓名"), max_length=80)
    language = models.CharField(
        _("通知信語言"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    disabled_because = models.CharField(max_length=20, choices=DisabledBecause, blank=True)
    enabled_at = models.DateTimeField(null=True, blank=True)
    enabled_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sessions_since = models.DateTimeField(null=True, blank=True)
    is_demonstration = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(
                condition=Q(language__in=[code for code, _name in settings.LANGUAGES]),
                name="user_language_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    is_active=True, disabled_at__isnull=True, disabled_by__isnull=True, disabled_because=""
                )
                | Q(
                    is_active=False,
                    disabled_at__isnull=False,
                    disabled_by__isnull=False,
                    disabled_because__in=[DisabledBecause.ACT, DisabledBecause.LEFT],
                )
                | Q(
                    is_active=False,
                    disabled_at__isnull=False,
                    disabled_by__isnull=True,
                    disabled_because__in=[DisabledBecause.IDLE, DisabledBecause.INSTALLATION],
                ),
                name="user_disabled_at_a_moment_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(enabled_by__isnull=True) | Q(enabled_at__isnull=False),
                name="user_enabled_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_invited(self) -> bool:
        """Whether the person has not yet set a password of their own."""
        return not self.has_usable_password()

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """A login is over when the password changes, and when the account's sessions are ended."""
        since = self.sessions_since.timestamp() if self.sessions_since else ""
        return salted_hmac(
            "ministries.User.get_session_auth_hash",
            f"{self.password}{since}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Membership(models.Model):
    """A person holds a role in an organisation from a moment on, until it ends.

    Nobody in `started_by` and `ended_by` means the installation itself (set-up, demonstration).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["organisation", "role", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=Q(ended_at__isnull=True),
                name="membership_held_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="membership_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False),
                name="membership_ended_at_a_moment",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation} · {self.role}"


class Deputyship(models.Model):
    """From one day to another, both included, `deputy` (代理人) may do what `principal`'s roles in the organisation allow."""

    principal = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deputyships")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deputyships_held")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    from_day = models.DateField()
    until_day = models.DateField()
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-from_day", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(principal=F("deputy")), name="deputyship_between_two"),
            models.CheckConstraint(
                condition=Q(from_day__lte=F("until_day")), name="deputyship_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="deputyship_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("named_at")),
                name="deputyship_ended_after_it_was_named",
            ),
            ExclusionConstraint(
                name="deputyship_named_once_a_day",
                expressions=[
                    ("principal", RangeOperators.EQUAL),
                    ("deputy", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    (DateRange("from_day", "until_day", Value("[]")), RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} · {self.principal} · {self.from_day}"


class DemonstrationRun(models.Model):
    """One row says that this installation carries generated data; while it stands every page says so."""

    seed = models.BigIntegerField()
    generated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(models.Value(1), name="demonstration_run_at_most_once")]

    def __str__(self) -> str:
        return f"demonstration of {self.generated_at:%Y-%m-%d}"
