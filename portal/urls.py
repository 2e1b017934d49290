"""Every address of the portal; Chinese pages stand at the root, English ones under `/en/`, the API under `/api/v1/`."""

from django.urls import path

urlpatterns: list = []
