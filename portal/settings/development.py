"""Settings for one's own machine: readable errors, no HTTPS, letters in a folder. Never for a public address."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import DATA_DIR, env

SECRET_KEY = env.str("SECRET_KEY", default="development-only-key-that-production-refuses")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "letters"
LETTERS_STAY_HERE = True
# Static files are read from the apps as they stand, so that a first start needs no collecting.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = env.bool("DEBUG", default=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
