"""What can be counted in a plan, counted in the database by the same names that `expected-counts.yaml` uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kpis.imports.records import ExpectedCountsRecord
from kpis.models import Indicator
from programs.models import (
    EarlierResult,
    KeyTask,
    Mark,
    Plan,
    Responsibility,
    SubItem,
)


@dataclass(frozen=True)
class CountLine:
    """One line of the comparison: what is counted, how many there should be, how many there are."""

    name: str
    expected: int
    found: int

    @property
    def agrees(self) -> bool:
        return self.expected == self.found


def compared(plan: Plan, expected: ExpectedCountsRecord) -> list[CountLine]:
    """Every count that is expected beside the one in the database."""
    simple = [
        CountLine(name, wanted, found)
        for name, wanted, found in _simple_counts(plan, expected)
        if wanted is not None
    ]
    return [*simple, *_table_counts(plan, expected)]


def _simple_counts(plan: Plan, expected: ExpectedCountsRecord) -> Iterator[tuple[str, int | None, int]]:
    kinds = Indicator.Kind
    indicators = plan.indicators
    named = Responsibility.objects.filter(sub_item__pillar__plan=plan, organisation__isnull=False)
    pairs = named.values("sub_item", "organisation").distinct()
    marks = Mark.objects.filter(row__plan=plan)
    yield _("主軸"), expected.pillars, plan.pillars.count()
    yield _("子項"), expected.sub_items, SubItem.objects.filter(pillar__plan=plan).count()
    yield _("總體目標"), expected.overall_goals, indicators.filter(kind=kinds.OVERALL).count()
    yield pgettext("goal", "目標"), expected.goals, indicators.filter(kind=kinds.GOAL).count()
    yield _("關鍵成果"), expected.key_results, indicators.filter(kind=kinds.KEY_RESULT).count()
    yield _("重點工作"), expected.key_tasks, KeyTask.objects.filter(pillar__plan=plan).count()
    yield _("預期效益"), expected.expected_benefits, plan.expected_benefits.count()
    yield (
        _("推動成果"),
        expected.earlier_results,
        EarlierResult.objects.filter(pillar__plan=plan).count(),
    )
    yield _("分工（部會 × 子項）"), expected.responsibility_pairs, pairs.count()
    yield _("分工之部會"), expected.responsible_ministries, named.values("organisation").distinct().count()
    yield _("主要工作（√）"), expected.marks_primary, marks.filter(kind=Mark.Kind.PRIMARY).count()
    yield _("內容涉及（△）"), expected.marks_related, marks.filter(kind=Mark.Kind.RELATED).count()
    twofold = plan.table_rows.annotate(listed=Count("listings")).filter(listed=2)
    yield _("列有兩項計畫之欄位"), expected.rows_naming_two_programs, twofold.count()


def _table_counts(plan: Plan, expected: ExpectedCountsRecord) -> Iterator[CountLine]:
    for table, rows in (expected.table_rows or {}).items():
        found = plan.table_rows.filter(table=table).count()
        yield CountLine(_("表 %(table)d 之列數") % {"table": table}, rows, found)
    for count in expected.programs_in_tables:
        listed = plan.programs.filter(listings__row__table__in=count.tables).distinct()
        name = _("表 %(tables)s 之計畫") % {"tables": "、".join(str(table) for table in count.tables)}
        yield CountLine(name, count.programs, listed.count())
