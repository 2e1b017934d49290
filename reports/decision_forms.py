"""What is typed about decisions becomes content, or comes back as it was typed with a sentence at its field.

Whether the content is allowed is said by `reports.services.decisions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.models import Indicator
from kpis.wording import in_chinese
from ministries import clock
from ministries.models import Organisation
from programs.models import Plan, Program, SubItem
from programs.quarters import Quarter
from reports.decided import DecisionContent, ProgressContent
from reports.fields import DayField, WordsField
from reports.models import DecisionProgress, Outlook
from reports.round_forms import RefusableForm
from reports.services.decisions import OWNER_KINDS

QUARTERS_AHEAD = 12
"""How far ahead a due quarter is offered, where the plan does not run longer."""


class DecisionForm(RefusableForm):
    """All that a decision says; the choices are those of its plan."""

    text = WordsField(label=gettext_lazy("應辦事項"))
    organisation = forms.ChoiceField(label=gettext_lazy("主辦機關"))
    co_owners = forms.MultipleChoiceField(
        label=gettext_lazy("協辦機關"), required=False, widget=forms.CheckboxSelectMultiple
    )
    due_quarter = forms.ChoiceField(
        label=gettext_lazy("限期"), help_text=gettext_lazy("應於該季結束前辦結。")
    )
    meeting = forms.CharField(label=gettext_lazy("會議"), required=False)
    meeting_on = DayField(label=gettext_lazy("會議日期"), required=False)
    background = WordsField(label=gettext_lazy("背景說明"), required=False)
    indicator = forms.ChoiceField(label=gettext_lazy("相關指標"), required=False)
    program = forms.ChoiceField(label=gettext_lazy("相關計畫"), required=False)
    sub_item = forms.ChoiceField(label=gettext_lazy("相關子項"), required=False)

    def __init__(self, plan: Plan, data: Any = None, content: DecisionContent | None = None) -> None:
        super().__init__(data, initial=_texts_of(content) if content else None)
        today = clock.today()
        owners = Organisation.objects.filter(kind__in=OWNER_KINDS, is_secretariat=False)
        self.organisations = {each.code: each for each in owners.prefetch_related("names")}
        self.records: dict[str, dict[str, Any]] = {
            "indicator": _by_code(Indicator.objects.filter(plan=plan).order_by("pillar__order", "code")),
            "program": _by_code(Program.objects.filter(plan=plan).order_by("code")),
            "sub_item": _by_code(SubItem.objects.filter(pillar__plan=plan).select_related("pillar")),
        }
        named = [(code, _local(each.name_on(today))) for code, each in self.organisations.items()]
        self._choose("organisation", named, _("請選擇"))
        self._choose("co_owners", named)
        self._choose("due_quarter", _quarters(plan, content), _("請選擇"))
        for name, records in self.records.items():
            self._choose(name, ((code, f"{code} {_local(each)}") for code, each in records.items()), _("無"))

    def _choose(self, name: str, choices: Iterable[tuple[str, str]], nothing: str = "") -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*([("", nothing)] if nothing else []), *choices]

    @property
    def content(self) -> DecisionContent:
        """Of a valid form."""
        said = self.cleaned_data
        return DecisionContent(
            text=said["text"],
            organisation=self.organisations[said["organisation"]],
            due_quarter=Quarter.parse(said["due_quarter"]),
            co_owners=frozenset(self.organisations[code] for code in said["co_owners"]),
            background=said["background"],
            meeting=said["meeting"],
            meeting_on=said["meeting_on"],
            **{name: records.get(said[name]) for name, records in self.records.items()},
        )


class ChangeForm(DecisionForm):
    """The same once it is made, with the reason for the change and the revision that was seen."""

    reason = WordsField(label=gettext_lazy("修正理由"), help_text=gettext_lazy("原內容與理由均留存於歷程。"))
    revision = forms.IntegerField(label=gettext_lazy("版次"), widget=forms.HiddenInput, min_value=0)


class ReasonForm(RefusableForm):
    """Why a decision is closed or asked for again."""

    reason = WordsField(label=gettext_lazy("理由"))
    revision = forms.IntegerField(label=gettext_lazy("版次"), widget=forms.HiddenInput, min_value=0)


class ProgressForm(RefusableForm):
    """What the owner says of one decision in one report."""

    words = WordsField(label=gettext_lazy("辦理情形"))
    outlook = forms.ChoiceField(
        label=gettext_lazy("辦理建議"), choices=Outlook.choices, widget=forms.RadioSelect
    )
    expected_on = DayField(label=gettext_lazy("預定完成日期"), required=False)
    revision = forms.IntegerField(label=gettext_lazy("版次"), widget=forms.HiddenInput, min_value=0)

    @classmethod
    def showing(cls, progress: DecisionProgress | None, prefix: str) -> ProgressForm:
        """With what was saved, to be changed."""
        if progress is None:
            return cls(initial={"revision": 0}, auto_id=f"{prefix}-%s")
        initial = {
            "words": progress.words,
            "outlook": progress.outlook,
            "expected_on": progress.expected_on,
            "revision": progress.revision,
        }
        return cls(initial=initial, auto_id=f"{prefix}-%s")

    @property
    def content(self) -> ProgressContent:
        """Of a valid form."""
        said = self.cleaned_data
        return ProgressContent(said["words"], said["outlook"], said["expected_on"])


def _texts_of(content: DecisionContent) -> dict[str, Any]:
    """The content as it stands in its inputs."""
    linked = ("organisation", "indicator", "program", "sub_item")
    codes = {name: record.code for name in linked if (record := getattr(content, name))}
    return {
        "text": content.text,
        "background": content.background,
        "meeting": content.meeting,
        "meeting_on": content.meeting_on,
        "due_quarter": content.due_quarter.code,
        "co_owners": [each.code for each in content.co_owners],
        **codes,
    }


def _quarters(plan: Plan, content: DecisionContent | None) -> list[tuple[str, str]]:
    """From this quarter to the plan's end and beyond; the one that stands is always among them."""
    now = Quarter.containing(clock.today())
    offered = list(Quarter.between(now, max(plan.last_quarter, now + QUARTERS_AHEAD)))
    if content and content.due_quarter not in offered:
        offered.insert(0, content.due_quarter)
    return [(quarter.code, quarter.label) for quarter in offered]


def _by_code(records: Iterable[Any]) -> dict[str, Any]:
    return {each.code: each for each in records}


def _local(record: Any) -> str:
    return str(record.name_zh if in_chinese() else record.name_en or record.name_zh)
