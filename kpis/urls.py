"""Public addresses: the plan's progress and indicators, pillars, programmes, ministries, how it is counted; a card and a feed."""

from django.urls import path

from kpis import about_views, plan_views, search_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("indicators/<str:code>/", views.indicator, name="indicator"),
    path("indicators/<str:code>/figures.<slug:ending>", views.indicator_file, name="indicator-file"),
    path("embed/indicators/<str:code>/", views.card, name="card"),
    path("feed.atom", views.feed, name="feed"),
    path("corrections/", views.corrections, name="corrections"),
    path("methodology/", views.methodology, name="methodology"),
    path("data/", about_views.data, name="data"),
    path("accessibility/", about_views.accessibility, name="accessibility"),
    path("pillars/<str:code>/", plan_views.pillar, name="pillar"),
    path("plan/programs/", plan_views.programs, name="plan-programs"),
    path("plan/programs/<str:code>/", plan_views.program, name="plan-program"),
    path("plan/compare/", plan_views.compare, name="plan-compare"),
    path("search/", search_views.find, name="search"),
    path("ministries/", plan_views.ministries, name="ministries"),
    path("ministries/<str:code>/", plan_views.ministry, name="ministry"),
    path("quarters/<str:quarter>/figures.<slug:ending>", views.figures_file, name="figures-file"),
    path("quarters/<str:quarter>/charts/<str:chart>.csv", views.chart_file, name="chart-file"),
    path("quarters/<str:quarter>/bars/<str:group>.<slug:ending>", views.bars_file, name="bars-file"),
]
