"""Every page has an example here, looked up in the demonstration data; a page of the URL configuration without one is missed by name.

An example is what its address needs, and a query where one page has several faces. Acts and files are no pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode
from django.utils.translation import override

from ministries.models import Letter, User
from programs.models import Program
from reports.decision_numbers import DecisionNumber
from reports.models import (
    CoordinationNeed,
    Decision,
    DecisionProgress,
    Extension,
    Line,
    ProgramRevision,
    PublicationProposal,
    Receipt,
    Report,
    ReportingQuarter,
    ReportState,
    TargetProposal,
)
from tests.contracts.test_permission_matrix import CLOSED, MATRIX, NEVER

ACTS = {name for name, row in MATRIX.items() if row.get in (NEVER, CLOSED)}
NOT_PAGES = {
    "healthz",
    "figures-file",
    "indicator-file",
    "attention-file",
    "pack-file",
    "dashboard-chart",
    "dashboard-bars",
    "bars-file",
    "decisions-file",
    "audit-export",
    "calendar",
    "line-evidence",
    "review-next",
    "feed",
}
LANGUAGES = {"zh": "zh-hant", "en": "en"}
ROUTES_OF_PROGRAMS = "api/v1/"
API_PAGES = {"api-docs"}


@dataclass(frozen=True)
class Example:
    """`face` tells the examples of one page apart; `words` are the address's, `query` follows it."""

    words: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    face: str = ""


@dataclass(frozen=True)
class Page:
    name: str
    example: Example

    @property
    def label(self) -> str:
        return f"{self.name}-{self.example.face}" if self.example.face else self.name

    def address(self, language: str) -> str:
        with override(LANGUAGES[language]):
            path = reverse(self.name, kwargs=self.example.words)
        return f"{path}?{urlencode(self.example.query)}" if self.example.query else path


def routes() -> set[str]:
    """The names of all routes that people open in a browser."""
    found: set[str] = set()

    def collect(resolver: URLResolver, before: str) -> None:
        for each in resolver.url_patterns:
            path = before + str(each.pattern)
            if isinstance(each, URLResolver):
                collect(each, path)
            elif isinstance(each, URLPattern) and (
                not path.startswith(ROUTES_OF_PROGRAMS) or each.name in API_PAGES
            ):
                found.add(str(each.name))

    collect(get_resolver(), "")
    return found - ACTS - NOT_PAGES


def refuse_missing() -> None:
    """Before anything is prepared."""
    missing = routes() - set(EXAMPLES)
    if missing:
        raise LookupError(f"no example in {__name__} for: {', '.join(sorted(missing))}")


def pages() -> list[Page]:
    """Every page with its examples."""
    return [Page(name, example) for name, make in EXAMPLES.items() for example in make()]


def accounts() -> dict[str, str]:
    """Who walks: the role's name and the address to sign in with, empty for a visitor."""

    def of_ministry(role: str, state: str) -> str:
        return f"{role}.{_report(state).organisation.code.lower()}@demo.example"

    manager = User.objects.filter(email__startswith="manager.").earliest("email")
    return {
        "visitor": "",
        "officer": of_ministry("officer", ReportState.RETURNED),
        "drafter": of_ministry("officer", ReportState.DRAFT),
        "approver": of_ministry("approver", ReportState.RETURNED),
        "manager": manager.email,
        "reviewer": "reviewer@demo.example",
        "head": "head@demo.example",
        "administrator": "admin@demo.example",
        "auditor": "auditor@demo.example",
    }


def _one(**words: Any) -> Callable[[], list[Example]]:
    return lambda: [Example(words)]


def _quarter() -> ReportingQuarter:
    return ReportingQuarter.objects.filter(reports__isnull=False).latest("quarter")


def _published() -> ReportingQuarter:
    return ReportingQuarter.objects.filter(published_at__isnull=False).latest("quarter")


def _report(state: str) -> Report:
    """The newest quarter's report in that state with the most lines."""
    reports = Report.objects.filter(reporting_quarter=_quarter(), state=state)
    return reports.annotate(lines_in_it=Count("lines")).latest("lines_in_it")


