"""Registers the room of organisations and people."""

from django.apps import AppConfig
from django.forms import ChoiceField, Field
from django.utils.translation import gettext_lazy as _


class MinistriesConfig(AppConfig):
    name = "ministries"
    verbose_name = "Who may act, and who did"

    def ready(self) -> None:
        """What every form says by itself reads as the rest of the portal does."""
        Field.default_error_messages["required"] = _("此欄必填。")
        ChoiceField.default_error_messages["invalid_choice"] = _("請從選項中擇一。")
