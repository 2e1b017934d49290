"""Settings for a public address: HTTPS only, secrets from the environment, and no start where one is unsafe.

Every variable that is read here or in `base` is named in docker-compose.yml; a test compares the two.
"""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import ALLOWED_HOSTS, BASE_DIR, SECRET_KEY, env
from portal.startup import problems_of_settings, refuse

PRODUCTION = True
DEBUG = False
refuse(
    problems_of_settings(
        secret_key=SECRET_KEY, debug=env.bool("DEBUG", default=False), allowed_hosts=ALLOWED_HOSTS
    )
)

# Collected when the image is built; the data directory is a volume that outlives it.
STATIC_ROOT = BASE_DIR / "build" / "static"

# --- HTTPS ------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = True
# Asked over plain HTTP from inside the container.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 60 * 60)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = False
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
# The header by which the proxy in front says that the visitor came by HTTPS. Only where such a proxy sets it
# on every request: otherwise anybody could.
_proxy_header = env.str("PROXY_HTTPS_HEADER", default="")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_" + _proxy_header.upper().replace("-", "_"), "https") if _proxy_header else None
)

# --- letters ----------------------------------------------------------------------------------------------
SITE_URL = env.str("SITE_URL", default="") or f"https://{ALLOWED_HOSTS[0].removeprefix('.')}"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True) and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10

# --- signs of life, and the same refusal for worker and beat ------------------------------------------------
CELERY_IMPORTS = ["portal.heartbeats"]
CELERY_BEAT_SCHEDULER = "portal.heartbeats:BeatingScheduler"
