"""Explanations as JSON: the same rows, exclusions and restatements that the page shows, exact to the last digit.

Numbers are fractions: numerator over denominator, as decimal strings. It knows no reports; `origin` names their lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kpis.explanations import (
    Body,
    Change,
    CoverageExplanation,
    Excluded,
    Explanation,
    Fact,
    IndicatorExplanation,
    MilestonesExplanation,
    ScoreExplanation,
    SincePublished,
    Subject,
    words,
)
from kpis.explanations.node_indicators import CoverageRow
from kpis.explanations.node_milestones import MilestoneRow
from kpis.explanations.node_programs import ProgramRow
from kpis.explanations.shapes import Number
from kpis.rollup import Amount
from ministries.api import ExactField

Json = dict[str, Any]


# --- shapes -----------------------------------------------------------------------------------------------
class NumberSerializer(serializers.Serializer[Json]):
    """A number by name; both parts are null where there is no number."""

    name = serializers.CharField()
    numerator = ExactField(allow_null=True)
    denominator = ExactField(allow_null=True, help_text=_("分母；未經相除之數為 1，比率為實際分母"))


class SubjectSerializer(serializers.Serializer[Json]):
    kind = serializers.CharField(help_text=_("indicator、program、milestone，或節點類型"))
    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()


class NamedBodySerializer(serializers.Serializer[Json]):
    """An organisation as it was named on the quarter's last day."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()


class AcceptedSerializer(serializers.Serializer[Json]):
    """A statement as it was accepted; `origin` names the line of the report that it was copied from."""

    organisation = NamedBodySerializer()
    quarter = serializers.CharField()
    statement = serializers.CharField()
    revision = serializers.IntegerField()
    accepted_at = serializers.DateTimeField()
    accepted_by = serializers.CharField()
    reason = serializers.CharField(help_text=_("核定更正時所載之理由"))
    origin = serializers.CharField()
    narrative = serializers.CharField()


class ExplainedRowSerializer(serializers.Serializer[Json]):
    """What the figure rests on; `contributes` is empty where a row was only compared with a better one."""

    subject = SubjectSerializer(allow_null=True, help_text=_("空值表示即被說明之指標本身"))
    organisation = NamedBodySerializer(allow_null=True)
    fact = AcceptedSerializer(allow_null=True)
    amounts = NumberSerializer(many=True)
    contributes = NumberSerializer(many=True)


class ExcludedRowSerializer(serializers.Serializer[Json]):
    reason = serializers.CharField()
    reason_in_words = serializers.CharField()
    subject = SubjectSerializer(allow_null=True)
    organisation = NamedBodySerializer(allow_null=True)
    quarter = serializers.CharField(allow_null=True)
    fact = AcceptedSerializer(allow_null=True)


class ChangeSerializer(serializers.Serializer[Json]):
    name = serializers.CharField()
    old = NumberSerializer()
    new = NumberSerializer()
    difference = NumberSerializer()


class RestatementSerializer(serializers.Serializer[Json]):
    """An acceptance that changed the figure after something of it had been accepted already."""

    at = serializers.DateTimeField()
    changes = ChangeSerializer(many=True)
    causes = AcceptedSerializer(many=True)


class SincePublishedSerializer(serializers.Serializer[Json]):
    """What differs from the published figures, and what was accepted since."""

    published_at = serializers.DateTimeField()
    digest = serializers.CharField()
    changes = ChangeSerializer(many=True)
    causes = AcceptedSerializer(many=True)


class CoverageOfSerializer(serializers.Serializer[Json]):
    stated = serializers.IntegerField()
    owed = serializers.IntegerField()


class StandardInForceSerializer(serializers.Serializer[Json]):
    yellow_points = ExactField()
    red_points = ExactField()
    execution_formula = serializers.CharField()
    weight = ExactField(allow_null=True, help_text=_("指標之權重；節點為空值"))
    comparator = serializers.CharField(allow_null=True, help_text=_("指標目標之比較方式；無目標或節點為空值"))
    target = ExactField(allow_null=True)
    target_effective_from = serializers.CharField(allow_null=True)


class ExplanationSerializer(serializers.Serializer[Json]):
    """Why a figure is what it is. The rows add up exactly to `figures`."""

    subject = SubjectSerializer()
    quarter = serializers.CharField()
    measure = serializers.CharField()
    window = serializers.CharField(allow_null=True, help_text=_("指標之採計期間：quarter、year 或 plan"))
    as_of = serializers.DateTimeField(allow_null=True)
    figures = NumberSerializer(many=True)
    formula = serializers.CharField(help_text=_("計算方式（文字）"))
    symbols = serializers.ListField(child=serializers.CharField(), help_text=_("計算方式（代入數值）"))
    rows = ExplainedRowSerializer(many=True)
    excluded = ExcludedRowSerializer(many=True)
    coverage = CoverageOfSerializer()
    standard = StandardInForceSerializer()
    algebra_version = serializers.IntegerField()
    facts_seen = serializers.IntegerField()
    facts_until = serializers.DateTimeField(allow_null=True)
    restatements = RestatementSerializer(many=True)
    since_published = SincePublishedSerializer(allow_null=True)
    stale = serializers.BooleanField(help_text=_("有新核定之資料尚在彙整"))


