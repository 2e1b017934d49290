"""Settings that hold everywhere; the modules beside this one say what differs by place.

Values that differ between installations come from the environment, never from code.
"""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

PRODUCTION = False
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
DATA_DIR = Path(env.str("PORTAL_DATA_DIR", default=str(BASE_DIR / "build" / "data")))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "portal",
    "reports",
    "kpis",
    "programs",
    "ministries",
]

MIDDLEWARE = [
    # Outermost: a visitor's page that was kept is answered before anything else is asked.
    "kpis.kept.KeptPages",
    "django.middleware.security.SecurityMiddleware",
    # Open pages that follow the review ask every second: most are answered without their session.
    "reports.views.following.Followers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    # After the pages' language (the API has its own), around everything that may refuse or redirect.
    "portal.api.PublicApi",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.refusals.RefusedWrites",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.moments.MomentsInOrder",
    "portal.methods.ActsAreNoPages",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.frame",
            ],
            "builtins": ["portal.templatetags.parts"],
        },
    }
]

# --- data -------------------------------------------------------------------------------------------------
_database = env.db_url("DATABASE_URL", default="postgres:///portal", engine="django.db.backends.postgresql")
DATABASES = {
    "default": {
        **_database,
        # A Unix socket's folder stands percent-encoded where a URL has its host.
        "HOST": unquote(_database.get("HOST", "")),
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
            # For the engine's statements alone, see kpis/engine/statements.py: what Django's own cursors send is bound
            # on the client, where nothing is prepared.
            "prepare_threshold": 0,
            "options": "-c plan_cache_mode=force_generic_plan",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "ministries.User"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")


def numbered_database(redis_url: str, number: int) -> str:
    """The same server's database of that number: emptying a cache must not empty the broker beside it."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


CACHES = {
    "default": {
        "BACKEND": "portal.tries.Tries",
        "LOCATION": numbered_database(REDIS_URL, 1),
        # A server that does not answer costs a login a second, not for ever.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}


def _broker_url(redis_url: str) -> str:
    """Celery spells a Unix socket `redis+socket://…?virtual_host=0` where redis-py spells it `unix://…?db=0`."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


# --- background jobs --------------------------------------------------------------------------------------
# Each of these was found by experiment: a vanished broker must cost a request a tenth of a second, not
# twenty, and a killed worker's message must come back within seconds. See docs/adr/0004-queue-table.md.
CELERY_BROKER_URL = _broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
_PUBLISH_RETRY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = _PUBLISH_RETRY
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **_PUBLISH_RETRY,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "visibility_timeout": 600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_REDIS_SOCKET_CONNECT_TIMEOUT = 1
CELERY_REDIS_SOCKET_TIMEOUT = 2
CELERY_REDIS_RETRY_ON_TIMEOUT = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-rollups": {"task": "kpis.tasks.sweep_rollups", "schedule": 5.0},
    "turn-quarters": {"task": "reports.tasks.turn_quarters", "schedule": 60.0},
    "publish-due": {"task": "reports.tasks.publish_due", "schedule": 10.0},
    "watch-embargoes": {"task": "reports.tasks.watch_embargoes", "schedule": 60.0},
    "send-letters": {"task": "ministries.tasks.send_letters", "schedule": 60.0},
    # At half past eight, and every hour of the working day for what a stopped machine has missed.
    "note-reminders": {
        "task": "reports.tasks.note_reminders",
        "schedule": crontab(hour="8-17", minute="30"),
    },
    "sweep-evidence": {"task": "reports.tasks.sweep_evidence", "schedule": crontab(hour="3", minute="10")},
    "remind-of-decisions": {
        "task": "reports.tasks.remind_of_decisions",
        "schedule": crontab(hour="8", minute="0"),
    },
    "verify-rollups": {"task": "kpis.tasks.verify_rollups", "schedule": crontab(hour="2", minute="30")},
    "seal-audit": {"task": "ministries.tasks.seal_audit", "schedule": 10.0},
    # Just after midnight: the digest that it logs is that of the day that has ended.
    "check-audit": {"task": "ministries.tasks.check_audit", "schedule": crontab(hour="0", minute="5")},
    "check-audit-from-the-beginning": {
        "task": "ministries.tasks.check_audit",
        "schedule": crontab(hour="4", minute="0", day_of_week="sunday"),
        "kwargs": {"everything": True},
    },
    "forget-public-changes": {
        "task": "ministries.tasks.forget_public_changes",
        "schedule": crontab(hour="3", minute="20"),
    },
    "disable-idle-accounts": {
        "task": "ministries.tasks.disable_idle_accounts",
        "schedule": crontab(hour="3", minute="10"),
    },
}
CELERY_TIMEZONE = "Asia/Taipei"

# --- people -----------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# E-mail addresses are unique in any case, by an index on lower(email) that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
ACCOUNT_ADAPTER = "portal.accounts.InvitationOnlyAdapter"
ACCOUNT_FORMS = {
    "login": "portal.accounts.LoginForm",
    "reset_password": "portal.accounts.ResetPasswordForm",
    "reset_password_from_key": "portal.accounts.ResetPasswordKeyForm",
    "change_password": "portal.accounts.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "ministries.passwords.LinkTokens"  # noqa: S105 (the name of a class)
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,30/15m/ip"}
ACCOUNT_SESSION_REMEMBER = False
LOGIN_REDIRECT_URL = "work"
LOGIN_URL = "account_login"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
# An account that nobody has logged in to for so many days is disabled; nobody is deputy for longer without being named again.
IDLE_ACCOUNT_DAYS = env.int("IDLE_ACCOUNT_DAYS", default=180)
DEPUTYSHIP_DAYS = 366
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "ministries.passwords.NoneOfTheLast"},
]

