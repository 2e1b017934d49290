"""The WSGI entrance: refuses to open on unsafe production settings, then serves the portal."""

import os

from django.core.wsgi import get_wsgi_application

from portal.startup import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")

application = get_wsgi_application()
refuse_unsafe_start()
