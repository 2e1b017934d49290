"""What each list of the public API gives, what it may be filtered by, and at what cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kpis.models import Publication
from ministries.api import exact
from programs.models import Plan, ProgramMilestone, SubItem
from tests.api.conftest import Reader

LISTS = [
    "plans",
    "pillars",
    "sub-items",
    "responsibilities",
    "programs",
    "indicators",
    "ministries",
    "publications",
]


def test_the_root_names_every_list_and_where_it_is_described(reader: Reader) -> None:
    root = reader.read("")
    assert set(root) == {*LISTS, "figures", "nodes", "schema", "docs"}
    for name in LISTS:
        assert reader.read(f"{name}/")["results"] is not None
        assert root[name].endswith(f"/api/v1/{name}/")


@pytest.mark.parametrize("name", ["plans", "pillars", "sub-items", "programs", "indicators", "ministries"])
def test_a_record_stands_under_its_natural_code_as_in_its_list(reader: Reader, name: str) -> None:
    for record in reader.every(f"{name}/"):
        scope = {"plan": record["plan"]} if "plan" in record else {}
        assert reader.read(f"{name}/{record['code']}/", **scope) == record


@pytest.mark.parametrize("name", ["plans", "pillars", "sub-items", "programs", "indicators", "ministries"])
def test_every_record_has_both_names_and_its_source(reader: Reader, name: str) -> None:
    for record in reader.every(f"{name}/"):
        assert record["name_zh"] and record["name_en"]
        if name == "programs":
            assert record["sources"]
        else:
            assert record["source"]["document"]


@pytest.mark.parametrize("name", ["sub-items", "programs", "indicators"])
def test_translations_of_ours_are_marked_as_unofficial(reader: Reader, name: str) -> None:
    assert all(record["name_en_is_unofficial"] is True for record in reader.every(f"{name}/"))


@pytest.mark.parametrize("name", ["plans", "pillars", "ministries"])
def test_names_in_official_use_are_not_marked_as_unofficial(reader: Reader, name: str) -> None:
    assert all("name_en_is_unofficial" not in record for record in reader.every(f"{name}/"))


def test_counts_are_those_of_the_plan(reader: Reader) -> None:
    counts = {name: reader.read(f"{name}/")["count"] for name in LISTS}
    assert counts == {
        "plans": 2,
        "pillars": 5,
        "sub-items": 16,
        "responsibilities": len(reader.every("responsibilities/")),
        "programs": 34,
        "indicators": 19,
        "ministries": 11,
        "publications": 0,
    }


def test_lists_are_of_the_current_plan_unless_another_is_named(reader: Reader, plan: Plan) -> None:
    assert reader.every("pillars/", plan=plan.code) == reader.every("pillars/")
    earlier = reader.read(f"plans/{plan.code}/")["predecessor"]
    names = [pillar["name_zh"] for pillar in reader.every("pillars/", plan=earlier)]
    assert names == ["AI 人才衝刺", "AI 領航推動", "建構國際 AI 創新樞紐", "場域與法規開放", "產業 AI 化"]
    assert reader.read("pillars/1/", plan=earlier)["name_zh"] == "AI 人才衝刺"
    assert reader.read("pillars/1/")["name_zh"] == "人才優化與擴增"


def test_a_plan_knows_its_approval_oversight_and_errata(reader: Reader, plan: Plan) -> None:
    record = reader.read(f"plans/{plan.code}/")
    assert record["approval_number"] == "院授科會科辦字第 1120012011 號"
    assert (record["approved_on"], record["first_quarter"], record["last_quarter"]) == (
        "2023-04-07",
        "112Q1",
        "115Q4",
    )
    assert "secretariat" in {each["role"] for each in record["oversight"]}
    assert record["errata"] and all(each["source"]["printed"] for each in record["errata"])
    assert len(record["expected_benefits"]) == 3


def test_a_pillar_keeps_the_ministries_of_the_prose_beside_those_of_table_2(reader: Reader) -> None:
    abroad = reader.read("pillars/4/")
    in_prose = {each["organisation"] for each in abroad["participants"]}
    in_table = {o for item in reader.every("sub-items/", pillar="4") for o in item["organisations"]}
    assert in_prose - in_table == {"MOE", "MOFA"}


def test_a_pillar_leads_back_to_the_pillars_it_came_from(reader: Reader) -> None:
    for pillar in reader.every("pillars/"):
        for origin in pillar["came_from"]:
            earlier = reader.read(f"pillars/{origin['pillar']}/", plan=origin["plan"])
            assert pillar["code"] in [each["pillar"] for each in earlier["became"]]


def test_columns_are_records_of_their_own_mapped_to_sub_items(reader: Reader) -> None:
    columns = {c["heading_zh"]: c["sub_items"] for c in reader.read("pillars/2/")["table_columns"]}
    assert len(columns) == 3
    assert "2.4" not in {code for codes in columns.values() for code in codes}


PROGRAM_FIELDS = {
    "organisation",
    "period_printed",
    "period_start",
    "period_end",
    "kind",
    "provisional",
    "parts",
    "marks",
    "sources",
    "predecessor",
}


def test_a_programme_says_everything_that_the_tables_say_of_it(reader: Reader) -> None:
    program = reader.read("programs/P08/")
    assert program.keys() >= PROGRAM_FIELDS
    assert [part["name_zh"] for part in program["parts"]] == ["人才培育分項"]
    assert program["marks"] == [
        {"table": 3, "row": 7, "column": "職業培訓", "mark": "primary", "part": "人才培育分項"},
        {"table": 4, "row": 8, "column": "AI 產業發展", "mark": "primary", "part": None},
    ]
    assert [(source["table"], source["row"]) for source in program["sources"]] == [(3, 7), (4, 8)]
    assert program["pillars"] == ["1", "2"]


def test_a_programme_gives_its_milestones_with_the_days_that_they_had_before(
    reader: Reader, plan: Plan
) -> None:
    assert reader.read("programs/P08/")["milestones"] == []
    program = plan.programs.get(code="P08")
    same = {"program": program, "code": "M1", "name_zh": "雛型", "name_en": "Prototype"}
    ProgramMilestone.objects.create(**same, due_on="2023-06-30", effective_from="112Q1")
    ProgramMilestone.objects.create(**same, due_on="2023-12-31", effective_from="112Q3", dropped_from="113Q1")
    first, second = reader.read("programs/P08/")["milestones"]
    assert (first["code"], first["due_on"], first["effective_from"]) == ("M1", "2023-06-30", "112Q1")
    assert (first["dropped_from"], second["dropped_from"]) == (None, "113Q1")
    assert (second["due_on"], second["name_zh"], second["name_en"]) == ("2023-12-31", "雛型", "Prototype")
    assert (second["name_en_is_unofficial"], second["demonstration"]) == (True, False)


def test_periods_keep_the_printed_years_beside_dates(reader: Reader) -> None:
    periods = {
        program["period_printed"]: (program["period_start"], program["period_end"])
        for program in reader.every("programs/")
    }
    assert periods["110.1-114.8"] == ("2021-01-01", "2025-08-31")
    assert periods["113~"] == ("2024-01-01", None)
    assert periods["113-121"] == ("2024-01-01", "2032-12-31")
    assert periods[""] == (None, None)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"table": 8}, ["P32", "P33", "P34"]),
        ({"table": 8, "kind": "new"}, ["P33", "P34"]),
        ({"table": 6, "organisation": "NSTC"}, ["P01"]),
        ({"table": 3, "mark": "related"}, ["P06", "P07"]),
        ({"pillar": 5}, ["P30", "P31"]),
        ({"sub_item": "1.2"}, ["P02", "P06"]),
        ({"sub_item": "1.2", "mark": "related"}, ["P06"]),
        ({"table": 4, "pillar": 1}, []),
        ({"provisional": "true"}, ["P32", "P33"]),
        ({"mark": "related", "organisation": "MOEA"}, ["P14", "P15"]),
    ],
)
def test_programmes_are_found_by_what_one_row_says(
    reader: Reader, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert reader.codes("programs/", **parameters) == expected


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("plans/", {"is_managed": "false"}, ["taiwan-ai-action-plan-2018"]),
        ("pillars/", {"organisation": "MOA"}, ["5"]),
        ("sub-items/", {"pillar": "1"}, ["1.1", "1.2", "1.3"]),
        ("sub-items/", {"role": "lead"}, ["3.3"]),
        ("sub-items/", {"organisation": "MODA", "role": "lead"}, ["3.3"]),
        ("sub-items/", {"organisation": "NSTC", "role": "lead"}, []),
        ("indicators/", {"pillar": "2"}, ["G2.1", "G2.2", "KR2.1", "KR2.2"]),
        ("indicators/", {"organisation": "MODA", "kind": "key_result"}, ["KR1.2"]),
        ("indicators/", {"aggregation": "rank", "kind": "goal"}, ["G1.1", "G2.1", "G2.2"]),
        ("ministries/", {"kind": "unit"}, ["MOEA-IDB", "MOEA-DOIT", "MOTC-CWA"]),
        ("ministries/", {"parent": "MOEA"}, ["MOEA-IDB", "MOEA-DOIT"]),
    ],
)
def test_lists_are_filtered(
    reader: Reader, path: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(reader.codes(path, **parameters)) == sorted(expected)


def test_responsibilities_are_filtered_by_sub_item_role_and_placeholder(reader: Reader) -> None:
    assert [e["organisation"] for e in reader.every("responsibilities/", sub_item="1.2")] == ["MOE", "MODA"]
    assert [e["sub_item"] for e in reader.every("responsibilities/", role="lead")] == ["3.3"]
    nobody = reader.every("responsibilities/", is_placeholder="true")
    assert {e["placeholder"] for e in nobody} == {"相關部會"}
    assert all(e["organisation"] is None and e["organisation_name_zh"] is None for e in nobody)
    assert {e["sub_item"] for e in nobody} == {"3.1", "3.3", "5.2"}


def test_all_organisations_are_listed_when_asked_for(reader: Reader) -> None:
    everybody = reader.codes("ministries/", kind="all")
    assert set(reader.codes("ministries/")) < set(everybody)
    assert {"SECRETARIAT", "NSTC-OST", "MOEA-IDB"} <= set(everybody)


def test_an_organisation_that_is_no_ministry_has_its_record_too(reader: Reader) -> None:
    assert reader.read("ministries/NSTC-OST/")["parent"] == "NSTC"


def _targets(reader: Reader, code: str) -> list[tuple[Any, ...]]:
    keys = ("comparator", "value", "value_max", "frequency", "year")
    return [tuple(target[key] for key in keys) for target in reader.read(f"indicators/{code}/")["targets"]]


def test_targets_are_typed_as_the_plan_words_them(reader: Reader) -> None:
    assert _targets(reader, "KR1.1") == [("about", "600", None, "annual", None)]
    assert _targets(reader, "KR1.2") == [("more_than", "8000", None, "annual", None)]
    assert _targets(reader, "KR1.3") == [("at_least", "500", None, "annual", None)]
    assert _targets(reader, "G2.1") == [("rank_improves", "1", None, "whole_plan", None)]
    assert _targets(reader, "KR2.2") == [("top", "3", None, "whole_plan", None)]
    assert ("range", "3", "5", "whole_plan", None) in _targets(reader, "KR5.1")


def test_indicators_say_who_owes_them_and_whether_the_plan_says_so(reader: Reader) -> None:
    indicators = {each["code"]: each for each in reader.every("indicators/")}
    assert set(indicators["KR1.2"]["organisations"]) == {"MOE", "MOL", "MODA"}
    assert indicators["KR2.1"]["organisations"] == ["NSTC-OST"]
    assert [owner["named_by_plan"] for owner in indicators["KR2.1"]["owners"]] == [False]
    assert (indicators["G2.1"]["baseline"], indicators["G1.1"]["baseline"]) == ("4", None)
    assert indicators["KR2.1"]["definition_is_provisional"] is True
    assert {each["kind"] for each in indicators.values()} == {"goal", "key_result", "overall"}
    assert all((each["pillar"] is None) == (each["kind"] == "overall") for each in indicators.values())


def test_weights_schedules_and_standards_are_given_with_their_quarters(reader: Reader, plan: Plan) -> None:
    target = plan.indicators.get(code="KR1.1").targets.get()
    target.schedule.create(quarter="112Q4", share=1)
    target.schedule.create(quarter="112Q2", share="0.3")
    target.indicator.weights.create(effective_from="113Q1", weight="2.5")
    plan.monitoring_standards.create(
        effective_from="113Q1", yellow_points=4, red_points="12.5", execution_formula="of-allocation/1"
    )
    indicator = reader.read("indicators/KR1.1/")
    assert indicator["weights"] == [{"effective_from": "113Q1", "weight": "2.5"}]
    assert indicator["targets"][0]["schedule"] == [
        {"quarter": "112Q2", "share": "0.3"},
        {"quarter": "112Q4", "share": "1"},
    ]
    assert reader.read(f"plans/{plan.code}/")["monitoring_standards"] == [
        {
            "effective_from": "113Q1",
            "yellow_points": "4",
            "red_points": "12.5",
            "execution_formula": "of-allocation/1",
        }
    ]


def test_the_approved_plan_is_judged_by_the_settings(reader: Reader, plan: Plan) -> None:
    assert reader.read(f"plans/{plan.code}/")["monitoring_standards"] == []
    for indicator in reader.every("indicators/"):
        assert indicator["weights"] == []
        assert all(target["schedule"] == [] for target in indicator["targets"])


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        ("600.0000", "600"),
        ("0.2500", "0.25"),
        ("100", "100"),
        ("6E+2", "600"),
        ("0.0000", "0"),
        ("-1.50", "-1.5"),
        ("12345678901234567890.0001", "12345678901234567890.0001"),
    ],
)
def test_amounts_are_spelled_exactly_and_without_noise(number: str, spelled: str) -> None:
    assert exact(Decimal(number)) == spelled


def test_a_sub_item_code_that_recurs_needs_its_pillar(reader: Reader, plan: Plan) -> None:
    second = plan.pillars.get(code="2")
    SubItem.objects.create(
        pillar=second, code="1.1", order=99, name_zh="同碼", name_en="Same code", source_document="試"
    )
    assert "pillar" in reader.refusal("sub-items/1.1/")["errors"][0]["parameter"]
    assert reader.read("sub-items/1.1/", pillar="2")["name_zh"] == "同碼"
    assert reader.read("sub-items/1.1/", pillar="1")["name_zh"] == "高等教育"


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", 1),
        ("plans/", 9),
        ("pillars/", 15),
        ("sub-items/", 9),
        ("responsibilities/", 5),
        ("programs/", 13),
        ("programs/?table=3&mark=primary&pillar=1&organisation=NSTC", 18),
        ("programs/P01/", 12),
        ("indicators/", 11),
        ("ministries/", 6),
        ("ministries/NSTC/", 6),
        ("publications/", 4),
        ("publications/112Q1/", 4),
        ("publications/112Q1/figures/", 5),
        ("publications/112Q1/content/", 5),
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_records(
    reader: Reader,
    publication: Publication,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    path: str,
    most: int,
) -> None:
    with django_assert_max_num_queries(most):
        assert reader.get(path).status_code == 200
