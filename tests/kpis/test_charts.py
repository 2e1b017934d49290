"""A picture says no more and no less than the figures: gaps stay gaps, targets stand where they were promised."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import override

from kpis import charts
from tests.kpis.editions import figure, one, target


def _flow(code: str, year_to_date: str | None, expected: int) -> dict[str, Any]:
    return figure(code, year_numerator=year_to_date, expected_numerator=expected, expected_denominator=4)


def _two_years() -> dict[str, Any]:
    series = [
        _flow("112Q1", "100", 1),
        _flow("112Q2", "250", 2),
        _flow("112Q3", None, 3),
        _flow("112Q4", "600", 4),
        _flow("113Q1", "90", 1),
    ]
    drawn = charts.series(one(target=target("at_least", "800"), figure=series[-1], series=series))
    assert drawn is not None
    return drawn


def _trace(drawn: dict[str, Any], role: str) -> dict[str, Any]:
    return next(trace for trace in drawn["data"] if trace["meta"]["role"] == role)


def test_a_chart_is_json_with_the_actual_the_expected_path_and_the_target() -> None:
    drawn = json.loads(json.dumps(_two_years()))
    assert [trace["meta"]["role"] for trace in drawn["data"]] == ["target", "expected", "actual"]


def test_lines_of_a_yearly_target_break_between_years_and_where_nothing_was_stated() -> None:
    assert list(_trace(_two_years(), "actual")["y"]) == [100, 250, None, 600, None, 90]


def test_the_expected_path_is_the_expected_share_of_the_target() -> None:
    assert list(_trace(_two_years(), "expected")["y"]) == [200, 400, 600, 800, None, 200]


def test_quarters_are_labelled_in_the_calendar_of_the_page() -> None:
    assert next(iter(_trace(_two_years(), "actual")["x"][0])) == "112 年"
    with override("en"):
        years, quarters = _trace(_two_years(), "actual")["x"]
    assert (years[0], quarters[0]) == ("2023", "Q1")


def test_colours_are_left_to_the_style_sheet() -> None:
    assert "color" not in json.dumps(_two_years()["data"])


def test_nothing_is_drawn_where_nothing_was_stated_or_nothing_is_counted() -> None:
    assert charts.series(one(figure=figure("112Q1"))) is None
    assert charts.series(one(aggregation="qualitative", figure=figure("112Q1", plan_numerator="1"))) is None


def test_ranks_run_downwards_towards_the_target() -> None:
    rank = one(
        aggregation="rank",
        window="plan",
        baseline="4",
        target=target("rank_improves", "1", "whole_plan"),
        figure=figure("112Q3", plan_numerator="4"),
    )
    drawn = charts.series(rank)
    assert drawn is not None
    assert list(drawn["layout"]["yaxis"]["range"]) == [4.5, 0.5]
    assert list(_trace(drawn, "target")["y"]) == [3]


def test_a_rank_without_baseline_has_no_target_line() -> None:
    drawn = charts.series(
        one(
            aggregation="rank",
            window="plan",
            target=target("rank_improves", "1", "whole_plan"),
            figure=figure("112Q3", plan_numerator="4"),
        )
    )
    assert drawn is not None
    assert [trace["meta"]["role"] for trace in drawn["data"]] == ["actual"]


def test_the_bullet_bar_places_actual_expected_and_target_on_one_scale() -> None:
    bar = charts.bullet(one())
    assert bar is not None
    assert (bar.actual, bar.expected, bar.target, bar.target_max) == ("48.08", "24.04", "96.15", None)


def test_a_bar_far_past_its_target_is_cut_and_stays_inside() -> None:
    far = figure("112Q1", year_numerator="1", rate_numerator="9", rate_denominator="1")
    bar = charts.bullet(one(figure=far))
    assert bar is not None
    assert bar.actual == "100.00"
    assert 0 < float(bar.target) < 100


def test_a_backward_movement_does_not_leave_the_bar() -> None:
    back = figure("112Q1", year_numerator="-1", rate_numerator="-1", rate_denominator="8")
    bar = charts.bullet(one(figure=back))
    assert bar is not None and bar.actual == "0.00"


def test_a_bar_without_data_shows_the_target_alone() -> None:
    bar = charts.bullet(one(figure=figure("112Q1")))
    assert bar is not None and bar.actual is None


def test_a_range_has_two_ends_and_a_rank_has_no_bar() -> None:
    spread = charts.bullet(one(target=target("range", "3", "whole_plan", value_max="5")))
    assert spread is not None and spread.target_max is not None
    assert float(spread.target_max) > float(spread.target)
    assert charts.bullet(one(target=target("rank_improves", "1", "whole_plan"))) is None


def test_a_revised_target_is_drawn_from_its_own_quarter_on() -> None:
    quarters = [
        figure(code, year_numerator="100", expected_numerator=share, expected_denominator="4")
        for code, share in (("112Q1", "1"), ("112Q2", "2"), ("112Q3", "3"))
    ]
    held = [
        {"since": "112Q1", "target": target("more_than", "8000")},
        {"since": "112Q3", "target": target("more_than", "9000")},
    ]
    drawn = charts.series(
        one(target=target("more_than", "9000"), targets=held, series=quarters, figure=quarters[-1])
    )
    assert drawn is not None
    lines = {trace["meta"]["role"]: list(trace["y"]) for trace in drawn["data"]}
    assert lines["target"] == [8000, 8000, 9000]
    assert lines["expected"] == [2000, 4000, 6750]


def test_a_target_of_another_window_has_no_place_in_the_picture() -> None:
    quarters = [figure(code, year_numerator="100") for code in ("112Q1", "112Q2")]
    held = [
        {"since": "112Q1", "target": target("at_least", "2000", "whole_plan")},
        {"since": "112Q2", "target": target("at_least", "600")},
    ]
    drawn = charts.series(
        one(target=target("at_least", "600"), targets=held, series=quarters, figure=quarters[-1])
    )
    assert drawn is not None
    lines = {trace["meta"]["role"]: list(trace["y"]) for trace in drawn["data"]}
    assert lines["target"] == [None, 600]
