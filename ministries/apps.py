"""Registers the room of organisations and people."""

from django.apps import AppConfig


class MinistriesConfig(AppConfig):
    name = "ministries"
    verbose_name = "Who may act, and who did"
