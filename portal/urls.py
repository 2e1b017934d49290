"""Every address of the portal; Chinese pages stand at the root, English ones under `/en/`, the API under `/api/v1/`."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from portal import components, themes, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("theme/", themes.choose, name="theme"),
    path("api/v1/", include("portal.api_urls")),
    *i18n_patterns(
        path("", include("kpis.urls")),
        path("accounts/", include("portal.account_urls")),
        path("components/", components.components, name="components"),
        path("", include("reports.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
