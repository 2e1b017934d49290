"""What people type about programmes becomes values; what may be asked or decided is said by `reports.services`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ministries.services import Refused
from programs.models import (
    ProgramMilestone,
    ReleaseGround,
    RevisionGround,
)
from programs.quarters import Quarter
from reports import typed
from reports.fields import DayField, WordsField
from reports.program_contents import (
    MilestoneWish,
    Period,
    RevisionContent,
)
from reports.round_forms import RefusableForm

NEW_ROWS = 3
CHOOSE = ("", _("請選擇"))


class LineField(forms.Field):
    """A short text on one line."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)
        self.longest = longest

    def to_python(self, value: Any) -> str:
        try:
            return typed.words(str(value or ""), self.longest).replace("\n", " ")
        except typed.NotUnderstood as why:
            raise ValidationError(str(why)) from why


class QuarterChoice(forms.TypedChoiceField):
    """One of the quarters that are offered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=_quarter, empty_value=None, **options)

    def offer(self, quarters: Iterable[Quarter]) -> None:
        self.choices = [CHOOSE, *((each.code, each.label) for each in quarters)]


def _quarter(code: str) -> Quarter:
    return Quarter.parse(code)


class MilestoneForm(RefusableForm):
    """One milestone: as it is to be, or to be dropped; a row without anything in it asks for nothing."""

    name_zh = LineField(label=_("名稱"), longest=200, required=False)
    name_en = LineField(label=_("英文名稱"), longest=300, required=False)
    due_on = DayField(label=_("預定完成日期"), required=False)
    is_dropped = forms.BooleanField(label=_("取消"), required=False)

    def __init__(self, data: Any, *, place: str, milestone: ProgramMilestone | None = None) -> None:
        initial = None
        if milestone:
            initial = {name: getattr(milestone, name) for name in ("name_zh", "name_en", "due_on")}
        super().__init__(data, prefix=place, initial=initial)
        self.place, self.milestone = place, milestone

    @property
    def wish(self) -> MilestoneWish | None:
        """What was typed; only of a form without errors."""
        said = self.cleaned_data
        if self.milestone is None and not (said["name_zh"] or said["name_en"] or said["due_on"]):
            return None
        return MilestoneWish(
            place=self.place,
            code=self.milestone.code if self.milestone else None,
            name_zh=said["name_zh"],
            name_en=said["name_en"],
            due_on=said["due_on"],
            is_dropped=self.milestone is not None and said["is_dropped"],
        )


class RevisionForm(RefusableForm):
    """A revision: why, from when, another period, and the milestones one by one."""

    ground = forms.ChoiceField(label=_("修正事由"), choices=[CHOOSE, *RevisionGround.choices])
    effective_from = QuarterChoice(label=_("生效季別"), help_text=_("先前各季仍適用原期程與原查核點。"))
    explanation = WordsField(label=_("說明"), rows=4, help_text=_("請說明原因、影響及因應作為。"))
    period_printed = LineField(
        label=_("修正後期程"), longest=40, required=False, help_text=_("不變更期程者免填；如 112-116。")
    )
    period_start = DayField(label=_("起日"), required=False)
    period_end = DayField(label=_("迄日"), required=False)

    def __init__(
        self, data: Any, *, quarters: Iterable[Quarter], milestones: Sequence[ProgramMilestone]
    ) -> None:
        super().__init__(data, prefix="revision")
        self._choice_of("effective_from").offer(quarters)
        self.known = [
            MilestoneForm(data, place=f"milestone-{each.pk}", milestone=each) for each in milestones
        ]
        self.new = [MilestoneForm(data, place=f"new-{number}") for number in range(1, NEW_ROWS + 1)]

    def _choice_of(self, name: str) -> QuarterChoice:
        field = self.fields[name]
        assert isinstance(field, QuarterChoice)
        return field

    @property
    def rows(self) -> list[MilestoneForm]:
        return [*self.known, *self.new]

    @property
    def all_forms(self) -> list[RefusableForm]:
        return [self, *self.rows]

    @property
    def is_refused(self) -> bool:
        return any(each.errors for each in self.all_forms)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = [name for name in ("period_printed", "period_start", "period_end") if said.get(name)]
        for name in ("period_printed", "period_start"):
            if wanted and name not in self.errors and not said.get(name):
                self.add_error(name, _("變更期程時，此欄必填。"))
        return said

    def is_valid(self) -> bool:
        """Every row is looked at, so that all that is wrong is said at once."""
        return all([super().is_valid(), *(each.is_valid() for each in self.rows)])

    def show(self, refused: Refused) -> None:
        """Puts each error at its field, or at the milestone's."""
        own = {name: message for name, message in refused.errors.items() if name in self.fields}
        if own or not refused.errors:
            super().show(Refused(refused.message, own))
        for row in self.rows:
            start = f"{row.place}-"
            theirs = {
                name.removeprefix(start): message
                for name, message in refused.errors.items()
                if name.startswith(start)
            }
            if theirs:
                row.show(Refused(refused.message, theirs))

    @property
    def content(self) -> RevisionContent:
        """What was typed; only of a form without errors."""
        said = self.cleaned_data
        period = None
        if said["period_start"]:
            period = Period(said["period_printed"], said["period_start"], said["period_end"])
        return RevisionContent(
            ground=said["ground"],
            explanation=said["explanation"],
            effective_from=said["effective_from"],
            period=period,
            milestones=tuple(wish for row in self.rows if (wish := row.wish)),
        )


class ReleaseForm(RefusableForm):
    """Why a programme is to be kept track of no longer."""

    ground = forms.ChoiceField(label=_("解除事由"), choices=[CHOOSE, *ReleaseGround.choices])
    explanation = WordsField(label=_("說明"), rows=4, help_text=_("請說明執行成果與後續處理。"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="release")
