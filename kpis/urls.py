"""Public addresses: the plan's progress, and a page per indicator."""

from django.urls import path

from kpis import views

urlpatterns = [
    path("", views.home, name="home"),
]
