"""Made-up publications for tests: small, complete, and shaped as the frozen text is."""

from __future__ import annotations

from typing import Any

from kpis.models import Publication
from kpis.models.publications import digest_of
from kpis.published import Edition, Indicator, parse
from kpis.services.publishing import canonical
from ministries.models import User
from programs.models import Plan
from tests.rounds import after


def figure(quarter: str, **given: Any) -> dict[str, Any]:
    """A figure that states nothing, but for what is given."""
    windows = ("quarter", "year", "plan", "rate", "expected")
    empty = {f"{window}_{part}": None for window in windows for part in ("numerator", "denominator")}
    rest = {"achieved": None, "light": "grey", "stated": 0, "owed": 1, "last_stated": None}
    return {"quarter": quarter, **empty, **rest, "stage_zh": None, "stage_en": None, **given}


def indicator(**given: Any) -> dict[str, Any]:
    """A flow of people with a yearly target of more than 8,000, half of it reached in the year's first quarter."""
    half = figure(
        "112Q1",
        quarter_numerator="4000",
        year_numerator="4000",
        plan_numerator="4000",
        rate_numerator="4000",
        rate_denominator="8000",
        expected_numerator=1,
        expected_denominator=4,
        achieved=False,
        light="green",
        stated=1,
        last_stated="112Q1",
    )
    owner = {"code": "MOE", "name_zh": "教育部", "name_en": "Ministry of Education", "named_by_plan": True}
    made: dict[str, Any] = {
        "code": "KR1.2",
        "kind": "key_result",
        "pillar": "1",
        "order": 1,
        "name_zh": "每年培訓 AI 應用人才",
        "name_en": "People trained to apply AI each year",
        "definition_zh": "各季累加。",
        "definition_en": "Summed over quarters.",
        "definition_is_provisional": False,
        "unit_zh": "人次",
        "unit_en": "trainings",
        "aggregation": "flow",
        "decimal_places": 0,
        "baseline": None,
        "baseline_statement_zh": "計畫未載明基準值",
        "baseline_statement_en": "The plan states no baseline.",
        "source_table": "參.一.(二)",
        "source_row": 2,
        "source_printed": "每年培訓>8000 人次",
        "target": target("more_than", "8000"),
        "window": "year",
        "figure": half,
        "series": [half],
        "organisations": [{**owner, "statement": "value", "figure": half}],
    }
    made |= given
    if "figure" in given and "series" not in given:
        made["series"] = [given["figure"]]
    return made


def milestone(code: str, state: str, due_on: str = "2023-03-31", **given: Any) -> dict[str, Any]:
    names = {"name_zh": f"查核點{code}", "name_en": f"Milestone {code}"}
    rest = {"first_due_on": None, "reached_on": None, "demonstration": False}
    return {"code": code, **names, "due_on": due_on, "state": state, **rest, **given}


def target(
    comparator: str, value: str | None = None, frequency: str = "annual", **given: Any
) -> dict[str, Any]:
    rest = {"value_max": None, "tolerance": None, "year": None}
    return {"comparator": comparator, "value": value, "frequency": frequency, **rest, **given}


def node(kind: str, code: str, name_zh: str, name_en: str) -> dict[str, Any]:
    lights = {
        "indicators": 1,
        "green": 1,
        "yellow": 0,
        "red": 0,
        "grey": 0,
        "unlit": 0,
        "stated": 1,
        "owed": 2,
    }
    return {
        "type": kind,
        "code": code,
        "name_zh": name_zh,
        "name_en": name_en,
        **lights,
        "score_numerator": "1",
        "score_denominator": "2",
        "programs": 0,
        "programs_stated": 0,
        "planned_numerator": None,
        "actual_numerator": None,
        "progress_denominator": None,
    }


def content(
    *indicators: dict[str, Any],
    quarter: str = "112Q1",
    demonstration: bool = False,
    programs: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Without `programs` it is a text of before milestones were frozen."""
    return {
        **({} if programs is None else {"programs": programs}),
        "plan": "small",
        "quarter": quarter,
        "algebra_version": 1,
        "demonstration": demonstration,
        "indicators": list(indicators) or [indicator()],
        "nodes": [
            node("plan", "small", "小計畫", "Small plan"),
            node("pillar", "1", "人才優化與擴增", "Talent Optimization and Expansion"),
        ],
    }


def edition(*indicators: dict[str, Any], **given: Any) -> Edition:
    text = canonical(content(*indicators, **given))
    return parse(text, digest_of(text))


def one(**given: Any) -> Indicator:
    """One indicator as the pages see it."""
    return edition(indicator(**given)).indicators[0]


def published(
    plan: Plan, actor: User, *indicators: dict[str, Any], quarter: str = "112Q1", **given: Any
) -> Publication:
    """A publication in the database whose text is made up."""
    text = canonical(content(*indicators, quarter=quarter, **given))
    return Publication.objects.create(
        plan=plan,
        quarter=quarter,
        published_at=after(quarter, 30),
        published_by=actor,
        content=text,
        digest=digest_of(text),
        algebra_version=1,
        is_demonstration=given.get("demonstration", False),
    )
