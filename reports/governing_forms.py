"""What the administrator types to let programmes join and change; what may be is said by `reports.services.governing`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kpis.wording import in_chinese
from ministries.models import Organisation
from ministries.services import Refused
from programs.models import Program, ProgramPart, Standing, TableColumn
from programs.quarters import Quarter
from reports.fields import DayField, WordsField
from reports.program_contents import Joining, MarkWish, PartWish, StandingContent
from reports.program_forms import CHOOSE, NEW_ROWS, LineField, QuarterChoice
from reports.round_forms import RefusableForm


class GoverningForm(RefusableForm):
    """What every change of the plan says: from which quarter, and on what it rests."""

    effective_from = QuarterChoice(
        label=_("生效季別"), help_text=_("已截止或公布之季別不再變動；開放中之季別，應報項目隨之調整。")
    )
    words = WordsField(label=_("依據"), rows=2, help_text=_("如核定文號及事由。"))

    def __init__(
        self, data: Any = None, *, prefix: str, quarters: Iterable[Quarter], initial: Any = None
    ) -> None:
        super().__init__(data, prefix=prefix, initial=initial)
        offered = self.fields["effective_from"]
        assert isinstance(offered, QuarterChoice)
        offered.offer(quarters)
        # Declared first so that they are shared, shown last.
        self.order_fields([name for name in self.fields if name not in GoverningForm.base_fields])

    def _offer(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    @property
    def rests_on(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in GoverningForm.base_fields}


class StandingForm(GoverningForm):
    """What is said of a programme as a whole."""

    organisation = forms.ChoiceField(label=_("機關"))
    name_zh = LineField(label=_("名稱"), longest=200)
    name_en = LineField(label=_("英文名稱"), longest=300)
    name_is_provisional = forms.BooleanField(label=_("名稱暫定"), required=False)
    kind = forms.ChoiceField(label=_("型態"), choices=[CHOOSE, *Standing.Kind.choices])
    period_printed = LineField(
        label=_("期程"), longest=40, required=False, help_text=_("如 112-116；未定者免填。")
    )
    period_start = DayField(label=_("起日"), required=False)
    period_end = DayField(label=_("迄日"), required=False)

    def __init__(self, data: Any = None, *, organisations: Sequence[Organisation], **options: Any) -> None:
        super().__init__(data, **options)
        self.organisations = {each.code: each for each in organisations}
        self._offer("organisation", [CHOOSE, *_named(organisations)])

    @classmethod
    def of(cls, standing: Standing, data: Any = None, **options: Any) -> StandingForm:
        """With what is said of the programme now."""
        initial = vars(StandingContent.of(standing)) | {"organisation": standing.organisation.code}
        return cls(data, initial=initial, **options)

    @property
    def standing(self) -> StandingContent:
        """What was typed; only of a form without errors."""
        said = {each.name: self.cleaned_data[each.name] for each in fields(StandingContent)}
        return StandingContent(**said | {"organisation": self.organisations[said["organisation"]]})


def _named(offered: Iterable[Organisation | Program | ProgramPart]) -> list[tuple[str, str]]:
    """Codes with the names of today."""
    return [(each.code, each.name_zh if in_chinese() else each.name_en) for each in offered]


def _coded(offered: Iterable[Program | ProgramPart]) -> list[tuple[str, str]]:
    """Codes with themselves and the names."""
    return [(code, f"{code} {name}") for code, name in _named(offered)]


class MarkField(forms.ChoiceField):
    """√, △ or nothing in a column of the tables."""

    def __init__(self, column: TableColumn, **options: Any) -> None:
        signs = [("none", "—"), ("primary", _("√ 主要工作")), ("related", _("△ 內容涉及"))]
        super().__init__(
            label=column.heading_zh if in_chinese() else column.heading_en,
            choices=signs,
            **options,
        )
        self.column = column


class PartForm(RefusableForm):
    """A part of a programme that joins; a row without anything in it asks for nothing."""

    name_zh = LineField(label=_("名稱"), longest=200, required=False)
    name_en = LineField(label=_("英文名稱"), longest=300, required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name, other in (("name_zh", "name_en"), ("name_en", "name_zh")):
            if said.get(other) and not said.get(name) and name not in self.errors:
                self.add_error(name, _("此欄必填。"))
        return said

    @property
    def wish(self) -> PartWish | None:
        said = self.cleaned_data
        return PartWish(said["name_zh"], said["name_en"]) if said["name_zh"] else None


class JoinForm(StandingForm):
    """A programme that is to join the plan, with its parts and marks."""

    purpose_zh = WordsField(label=_("計畫目的"), required=False)
    purpose_en = WordsField(label=_("計畫目的（英文）"), required=False)
    predecessor = forms.ChoiceField(label=_("前期計畫"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        programs: Sequence[Program],
        columns: Sequence[TableColumn],
        **options: Any,
    ) -> None:
        super().__init__(data, prefix="join", **options)
        self.predecessors = {each.code: each for each in programs}
        self._offer(
            "predecessor",
            [("", _("無")), *_coded(programs)],
        )
        self._offer(
            "kind",
            [CHOOSE, *((each.value, each.label) for each in (Program.Kind.NEW, Program.Kind.CONTINUING))],
        )
        self.marks = MarksOfColumns(data, columns, prefix="join")
        self.parts = [PartForm(data, prefix=f"join-part-{number}") for number in range(1, NEW_ROWS + 1)]

    @property
    def all_forms(self) -> list[RefusableForm]:
        return [self, *self.parts, self.marks]

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.marks.is_valid(), *(each.is_valid() for each in self.parts)])

    def show(self, refused: Refused) -> None:
        """What is wrong with the marks as a whole stands above them."""
        errors = dict(refused.errors)
        if of_marks := errors.pop("marks", ""):
            self.marks.add_error(None, of_marks)
        if errors or not refused.errors:
            super().show(Refused(refused.message, errors))

    @property
    def content(self) -> Joining:
        """What was typed; only of a form without errors."""
        said = self.cleaned_data
        return Joining(
            standing=self.standing,
            purpose_zh=said["purpose_zh"],
            purpose_en=said["purpose_en"],
            predecessor=self.predecessors.get(said["predecessor"]),
            parts=tuple(wish for each in self.parts if (wish := each.wish)),
            marks=tuple(self.marks.wishes),
            **self.rests_on,
        )


class MarksOfColumns(RefusableForm):
    """One choice for each column of the tables, and where the programme has parts, which of them bears the mark."""

    def __init__(
        self,
        data: Any,
        columns: Sequence[TableColumn],
        *,
        prefix: str,
        held: Mapping[int, tuple[str, int | None]] | None = None,
        parts: Sequence[ProgramPart] = (),
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.columns, self.parts_by_code = columns, {each.code: each for each in parts}
        codes = {each.pk: each.code for each in parts}
        for column in columns:
            kind, part = (held or {}).get(column.pk, ("none", None))
            self.fields[f"column-{column.pk}"] = MarkField(column, initial=kind)
            if parts:
                choices = [("", _("整體計畫")), *_coded(parts)]
                self.fields[f"part-{column.pk}"] = forms.ChoiceField(
                    label=_("分項"),
                    choices=choices,
                    required=False,
                    initial=codes.get(part or 0, ""),
                )

    @property
    def rows(self) -> list[tuple[TableColumn, Any, Any]]:
        """Each column with its fields, for the page."""
        return [
            (each, self[f"column-{each.pk}"], self[f"part-{each.pk}"] if self.parts_by_code else None)
            for each in self.columns
        ]

    @property
    def wishes(self) -> list[MarkWish]:
        """What was chosen, column by column; a part bears only a mark that there is."""
        said = self.cleaned_data
        return [
            MarkWish(
                each,
                said[f"column-{each.pk}"],
                None
                if said[f"column-{each.pk}"] == "none"
                else self.parts_by_code.get(said.get(f"part-{each.pk}", "")),
            )
            for each in self.columns
        ]


class MarksForm(GoverningForm):
    """Other marks of a programme."""

    def __init__(self, data: Any = None, *, marks: MarksOfColumns, **options: Any) -> None:
        super().__init__(data, prefix="marks", **options)
        self.marks = marks

    @property
    def all_forms(self) -> list[RefusableForm]:
        return [self, self.marks]

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.marks.is_valid()])

    def show(self, refused: Refused) -> None:
        own = {name: message for name, message in refused.errors.items() if name in self.fields}
        theirs = {name: message for name, message in refused.errors.items() if name not in own}
        if own or not theirs:
            super().show(Refused(refused.message, own))
        if theirs:
            self.marks.show(Refused(refused.message, theirs))


class AddPartForm(GoverningForm):
    """A part to be named."""

    name_zh = LineField(label=_("名稱"), longest=200)
    name_en = LineField(label=_("英文名稱"), longest=300)

    @property
    def part(self) -> PartWish:
        return PartWish(self.cleaned_data["name_zh"], self.cleaned_data["name_en"])


class EndPartForm(GoverningForm):
    """A part to be ended."""

    part = forms.ChoiceField(label=_("分項"))

    def __init__(self, data: Any = None, *, parts: Sequence[ProgramPart], **options: Any) -> None:
        super().__init__(data, **options)
        self.parts = {each.code: each for each in parts}
        self._offer("part", [CHOOSE, *_coded(parts)])

    @property
    def chosen(self) -> ProgramPart:
        return self.parts[self.cleaned_data["part"]]


class OwnerForm(GoverningForm):
    """Who reports an indicator no more, and who does instead."""

    leaving = forms.ChoiceField(label=_("卸除責任之機關"), required=False)
    joining = forms.ChoiceField(label=_("新任填報機關"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        owners: Sequence[Organisation],
        others: Sequence[Organisation],
        **options: Any,
    ) -> None:
        super().__init__(data, prefix="owner", **options)
        self.organisations = {each.code: each for each in (*owners, *others)}
        self._offer("leaving", [("", _("無")), *_named(owners)])
        self._offer("joining", [("", _("無")), *_named(others)])

    @property
    def sides(self) -> dict[str, Any]:
        return {name: self.organisations.get(self.cleaned_data[name]) for name in ("leaving", "joining")}
