"""What is measured of one size, in which order: each measure is one of the product's services or selectors as it is.

Knows which acts there are and what each is held against, not how they are timed (`timing`) or judged (`report`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import cycle

from django.db import connection, transaction
from django.db.models import QuerySet

from kpis.models import Indicator, Observation, RollupTask
from kpis.selectors import explain_node
from kpis.services import rollups
from ministries import clock
from ministries.models import User
from programs.models import Plan
from programs.quarters import Quarter
from programs.services import accept_facts
from reports import selectors, services
from reports.models import Line, LineStatement, Report, ReportingQuarter, ReportState
from tests.benchmarks import floors, followers, public, synthetic
from tests.benchmarks.loading import run
from tests.benchmarks.synthetic import PLAN, Size
from tests.benchmarks.timing import Act, Measured, Prepared, measure, percentile
from tests.benchmarks.worker import celery_worker

SEEN_WITHIN = 30.0  # seconds
MANY_LINES = 1_000
LIKE_A_REAL_PLAN = 100  # indicators: a home page that shows more of them is nobody's
# Kinds of which a new amount is always another figure: a rank or a stage may happen to be the old one.
_AMOUNTS = ("flow", "stock", "ratio")


class Bench:
    """The measures of one loaded size. What each turn touches is drawn with one seed, so that runs compare.

    `repeats` is for whoever is in a hurry; without it every measure takes as many turns as it needs.
    """

    def __init__(self, size: Size, repeats: int | None = None) -> None:
        self.size = size
        self._repeats = repeats
        self.plan = Plan.objects.get(pk=PLAN)
        self._draw = random.Random(synthetic.SEED)
        self._shapes = [shape for shape in size.shapes if shape.kind in _AMOUNTS]
        self._flows = [shape for shape in size.shapes if shape.kind == "flow"]
        reports = list(Report.objects.order_by("pk").values_list("pk", flat=True))
        self._draw.shuffle(reports)
        self._reports = cycle(reports)
        self._rounds = cycle(ReportingQuarter.objects.order_by("-quarter").values_list("pk", flat=True))

    def measured(self, only: set[str]) -> Iterator[Measured]:
        """Every measure, or those that `only` names, one by one; figures are complete before the first."""
        if only and "rebuild" not in only:
            rollups.rebuild()
        for name, take in self._takes().items():
            if not only or name in only:
                self._rest()
                yield take()
        if self.size.indicators <= LIKE_A_REAL_PLAN:
            if not only or "followers" in only:
                self._settle()
                yield self._followers()
            self._settle()
            yield from public.measured(self.plan, self.size.name, self._repeats, only)
        self._settle()

    def _takes(self) -> dict[str, Callable[[], Measured]]:
        return {
            "rebuild": self._rebuild,
            "incremental": self._incremental,
            "accept": self._accept,
            "accept_to_visible": self._accept_to_visible,
            "bulk_accept": self._bulk_accept,
            "dashboard": self._dashboard,
            "explain": self._explain,
            "as_of": self._as_of,
        }

    # --- the roll-up ----------------------------------------------------------------------------------
    def _rebuild(self) -> Measured:
        """Both write everything anew into emptied tables; the emptying is outside the clock."""

        def ours() -> Act:
            run("TRUNCATE kpis_indicatorfigure")
            run("CHECKPOINT")
            return rollups.rebuild

        def floor() -> Act:
            floors.empty_summary()
            run("CHECKPOINT")
            return floors.rebuild

        return self._measure("rebuild", ours, floor, repeats=5, of=f"{Observation.objects.count():,} facts")

    def _incremental(self) -> Measured:
        """The worker's part after one correction, of any indicator with amounts, in any quarter of the plan."""

        def ours() -> Act:
            self._correct(*self._one_fact())
            return rollups.recompute_stale_figures

        def floor() -> Act:
            return partial(floors.one_recomputation, *self._one_fact())

        return self._measure("incremental", ours, floor, repeats=30, of="a correction in any quarter")

    def _one_fact(self) -> tuple[int, Quarter, int]:
        quarter = synthetic.FIRST + self._draw.randrange(synthetic.QUARTERS)
        return self._draw.choice(self._shapes).number, quarter, self._draw.randint(1, self.size.organisations)

    @transaction.atomic
    def _correct(self, indicator: int, quarter: Quarter, organisation: int) -> None:
        """What acceptance leaves to the worker: a new revision, and the note that its indicator is stale."""
        is_ratio = Indicator.objects.get(pk=indicator).aggregation == "ratio"
        amount = self._amount()
        stated = {"numerator": amount, "denominator": amount + 100} if is_ratio else {"value": amount}
        fact = Observation(
            indicator_id=indicator,
            organisation_id=organisation,
            quarter=quarter,
            statement=Observation.Statement.RATIO if is_ratio else Observation.Statement.VALUE,
            reason="correction",
            origin="line 1 revision 2",
            **stated,
        )
        accept_facts(facts=[fact], key="indicator_id", actor=self._actor(), at=clock.now())
        rollups.mark_stale(indicators=[indicator])

    # --- acceptance -----------------------------------------------------------------------------------
    def _accept(self) -> Measured:
        def ours() -> Act:
            self._settle()
            return self._acceptance(self._report(self._sample(1)))

        return self._measure("accept", ours, lambda: floors.one_insert, repeats=20, of="1 line")

    def _bulk_accept(self) -> Measured:
        """Every organisation's report of a quarter at once, all about the same indicators: each is noted once."""
        indicators = min(MANY_LINES // self.size.organisations, self.size.indicators)
        lines = indicators * self.size.organisations

        def ours() -> Act:
            self._settle()
            return self._acceptance(*self._round(self._sample(indicators)))

        def floor() -> Act:
            return partial(floors.copy_of, lines)

        of = f"{lines:,} lines of {self.size.organisations} reports, {indicators} notes"
        found = self._measure("bulk_accept", ours, floor, repeats=5, of=of)
        notes = RollupTask.objects.count()
        assert notes == indicators, f"{indicators} indicators were touched, and {notes} are to be recomputed"
        return found

    def _accept_to_visible(self) -> Measured:
        """From the acceptance until the overview of that quarter shows another figure, through a worker process."""

        def ours() -> Act:
            shape = self._draw.choice(self._flows)
            report = self._report([shape.number])
            quarter = report.reporting_quarter.quarter
            before = self._shown(shape.number, quarter)
            accept = self._acceptance(report)

            def accept_and_look() -> None:
                accept()
                deadline = time.monotonic() + SEEN_WITHIN
                while self._shown(shape.number, quarter) == before:
                    assert time.monotonic() < deadline, "the worker never recomputed the figure"

            return accept_and_look

        with celery_worker():
            return percentile(
                "accept_to_visible", self.size.name, ours, repeats=self._repeats or 20, of="95th percentile"
            )

    def _followers(self) -> Measured:
        """Open overviews while a report is accepted, through a worker process."""
        report = self._report([self._draw.choice(self._flows).number])
        with nullcontext() if self._repeats else celery_worker():
            return followers.measured(
                self.size.name,
                f"/dashboard/?quarter={report.reporting_quarter.quarter}",
                self._acceptance(report),
                is_hurried=bool(self._repeats),
            )

    def _acceptance(self, *reports: Report) -> Act:
        return partial(services.accept_reports, reports=reports, actor=self._actor())

    def _sample(self, count: int) -> list[int]:
        return [shape.number for shape in self._draw.sample(self.size.shapes, count)]

    def _report(self, indicators: list[int]) -> Report:
        """The next report, waiting for a decision on these indicators."""
        return self._waiting(Report.objects.filter(pk=next(self._reports)), indicators)[0]

    def _round(self, indicators: list[int]) -> list[Report]:
        """All reports of the next quarter, waiting likewise."""
        return self._waiting(Report.objects.filter(reporting_quarter=next(self._rounds)), indicators)

    def _waiting(self, reports: QuerySet[Report], indicators: list[int]) -> list[Report]:
        """Submits the reports with a line for each indicator, of amounts that were never stated before."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE reports_linestep, reports_reportevent, reports_receipt")
        Line.objects.filter(report__in=reports).delete()
        now = clock.now()
        Line.objects.bulk_create(
            Line(
                report=report,
                order=order,
                indicator_id=number,
                state=ReportState.SUBMITTED,
                moved_at=now,
                **self._stated(number),
            )
            for report in reports
            for order, number in enumerate(indicators, start=1)
        )
        reports.update(state=ReportState.SUBMITTED, decided_at=None, decided_by=None)
        return list(reports.select_related("reporting_quarter"))

    def _stated(self, number: int) -> dict[str, object]:
        shape = self.size.shapes[number - 1]
        amount = self._amount()
        said: dict[str, object] = {"statement": LineStatement.VALUE}
        match shape.kind:
            case "ratio":
                return {**said, "numerator": amount, "denominator": amount + 100}
            case "rank":
                return {**said, "rank": self._draw.randint(31, 30_000)}
            case "milestone":
                return {"statement": LineStatement.NOT_APPLICABLE, "narrative": f"{amount}"}
            case _:
                return {**said, "value": amount}

    def _amount(self) -> Decimal:
        """An amount that nothing of the plan states already: it has four decimals."""
        return Decimal(self._draw.randrange(1_000_000) * 10 + 1).scaleb(-4)

    # --- reading --------------------------------------------------------------------------------------
    def _dashboard(self) -> Measured:
        quarter = synthetic.quarters()[-1]
        return self._measure(
            "dashboard",
            lambda: partial(self._overview_now, quarter),
            lambda: partial(floors.dashboard, quarter),
            repeats=7,
            of=f"{self.size.indicators:,} indicators",
        )

    def _explain(self) -> Measured:
        """The mean of the plan's rates, expanded into its indicators and added up again."""
        quarter = synthetic.quarters()[-1]

        def explain() -> object:
            explained = explain_node(self.plan, quarter, "plan", self.plan.pk, measure="score")
            assert explained is not None
            return explained.figures

        return self._measure(
            "explain",
            lambda: explain,
            lambda: partial(floors.children, quarter),
            repeats=7,
            of=f"{self.size.indicators:,} indicators",
        )

    def _as_of(self) -> Measured:
        """The overview of the quarter that was the newest a year before the plan's last facts, as it was known then."""
        quarter = synthetic.quarters()[-5]
        then = synthetic.moment(quarter, synthetic.CORRECTED - 1)
        return self._measure(
            "as_of",
            lambda: partial(self._overview_then, quarter, then),
            lambda: partial(floors.known_on, then),
            repeats=5,
            of=f"{quarter.code} as known on {then:%Y-%m-%d}",
        )

    def _overview_now(self, quarter: Quarter) -> tuple[selectors.Overview, selectors.Attention]:
        """As the secretariat's page asks for what is known now, with what needs attention."""
        known = selectors.rounds()
        round_ = selectors.round_in_view(known, quarter)
        assert round_ is not None
        return selectors.overview_now(round_, known)

    def _overview_then(self, quarter: Quarter, as_of: datetime) -> selectors.Overview:
        """As the page asks for what was known then."""
        known = selectors.rounds()
        round_ = selectors.round_in_view(known, quarter)
        assert round_ is not None
        return selectors.overview(round_, known, as_of)

    def _shown(self, indicator: int, quarter: Quarter) -> Decimal | None:
        rows = self._overview_now(quarter)[0].indicators
        return next(row.actual for row in rows if row.indicator.pk == indicator)

    # --- in common ------------------------------------------------------------------------------------
    def _measure(self, name: str, ours: Prepared, floor: Prepared, *, repeats: int, of: str) -> Measured:
        return measure(name, self.size.name, ours, floor, repeats=self._repeats or repeats, of=of)

    def _actor(self) -> User:
        """The reviewer as a new request has them, with nothing kept from an earlier one."""
        return User.objects.get(pk=synthetic.ACTOR)

    def _settle(self) -> None:
        """Whatever is noted as stale is worked off."""
        while RollupTask.objects.exists():
            rollups.recompute_stale_figures()

    def _rest(self) -> None:
        """What the server does by itself in a quiet minute, so that no measure pays for the one before it."""
        self._settle()
        run("VACUUM (ANALYZE) kpis_indicatorfigure, kpis_rolluptask, bench_fact")
        run("CHECKPOINT")