def _of(report: Report) -> dict[str, Any]:
    return {"quarter": report.reporting_quarter.quarter, "organisation": report.organisation.code}


def _reports() -> list[Example]:
    newest = [_report(state) for state in ReportState if state in _states()]
    before = _published().reports.get(organisation__code="MOEA")
    return [*(Example(_of(each), face=each.state) for each in newest), Example(_of(before), face="published")]


def _states() -> set[str]:
    return set(Report.objects.filter(reporting_quarter=_quarter()).values_list("state", flat=True))


def _lines() -> list[Example]:
    talked = Line.objects.annotate(
        said=Count("comments", distinct=True), shown=Count("evidence", distinct=True)
    )
    fullest = talked.order_by("-shown", "-said").first()
    assert fullest is not None
    returned = _report(ReportState.RETURNED)
    return [
        Example({**_of(fullest.report), "pk": fullest.pk}, face="full"),
        Example({**_of(returned), "pk": returned.lines.earliest("pk").pk}, face="returned"),
    ]


def _receipt() -> list[Example]:
    receipt = Receipt.objects.filter(report__reporting_quarter=_quarter()).latest("pk")
    return [Example({**_of(receipt.report), "serial": int(receipt.number.rpartition("-")[2])})]


def _extensions() -> list[Example]:
    asked = Extension.objects.latest("pk").report
    return [
        Example(_of(_report(ReportState.DRAFT)), face="none"),
        Example(_of(asked), face="asked"),
    ]


def _number(decision: Decision) -> DecisionNumber:
    return DecisionNumber(decision.year, decision.number)


def _decisions() -> list[Example]:
    by_state = {each.state: each for each in Decision.objects.all()}
    return [Example({"number": _number(each)}, face=state) for state, each in by_state.items()]


def _decision_progress() -> list[Example]:
    said = DecisionProgress.objects.select_related("report", "decision").latest("pk")
    return [Example({**_of(said.report), "number": _number(said.decision)})]


def _programs() -> list[Example]:
    asked = ProgramRevision.objects.latest("pk").program
    usual = Program.objects.exclude(pk=asked.pk).earliest("code")
    return [Example({"code": usual.code}), Example({"code": asked.code}, face="revised")]


def _plan_programs() -> list[Example]:
    """One with parts, and one of several ministries' and years'."""
    parted = Program.objects.filter(parts__isnull=False).earliest("code")
    usual = Program.objects.exclude(pk=parted.pk).latest("code")
    return [Example({"code": usual.code}), Example({"code": parted.code}, face="parts")]


def _indicators() -> list[Example]:
    codes = ("KR1.2", "KR1.3", "KR3.1", "O1", "G1.1", "G3.1")
    return [Example({"code": code}, face=code) for code in codes]


def _figures() -> list[Example]:
    quarter = _quarter().quarter
    return [
        Example({"code": "KR1.2", "quarter": quarter}, face="counted"),
        Example({"code": "KR3.1", "quarter": quarter}, face="milestone"),
        Example({"code": "G1.1", "quarter": _published().quarter}, face="rank"),
    ]


def _node_figures() -> list[Example]:
    quarter = _quarter().quarter
    measures = ("score", "coverage", "progress", "money", "milestones")
    return [
        Example({"kind": "pillar", "code": "1", "quarter": quarter, "measure": measure}, face=measure)
        for measure in measures
    ]


def _quarters() -> list[Example]:
    proposed = PublicationProposal.objects.latest("pk").reporting_quarter.quarter
    faces = {"newest": _quarter().quarter, "proposed": proposed, "published": _published().quarter}
    return [Example({"quarter": quarter}, face=face) for face, quarter in faces.items()]


def _previewed() -> list[Example]:
    return [Example({"quarter": _quarter().quarter})]


def _people() -> list[Example]:
    officer = User.objects.get(email=accounts()["officer"])
    moe = User.objects.get(email="officer.moe@demo.example")
    return [Example({"person": officer.pk}, face="officer"), Example({"person": moe.pk}, face="moe")]


