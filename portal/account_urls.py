"""The account pages that exist; what allauth would offer besides is closed, though its names still resolve."""

from allauth.account import views
from django.urls import path, re_path
from django.views.decorators.http import require_http_methods

from portal.accounts import closed

# allauth's forms would take a PUT for a POST; a browser sends neither PUT nor anything else.
browsers_methods = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("login/", browsers_methods(views.login), name="account_login"),
    path("logout/", browsers_methods(views.logout), name="account_logout"),
    path("inactive/", browsers_methods(views.account_inactive), name="account_inactive"),
    path("password/change/", browsers_methods(views.password_change), name="account_change_password"),
    path("password/reset/", browsers_methods(views.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        browsers_methods(views.password_reset_done),
        name="account_reset_password_done",
    ),
    path(
        "password/reset/key/done/",
        browsers_methods(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        browsers_methods(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("signup/", closed, name="account_signup"),
    path("email/", closed, name="account_email"),
    path("password/set/", closed, name="account_set_password"),
    path("reauthenticate/", closed, name="account_reauthenticate"),
    path("confirm-email/", closed, name="account_email_verification_sent"),
    path("confirm-email/<str:key>/", closed, name="account_confirm_email"),
]
