"""Public addresses: the plan's progress, a page per indicator, a quarter's figures as a file, and how they are counted; a card for other pages, and a feed."""

from django.urls import path

from kpis import views

urlpatterns = [
    path("", views.home, name="home"),
    path("indicators/<str:code>/", views.indicator, name="indicator"),
    path("embed/indicators/<str:code>/", views.card, name="card"),
    path("feed.atom", views.feed, name="feed"),
    path("corrections/", views.corrections, name="corrections"),
    path("methodology/", views.methodology, name="methodology"),
    path("quarters/<str:quarter>/figures.<slug:ending>", views.figures_file, name="figures-file"),
]