def _subject() -> list[Example]:
    line = Line.objects.filter(report__reporting_quarter=_quarter()).earliest("pk")
    return [Example({"kind": "reports.line", "pk": line.pk})]


EXAMPLES: dict[str, Callable[[], list[Example]]] = {
    "home": lambda: [Example(), Example(query={"quarter": "112Q1"}, face="first")],
    "indicator": _indicators,
    "card": lambda: [Example({"code": "KR1.2"}, face="counted"), Example({"code": "G1.1"}, face="rank")],
    "pillar": lambda: [Example({"code": "1"}), Example({"code": "4"}, face="fourth")],
    "plan-programs": lambda: [Example(), Example(query={"pillar": "3"}, face="pillar")],
    "plan-program": _plan_programs,
    "plan-compare": _one(),
    "ministries": _one(),
    "ministry": lambda: [Example({"code": code}, face=code) for code in ("MOA", "MOEA", "FSC")],
    "search": lambda: [
        Example(),
        Example(query={"q": "人才"}, face="found"),
        Example(query={"q": "沒有這個"}, face="nothing"),
    ],
    "data": _one(),
    "accessibility": _one(),
    "corrections": _one(),
    "methodology": _one(),
    "api-docs": _one(),
    "components": _one(),
    "account_login": _one(),
    "account_logout": _one(),
    "account_inactive": _one(),
    "account_change_password": _one(),
    "account_reset_password": _one(),
    "account_reset_password_done": _one(),
    "account_reset_password_from_key": _one(uidb36="1", key="x-y"),
    "account_reset_password_from_key_done": _one(),
    "work": _one(),
    "work-search": lambda: [
        Example(),
        Example(query={"q": "資料"}, face="found"),
        Example(query={"q": "沒有這個"}, face="nothing"),
    ],
    "report": _reports,
    "receipt": _receipt,
    "line": _lines,
    "report-extension": _extensions,
    "extensions": _one(),
    "report-correction": lambda: [Example(_of(_published().reports.get(organisation__code="MOEA")))],
    "coordination-need": lambda: [Example({"need": CoordinationNeed.objects.latest("pk").pk})],
    "decision-progress": _decision_progress,
    "preferences": _one(),
    "letters": _one(),
    "letter": lambda: [Example({"letter": Letter.objects.latest("pk").pk})],
    "decisions": _one(),
    "decision-new": _one(),
    "decision": _decisions,
    "review": _one(),
    "untroubled": lambda: [Example({"quarter": _quarter().quarter})],
    "dashboard": lambda: [
        Example(),
        Example(query={"quarter": str(_published().quarter)}, face="before"),
        Example(query={"as_of": "2025-06-30"}, face="as-of"),
        Example(query={"node": "MOEA", "attention": "all"}, face="ministry"),
    ],
    "pack": lambda: [Example({"quarter": _quarter().quarter})],
    "quarters": _one(),
    "quarter": _quarters,
    "preview-home": _previewed,
    "preview": lambda: [
        Example(
            {"quarter": _quarter().quarter, "address": address}, face=address.replace("/", "-").strip("-")
        )
        for address in ("indicators/KR1.2/", "pillars/1/", "plan/programs/P01/", "ministries/MOEA/", "data/")
    ],
    "targets": _one(),
    "target": lambda: [
        Example({"code": TargetProposal.objects.latest("pk").indicator.code}, face="proposed"),
        Example({"code": "KR1.1"}),
    ],
    "audit": lambda: [Example(), Example(query={"page": "2"}, face="second")],
    "audit-subject": _subject,
    "people": _one(),
    "invitation": _one(),
    "person": _people,
    "deputies": _one(),
    "programs": _one(),
    "program-joining": _one(),
    "program": _programs,
    "owners": _one(),
    "owner": _one(code="KR1.2"),
    "program-figures": lambda: [
        Example({"quarter": _quarter().quarter}),
        Example({"quarter": _quarter().quarter}, {"node": "1"}, face="pillar"),
    ],
    "figure": _figures,
    "node-figure": _node_figures,
}
