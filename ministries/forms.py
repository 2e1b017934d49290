"""What a person chooses about their letters, as fields; what may be chosen is said by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ministries.models import ALWAYS_TOLD, NoticeKind, Timing

CHOSEN_KINDS = tuple(kind for kind in NoticeKind if kind != NoticeKind.ACCOUNT)
"""What concerns one's own account always comes at once."""


class PreferencesForm(forms.Form):
    """A field for the language, and one for each kind of notice, named as the kind."""

    language = forms.ChoiceField(label=_("通知信語言"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CHOSEN_KINDS:
            timings = [each for each in Timing if each != Timing.NEVER or kind not in ALWAYS_TOLD]
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=[(each.value, each.label) for each in timings]
            )

    @property
    def kinds(self) -> list[forms.BoundField]:
        """The fields of the kinds."""
        return [self[kind.value] for kind in CHOSEN_KINDS]

    @property
    def timings(self) -> dict[str, str]:
        return {kind.value: self.cleaned_data[kind.value] for kind in CHOSEN_KINDS}
