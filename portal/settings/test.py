"""Settings for the test suite: development's, with a fast password hash and no cached sessions between tests."""

import os

from portal.settings.base import REDIS_URL, numbered_database
from portal.settings.development import *  # noqa: F403

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PUBLIC_PAGE_SECONDS = 0
PULSE_SECONDS = 0.0
# Files are looked for when they are asked for: every test's client would otherwise look at all of them first.
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Each parallel worker empties a cache of its own.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CACHES = {
    "default": {
        "BACKEND": "portal.tries.Tries",
        "LOCATION": numbered_database(REDIS_URL, 2 + _WORKER),
    }
}
