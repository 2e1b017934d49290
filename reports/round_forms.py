"""The forms of a round: its dates, its publication, and more time asked for and answered. They read what was typed; whether it may be is said by `reports.services`."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ministries import clock
from ministries.services import Refused
from reports.fields import DayField, WordsField
from reports.models import Extension, ReportingQuarter
from reports.services import QuarterDates

NINE = time(9)


class RefusableForm(forms.Form):
    """A form at whose fields a service's refusal is shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def show(self, refused: Refused) -> None:
        """Puts each error at its field; the rest, and what has no field, above them."""
        for name, message in refused.errors.items():
            self.add_error(name if name in self.fields else None, message)
        if not refused.errors:
            self.add_error(None, refused.message)


class QuarterDatesForm(RefusableForm):
    """The three dates, and why once the round is open."""

    opens_on = DayField(label=_("開放日"))
    due_on = DayField(label=_("期限"))
    closes_on = DayField(label=_("截止日"))
    reason = WordsField(label=_("理由"), required=False, rows=2)

    @classmethod
    def of(cls, round_: ReportingQuarter, data: Any = None) -> QuarterDatesForm:
        """With the round's dates in it, or with what was typed."""
        dates = QuarterDates.of(round_)
        form = cls(data, initial=vars(dates), prefix="dates")
        form.fields["reason"].required = round_.opened_at is not None
        return form

    @property
    def dates(self) -> QuarterDates:
        """What was typed; only of a form without errors."""
        return QuarterDates(*(self.cleaned_data[name] for name in ("opens_on", "due_on", "closes_on")))


class ProposePublicationForm(RefusableForm):
    """From when on the public may see it; at once after the confirmation where no day is given."""

    day = DayField(
        label=_("公布日期"), required=False, help_text=_("例如 113/01/05；留白者，確認後立即公布。")
    )
    hour = forms.TimeField(
        label=_("公布時間"),
        required=False,
        help_text=_("臺北時間，例如 09:00；留白者為上午九時。"),
        error_messages={"invalid": _("請填時與分，例如 09:00。")},
        widget=forms.TextInput(attrs={"maxlength": 8, "autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="publication", **kwargs)

    def clean(self) -> None:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("hour") and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("已填公布時間，請填公布日期。"))

    @property
    def not_before(self) -> datetime | None:
        """What was typed; only of a form without errors."""
        day = self.cleaned_data["day"]
        return datetime.combine(day, self.cleaned_data["hour"] or NINE, clock.TAIPEI) if day else None


class RefusePublicationForm(RefusableForm):
    """Why a publication is not agreed to."""

    words = WordsField(label=_("不同意的理由"), rows=2)


class AskExtensionForm(RefusableForm):
    """Until when a ministry would like to hand in, and why."""

    until = DayField(label=_("申請展延至"))
    reason = WordsField(label=_("理由"))


class AnswerExtensionForm(RefusableForm):
    """The day that is granted, and words, which a refusal must have.

    Its prefix names the request that the reader saw: an answer never meets another one.
    """

    granted = forms.ChoiceField(choices=[("yes", _("同意展延")), ("no", _("不同意展延"))])
    until = DayField(label=_("同意展延至"))
    words = WordsField(label=_("說明"), required=False, rows=2)

    @classmethod
    def of(cls, extension: Extension, data: Any = None) -> AnswerExtensionForm:
        """With the day that was asked for in it, or with what was typed."""
        form = cls(data, initial={"until": extension.until_asked}, prefix=f"answer-{extension.pk}")
        form.fields["until"].required = form.data.get(form.add_prefix("granted")) != "no"
        return form

    @property
    def is_granted(self) -> bool:
        return str(self.cleaned_data["granted"]) == "yes"