# --- language and time ------------------------------------------------------------------------------------
# Source strings are Traditional Chinese; English is the one catalogue that has to be complete.
LANGUAGE_CODE = "zh-hant"
LANGUAGES = [("zh-hant", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Taipei"

# --- public pages -----------------------------------------------------------------------------------------
# How often a process asks whether anything public has changed; a newly published quarter waits as long.
PUBLIC_PAGE_SECONDS = env.float("PUBLIC_PAGE_SECONDS", default=1.0)

# --- pages that follow the review -------------------------------------------------------------------------
# How old the answer may be to whether anything has changed; a process asks the database no more often.
PULSE_SECONDS = 0.2

# --- themes: values of `data-theme`, see portal/static/css/tokens.css ---------------------------------------
THEMES = ("light", "dark")
THEME_COOKIE_NAME = "theme"

# --- static files -----------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT: Path | None = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"

# --- evidence: files that ministries hang on lines ---------------------------------------------------------
EVIDENCE_DIR = DATA_DIR / "evidence"
EVIDENCE_FILE_BYTES = env.int("EVIDENCE_FILE_BYTES", default=20 * 1024 * 1024)
EVIDENCE_REPORT_BYTES = env.int("EVIDENCE_REPORT_BYTES", default=100 * 1024 * 1024)
# unix:///run/clamav/clamd.ctl or tcp://clamav:3310; naming it switches scanning on.
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")
CLAMD_TIMEOUT_SECONDS = 30.0
# Any callable from a path to a verdict, see reports/evidence/scanners.py; where none is named, pages say "not scanned".
EVIDENCE_SCANNER = env.str("EVIDENCE_SCANNER", default="") or (
    "reports.evidence.scanners.clamd" if CLAMD_ADDRESS else ""
)
FILE_UPLOAD_HANDLERS = ["portal.uploads.BoundedUpload"]

# --- what a browser may do --------------------------------------------------------------------------------
# The hash is that of the empty string: plotly.js creates one empty <style> element and fills it by script.
_EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, _EMPTY_STYLE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# A report of two hundred lines posts some 2,600 fields on one page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000
# A line's three texts of 5,000 characters are 135 kB as a browser spells Chinese; the largest report has sixteen lines.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- public API -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.ReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "portal.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["ministries.api_parameters.StrictFilters"],
    "DEFAULT_SCHEMA_CLASS": "portal.api_schema.PublicSchema",
    "EXCEPTION_HANDLER": "portal.api.explain_refusal",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": gettext_lazy("臺灣 AI 行動計畫 2.0 公開資料 API"),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "DESCRIPTION": gettext_lazy(
        "唯讀公開資料。代碼於計畫內唯一：各清單與網址以參數 plan 指定計畫，未指定時為現行列管計畫。"
    ),
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKindEnum": "ministries.models.Organisation.Kind",
        "ProgramKindEnum": "programs.models.Program.Kind",
        "IndicatorKindEnum": "kpis.models.Indicator.Kind",
        "OversightRoleEnum": "programs.models.OversightRole.Role",
        "ResponsibilityRoleEnum": "programs.models.Responsibility.Role",
    },
}

# --- letters and logs -------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
# Where the portal is reached: letters and calendars carry absolute links.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
# Whether letters are only put into a folder of this machine, where an administrator reads them on a page.
LETTERS_STAY_HERE = False
# Kinds of notices (ministries.models.NoticeKind) that wait for the day's digest unless a person chose otherwise.
NOTICES_DAILY = ["submitted", "change_decided", "decision_made", "decision_due"]
LETTERS_DIGEST_AT = (8, 45)  # in Taipei, soon after the morning's reminders
LETTERS_WAIT_MINUTES = 5  # what cannot wait for the digest waits so long for company
LETTERS_APART_MINUTES = 30  # between two letters to one person
LETTERS_AT_ONCE = 100
LETTERS_CLAIM_MINUTES = 10  # longer than any task may run: whoever claimed a letter then is gone
LETTERS_RETRY_MINUTES = [1, 5, 15, 60, 240]
LETTERS_GIVE_UP_DAYS = 3
# Reminders of a report that has not been handed in; after the last day they go on every so many days.
REMIND_DAYS_BEFORE = [7, 2]
REMIND_DAYS_AFTER = [1, 3, 7]
REMIND_EVERY_DAYS = 7
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # The sweep runs every few seconds; that it ran is no news.
    "loggers": {name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.app.trace")},
}

# --- how the plan is managed: common practice, configurable (docs/methodology) ------------------------------
REPORT_DUE_DAYS = 10
REPORT_CLOSE_DAYS = 45
# Owners of decisions hear of them so many days before their due quarter ends.
DECISION_REMINDER_DAYS = 14
BEHIND_POINTS = 5
FAR_BEHIND_POINTS = 10
LOW_EXECUTION_PERCENT = 80
JUMP_FACTOR = 3
# A judgement so many steps away from the light (green, yellow, red) asks for an explanation.
CONFIDENCE_STEPS = 1
LIGHT_YELLOW_POINTS = 5
LIGHT_RED_POINTS = 10
EXECUTION_FORMULA = "with-surplus/1"