# --- values -----------------------------------------------------------------------------------------------
def explanation_record(explained: Explanation) -> Json:
    """The explanation as plain values, in the shape of `ExplanationSerializer`."""
    made, since = explained.made, explained.since_published
    if isinstance(explained, IndicatorExplanation):
        subject, window = explained.indicator, explained.window
    else:
        subject, window = explained.node, None
    return {
        "subject": _subject(subject),
        "quarter": explained.quarter.code,
        "measure": explained.measure,
        "window": window,
        "as_of": explained.as_of,
        "figures": [_number(name, value) for name, value in explained.figures.items()],
        "formula": explained.formula,
        "symbols": explained.symbols,
        "rows": list(_rows(explained)),
        "excluded": [_excluded(each) for each in explained.excluded],
        "coverage": {"stated": explained.coverage.stated, "owed": explained.coverage.owed},
        "standard": _standard(explained),
        "algebra_version": made.algebra_version,
        "facts_seen": made.facts_seen,
        "facts_until": made.facts_until,
        "restatements": [
            {"at": each.at, "changes": _changes(each.changes), "causes": _facts(each.causes)}
            for each in explained.restatements
        ],
        "since_published": None if since is None else _since(since),
        "stale": explained.is_stale,
    }


def _since(since: SincePublished) -> Json:
    return {
        "published_at": since.published_at,
        "digest": since.digest,
        "changes": _changes(since.changes),
        "causes": _facts(since.causes),
    }


def _rows(explained: Explanation) -> Iterable[Json]:
    if isinstance(explained, IndicatorExplanation):
        for row in explained.rows:
            contributes = [] if row.contributes is None else [_amount(row.contributes)]
            yield _row(None, row.fact.organisation, row.fact, [_amount(row.fact.amount)], contributes)
    elif isinstance(explained, ScoreExplanation):
        for child in explained.rows:
            amounts = [_number("rate", child.rate), _number("weight", child.weight)]
            yield _row(child.indicator, None, None, amounts, [_number("score", child.contributes)])
    elif isinstance(explained, CoverageExplanation):
        for owing in explained.rows:
            yield _row(owing.indicator, owing.organisation, None, _owing(owing), _owing(owing))
    elif isinstance(explained, MilestonesExplanation):
        for checkpoint in explained.rows:
            yield _row(
                checkpoint.milestone, checkpoint.organisation, checkpoint.fact, [], _counted(checkpoint)
            )
    else:
        for carrier in explained.rows:
            amounts = _carried(carrier, explained.measure)
            yield _row(carrier.program, carrier.organisation, carrier.fact, amounts, amounts)


def _owing(row: CoverageRow) -> list[Json]:
    return [_number("stated", row.stated), _number("owed", row.owed)]


def _counted(row: MilestoneRow) -> list[Json]:
    return [_number(name, 1) for name in row.counted_as]


def _carried(row: ProgramRow, measure: str) -> list[Json]:
    """Progress in percent with the appropriation that may weigh it, or money in dollars."""
    if measure == "progress" and row.fact is not None:
        progress = [_number("planned", row.fact.planned), _number("actual", row.fact.actual)]
        return [*progress, _number("appropriation", row.money.appropriation)]
    names = ("appropriation", "allocated", "spent", "payable", "surplus", "executed")
    return [_number(name, getattr(row.money, name)) for name in names]


def _row(
    subject: Subject | None,
    organisation: Body | None,
    fact: Fact | None,
    amounts: list[Json],
    contributes: list[Json],
) -> Json:
    return {
        "subject": None if subject is None else _subject(subject),
        "organisation": None if organisation is None else _body(organisation),
        "fact": None if fact is None else _fact(fact),
        "amounts": amounts,
        "contributes": contributes,
    }


def _excluded(each: Excluded) -> Json:
    return {
        "reason": each.reason.value,
        "reason_in_words": words.reason(each.reason),
        "subject": None if each.subject is None else _subject(each.subject),
        "organisation": None if each.organisation is None else _body(each.organisation),
        "quarter": None if each.quarter is None else each.quarter.code,
        "fact": None if each.fact is None else _fact(each.fact),
    }


def _standard(explained: Explanation) -> Json:
    standard = explained.standard
    found: Json = {
        "yellow_points": standard.yellow,
        "red_points": standard.red,
        "execution_formula": standard.execution_formula,
        "weight": None,
        "comparator": None,
        "target": None,
        "target_effective_from": None,
    }
    if isinstance(explained, IndicatorExplanation):
        found["weight"] = explained.weight
        if explained.target:
            found["comparator"] = explained.target.comparator
            found["target"] = explained.target.value
            found["target_effective_from"] = explained.target.effective_from.code
    return found


def _subject(subject: Subject) -> Json:
    return {name: getattr(subject, name) for name in ("kind", "code", "name_zh", "name_en")}


def _body(body: Body) -> Json:
    return {name: getattr(body, name) for name in ("code", "name_zh", "name_en")}


def _fact(fact: Fact) -> Json:
    plain = ("statement", "revision", "accepted_at", "accepted_by", "reason", "origin", "narrative")
    return {
        "organisation": _body(fact.organisation),
        "quarter": fact.quarter.code,
        **{name: getattr(fact, name) for name in plain},
    }


def _facts(facts: Iterable[Fact]) -> list[Json]:
    return [_fact(fact) for fact in facts]


def _changes(changes: Iterable[Change]) -> list[Json]:
    return [
        {
            "name": change.name,
            "old": _number(change.name, change.old),
            "new": _number(change.name, change.new),
            "difference": _number(change.name, change.difference),
        }
        for change in changes
    ]


def _amount(amount: Amount | None) -> Json:
    """As it was stated: a ratio keeps its parts."""
    if amount is None:
        return _number("figure", None)
    below = Decimal(1) if amount.denominator is None else amount.denominator
    return {"name": "figure", "numerator": amount.numerator, "denominator": below}


def _number(name: str, value: Number | None) -> Json:
    if value is None:
        return {"name": name, "numerator": None, "denominator": None}
    if isinstance(value, Fraction):
        return {
            "name": name,
            "numerator": Decimal(value.numerator),
            "denominator": Decimal(value.denominator),
        }
    return {"name": name, "numerator": Decimal(value), "denominator": Decimal(1)}
