"""Registers the room: the door."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "The door"

    def ready(self) -> None:
        """Listens to who logs in."""
        from portal import sign_ins as sign_ins
