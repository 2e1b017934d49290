"""Public addresses: the plan's progress, a page per indicator, a quarter's figures as a file, and how they are counted."""

from django.urls import path

from kpis import views

urlpatterns = [
    path("", views.home, name="home"),
    path("indicators/<str:code>/", views.indicator, name="indicator"),
    path("corrections/", views.corrections, name="corrections"),
    path("methodology/", views.methodology, name="methodology"),
    path("quarters/<str:quarter>/figures.<slug:ending>", views.figures_file, name="figures-file"),
]
