"""What somebody types to propose another target becomes exact terms; what may be promised is said by the service.

Only what the indicator's kind of figure can be held against is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kpis.imports.indicator_checks import ONLY_FOR
from kpis.models import Aggregation, Comparator, Frequency, Indicator, Target
from kpis.services.revising import Terms
from kpis.wording import in_chinese
from ministries.calendars import roc_year
from ministries.models import Organisation
from programs.quarters import Quarter
from reports import typed
from reports.selectors.names import named


class TypedField(forms.CharField):
    """Text that `reports.typed` reads; what it cannot read is said in its words."""

    def __init__(self, read: Callable[[str], Any], **options: Any) -> None:
        super().__init__(**options)
        self.read = read

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.read(text)
        except typed.NotUnderstood as why:
            raise ValidationError(str(why)) from why


def _share(text: str) -> Decimal | None:
    """Percent as a share of one, to the basis point: `10` is 0.1."""
    percent = typed.percent(text)
    if percent is not None and not 0 <= percent < 100:
        raise typed.NotUnderstood(gettext("請填 0 以上、小於 100 的百分比。"))
    return None if percent is None else percent / 100


def _quarter(code: str) -> Quarter | None:
    return Quarter.parse(code) if code else None


class ProposalForm(forms.Form):
    """The terms that are proposed, for the organisations in whose name the person may propose."""

    organisation = forms.ChoiceField(label=_("提案機關"))
    comparator = forms.ChoiceField(label=_("目標形式"))
    value = TypedField(typed.decimal, label=_("目標值"))
    value_max = TypedField(
        typed.decimal, label=_("目標值上限"), help_text=_("僅「介於」填寫；目標值欄填下限。"), required=False
    )
    tolerance = TypedField(
        _share, label=_("容許範圍（%）"), help_text=_("僅「約」填寫，例如 10。"), required=False
    )
    frequency = forms.ChoiceField(label=_("目標期間"), choices=Frequency.choices)
    year = forms.TypedChoiceField(
        label=_("適用年度"),
        help_text=_("僅修正單一年度時選填。"),
        coerce=int,
        empty_value=None,
        required=False,
    )
    due_quarter = forms.TypedChoiceField(
        label=_("完成期限"),
        help_text=_("未選者，以計畫結束為期限。"),
        coerce=_quarter,
        empty_value=None,
        required=False,
    )
    effective_from = forms.TypedChoiceField(
        label=_("開始適用季別"),
        help_text=_("先前各季仍適用現行目標；已公布之季別不得修正。"),
        coerce=_quarter,
    )
    ground = TypedField(
        typed.words,
        label=_("修正理由"),
        help_text=_("核定後公開。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self,
        *args: Any,
        indicator: Indicator,
        target: Target | None,
        organisations: Sequence[Organisation],
        quarters: Iterable[Quarter],
        **options: Any,
    ) -> None:
        options.setdefault("initial", _initial(target))
        super().__init__(*args, **options)
        self.indicator, self.target = indicator, target
        for name, choices in _choices(indicator, organisations, quarters).items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
            if len(choices) == 1:
                field.widget = forms.HiddenInput()
                self.initial[name] = choices[0][0]
        for name in _unasked(indicator):
            del self.fields[name]
        unit = indicator.unit_zh if in_chinese() else indicator.unit_en
        if unit and "value" in self.fields:
            self.fields["value"].help_text = gettext("單位：%(unit)s") % {"unit": unit}

    def terms(self) -> Terms:
        """What was typed, once it is valid; what was not asked for stays as the present target has it."""
        said = self.cleaned_data
        return Terms(
            comparator=Comparator(said["comparator"]),
            value=said.get("value"),
            value_max=said.get("value_max"),
            tolerance=said.get("tolerance"),
            frequency=Frequency(self._said_or_present("frequency") or Frequency.WHOLE_PLAN),
            year=said.get("year"),
            due_quarter=self._said_or_present("due_quarter"),
            effective_from=said["effective_from"],
        )

    def _said_or_present(self, name: str) -> Any:
        return self.cleaned_data[name] if name in self.fields else getattr(self.target, name, None)

    def refuse(self, message: str, errors: dict[str, str]) -> None:
        """A service's refusal, at its fields where they stand on the page."""
        shown = {name: why for name, why in errors.items() if name in self.fields}
        for name, why in shown.items():
            self.add_error(name, why)
        if len(shown) < len(errors) or not errors:
            self.add_error(None, message)


def comparators_for(indicator: Indicator) -> list[Comparator]:
    """What the indicator's kind of figure can be held against."""
    own = [each for each, kind in ONLY_FOR.items() if kind == indicator.aggregation]
    return own or [each for each in Comparator if each not in ONLY_FOR]


def _choices(
    indicator: Indicator, organisations: Iterable[Organisation], quarters: Iterable[Quarter]
) -> dict[str, list[tuple[str, Any]]]:
    """What each field offers; where it is one thing only, nobody is asked."""
    plan = indicator.plan
    years = range(plan.first_quarter.year, plan.last_quarter.year + 1)
    every = Quarter.between(plan.first_quarter, plan.last_quarter)
    return {
        "organisation": _names(organisations, plan.last_quarter),
        "comparator": [(each.value, each.label) for each in comparators_for(indicator)],
        "year": [("", gettext("每一年度")), *((str(each), _year(each)) for each in years)],
        "due_quarter": [("", gettext("計畫結束")), *((each.code, each.label) for each in every)],
        "effective_from": [("", gettext("請選擇")), *((each.code, each.label) for each in quarters)],
    }


def _unasked(indicator: Indicator) -> Sequence[str]:
    """Fields that make no sense for the indicator's kind of figure."""
    match indicator.aggregation:
        case Aggregation.MILESTONE | Aggregation.QUALITATIVE:
            return ("value", "value_max", "tolerance", "frequency", "year")
        case Aggregation.RANK:
            return ("value_max", "tolerance")
    return ("due_quarter",)


def _initial(target: Target | None) -> dict[str, Any]:
    """The present target, to be changed where it is to be changed."""
    if target is None:
        return {}
    return {
        "comparator": target.comparator,
        "value": _spelled(target.value),
        "value_max": _spelled(target.value_max),
        "tolerance": _spelled(None if target.tolerance is None else target.tolerance * 100),
        "frequency": target.frequency,
        "due_quarter": target.due_quarter.code if target.due_quarter else "",
    }


def _spelled(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _names(organisations: Iterable[Organisation], quarter: Quarter) -> list[tuple[str, Any]]:
    found = [named(each, quarter.last_day) for each in organisations]
    return [(each.code, each.name_zh if in_chinese() else each.name_en) for each in found]


def _year(year: int) -> str:
    return gettext("%(year)s 年度") % {"year": roc_year(year) if in_chinese() else year}
