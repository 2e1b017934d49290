"""Which checks hold for a plan in a quarter, how grave each is, and what a check may look at beside the line itself.

A plan's own rule holds before one for every plan, and without either what stands here: a severity, and a value from
the settings. It knows neither what the checks look for nor how their contexts are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.conf import settings

from kpis.models import CheckCode, Severity
from kpis.wording import in_chinese
from ministries import clock
from programs.quarters import Quarter
from reports.contents import LineContent

ERROR, WARNING, HINT = Severity.ERROR, Severity.WARNING, Severity.HINT

DEFAULTS: Mapping[CheckCode, tuple[Severity, str]] = {
    CheckCode.STOCK_FALLS: (WARNING, ""),
    CheckCode.UNUSUAL_JUMP: (WARNING, "JUMP_FACTOR"),
    CheckCode.BEHIND_WITHOUT_REASON: (ERROR, "BEHIND_POINTS"),
    CheckCode.BEHIND_WITHOUT_KIND: (ERROR, "BEHIND_POINTS"),
    CheckCode.BEHIND_WITHOUT_DAY: (ERROR, "BEHIND_POINTS"),
    CheckCode.REASON_WITHOUT_DELAY: (WARNING, "BEHIND_POINTS"),
    CheckCode.FAR_BEHIND: (WARNING, "FAR_BEHIND_POINTS"),
    CheckCode.BEHIND_TWICE: (WARNING, "BEHIND_POINTS"),
    CheckCode.PROGRESS_FALLS: (WARNING, ""),
    CheckCode.COMPLETE_WITH_OPEN_MILESTONES: (WARNING, ""),
    CheckCode.MILESTONE_OVERDUE: (ERROR, ""),
    CheckCode.REACHED_BEFORE_START: (WARNING, ""),
    CheckCode.CATCH_UP_DAY_PAST: (WARNING, ""),
    CheckCode.OVER_APPROPRIATION: (WARNING, ""),
    CheckCode.ALLOCATED_OVER_APPROPRIATION: (WARNING, ""),
    CheckCode.LOW_EXECUTION: (WARNING, "LOW_EXECUTION_PERCENT"),
    CheckCode.MONEY_WITHOUT_PROGRESS: (WARNING, ""),
    CheckCode.PROGRESS_WITHOUT_MONEY: (WARNING, ""),
    CheckCode.CONFIDENCE_DISAGREES: (ERROR, "CONFIDENCE_STEPS"),
    CheckCode.NO_NARRATIVE: (HINT, ""),
}
"""Check → its severity, and the setting that it compares with where it compares with one."""


@dataclass(frozen=True)
class RuleRecord:
    """A rule as data says it; no plan is every plan."""

    plan_id: int | None
    code: str
    effective_from: Quarter
    severity: str
    parameter: Decimal | None = None
    is_active: bool = True
    words_zh: str = ""
    words_en: str = ""


@dataclass(frozen=True)
class Rule:
    """A check that holds. `parameter` means nothing to checks that compare with no value."""

    code: CheckCode
    severity: Severity
    parameter: Decimal
    words_zh: str = ""
    words_en: str = ""

    @property
    def words(self) -> str:
        """The rule's own words in the reader's language; none where the check's own hold."""
        return self.words_zh if in_chinese() else self.words_en


def rules_in_force(records: Iterable[RuleRecord], plan_id: int | None, quarter: Quarter) -> tuple[Rule, ...]:
    """Each check that holds for the plan in the quarter, in the order of the codes."""
    held: dict[str, RuleRecord] = {}
    effective = [
        each for each in records if each.plan_id in (None, plan_id) and each.effective_from <= quarter
    ]
    for record in sorted(effective, key=lambda each: (each.plan_id is not None, each.effective_from)):
        held[record.code] = record
    rules = (_rule(code, held.get(code.value)) for code in CheckCode)
    return tuple(rule for rule in rules if rule is not None)


def _rule(code: CheckCode, record: RuleRecord | None) -> Rule | None:
    severity, setting = DEFAULTS[code]
    parameter = Decimal(str(getattr(settings, setting))) if setting else Decimal(0)
    if record is None:
        return Rule(code, severity, parameter)
    if not record.is_active:
        return None
    if record.parameter is not None:
        parameter = record.parameter
    return Rule(code, Severity(record.severity), parameter, record.words_zh, record.words_en)


@dataclass(frozen=True)
class Standard:
    """What lights and execution rates go by: see `kpis.models.MonitoringStandard`."""

    yellow: Decimal
    red: Decimal
    execution_formula: str

    @classmethod
    def of_settings(cls) -> Standard:
        return cls(
            Decimal(str(settings.LIGHT_YELLOW_POINTS)),
            Decimal(str(settings.LIGHT_RED_POINTS)),
            settings.EXECUTION_FORMULA,
        )


@dataclass(frozen=True)
class Usual:
    """The least and the most that was accepted of a figure in the quarters before."""

    least: Decimal
    most: Decimal


def _default_rules() -> tuple[Rule, ...]:
    return rules_in_force((), None, Quarter.containing(clock.today()))


@dataclass(frozen=True)
class CheckContext:
    """What a check may look at beside the line: what was accepted before, the plan's standards, and today.

    `previous` and `earlier` are what was accepted of the same thing in the quarter before and the one before that;
    `light` is the indicator's computed light of the quarter before; `open_milestones` counts those of the line's
    programme that neither an accepted fact nor this report says to be reached.
    """

    rules: tuple[Rule, ...] = field(default_factory=_default_rules)
    today: date = field(default_factory=clock.today)
    previous: LineContent | None = None
    earlier: LineContent | None = None
    usual: Usual | None = None
    light: str = ""
    open_milestones: int = 0
    standard: Standard = field(default_factory=Standard.of_settings)
