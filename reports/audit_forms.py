"""What an auditor asks of the log: who, what, where, about what and when, all of it optional and all in the address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ministries import clock
from ministries.models import Organisation
from ministries.permissions import ACT_NAMES
from reports import typed
from reports.audit_wording import SUBJECTS
from reports.people_forms import DayField, name_of
from reports.selectors.audit import Asked, Place

LONGEST_SEARCH = timedelta(days=366)
"""A text is looked for in the entries of the asked days one by one."""
_NUMBER = re.compile(r"[1-9]\d{0,17}")


class TextField(forms.Field):
    """A few words on one line."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"maxlength": 254, "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **options)

    def to_python(self, value: Any) -> str:
        try:
            return typed.words(str(value or ""), 254)
        except typed.NotUnderstood as why:
            raise ValidationError(str(why)) from why


class PlaceField(forms.Field):
    """Where the page before ended; pages write it, people do not."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, label=gettext_lazy("頁次"))

    def to_python(self, value: Any) -> Place | None:
        if not value:
            return None
        place = Place.parse(str(value))
        if place is None:
            raise ValidationError(_("請自第一頁起查詢。"))
        return place


class AuditForm(forms.Form):
    """`since` and `until` are days, both included."""

    use_required_attribute = False

    person = TextField(label=gettext_lazy("人員姓名或電子郵件"))
    organisation = forms.ChoiceField(label=gettext_lazy("機關"), required=False)
    act = forms.ChoiceField(label=gettext_lazy("作業類別"), required=False)
    subject_type = forms.ChoiceField(label=gettext_lazy("對象類別"), required=False)
    subject_id = TextField(label=gettext_lazy("對象編號"))
    since = DayField(label=gettext_lazy("起日"), required=False)
    until = DayField(label=gettext_lazy("迄日"), required=False)
    words = TextField(label=gettext_lazy("內容含有"))
    sort = forms.ChoiceField(
        choices=[("", ""), ("at", ""), ("-at", "")], required=False, widget=forms.HiddenInput
    )
    after = PlaceField()
    before = PlaceField()

    def __init__(self, *args: Any, organisations: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        everything = ("", _("全部"))
        self._organisations = {each.code: each for each in organisations}
        self._offer("organisation", everything, [(each.code, name_of(each)) for each in organisations])
        self._offer("act", everything, [(str(act), str(words)) for act, words in ACT_NAMES.items()])
        self._offer("subject_type", everything, [(label, str(words)) for label, words in SUBJECTS.items()])

    def _offer(self, name: str, first: tuple[str, str], choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [first, *choices]

    def clean_subject_id(self) -> int | None:
        text = str(self.cleaned_data["subject_id"])
        if text and not _NUMBER.fullmatch(text):
            raise ValidationError(_("請填對象的數字編號。"))
        return int(text) if text else None

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and until and until < since:
            self.add_error("until", _("迄日不得早於起日。"))
        if told.get("subject_id") and not told.get("subject_type"):
            self.add_error("subject_type", _("填寫對象編號時，請一併選擇對象類別。"))
        if told.get("words") and "since" not in self.errors and "until" not in self.errors:
            self._bound_search(since, until or clock.today())
        return told

    def _bound_search(self, since: date | None, until: date) -> None:
        if since is None or until - since > LONGEST_SEARCH:
            self.add_error("since", _("查詢內容文字時，請填起日，期間以 366 日為限。"))

    @property
    def filters(self) -> list[forms.BoundField]:
        """The fields that people fill in."""
        return list(self.visible_fields())

    @property
    def asked(self) -> Asked:
        """What was asked for; only of a form without errors."""
        told = self.cleaned_data
        return Asked(
            person=told["person"],
            organisation=self._organisations.get(told["organisation"]),
            act=told["act"],
            subject_type=told["subject_type"],
            subject_id=told["subject_id"],
            since=told["since"],
            until=told["until"],
            words=told["words"],
        )

    @property
    def as_typed(self) -> dict[str, str]:
        """The filters that are filled in, for the record of an export."""
        names = [field.name for field in self.filters]
        return {name: self.data[name] for name in names if self.data.get(name)}
