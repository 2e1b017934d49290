"""Every address answers every role and method as this table says; an address that is missing from it fails the suite.

The report in the table is the National Development Council's of 112Q1, a draft in an open quarter.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.template.base import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ministries import clock
from ministries.models import Organisation, Role, User
from programs.models import Plan
from programs.quarters import Quarter
from reports import services
from reports.decided import DecisionContent
from reports.models import (
    CoordinationNeed,
    Evidence,
    Line,
    ProgramRelease,
    ProgramRevision,
    ReportingQuarter,
)
from tests import rounds
from tests.people import People
from tests.reports import proposals
from tests.reports.evidence import attached

ROLES = (
    "anonymous",  # not logged in
    "nobody",  # an account without a role
    "officer",  # of the report's ministry
    "stranger",  # an officer of another ministry
    "approver",
    "manager",
    "reviewer",
    "head",
    "administrator",
    "auditor",
)
ANSWERS = {
    "ok": {200},
    "done": {302},  # carried out, and led on
    "led": {302},  # led to where this role works
    "refused": {409, 422},  # allowed, but a rule says no
    "forbidden": {403},
    "absent": {404},
    "never": {405},
    "malformed": {400},
}


def each(**but: str) -> dict[str, str]:
    """One answer for every role: `each(all="ok", anonymous="login")`."""
    usual = but.pop("all")
    return {role: but.get(role, usual) for role in ROLES}


EVERYBODY = each(all="ok")
NEVER = each(all="never")
SECRETARIAT = each(
    all="forbidden", anonymous="login", reviewer="ok", head="ok", administrator="ok", auditor="ok"
)
READERS = each(all="ok", anonymous="login", nobody="absent", stranger="absent")
DRAFT_READERS = {**READERS, **dict.fromkeys(("reviewer", "head", "administrator"), "absent")}
CLOSED = each(all="absent")


def acting(role: str, answer: str) -> dict[str, str]:
    """On the report: only `role` may; who may read it is forbidden, who may not finds nothing."""
    return {**each(all="forbidden", anonymous="login", nobody="absent", stranger="absent"), role: answer}


def on_draft(role: str, answer: str) -> dict[str, str]:
    """On a line that was never handed in: for the secretariat, which does not see it, it is not there."""
    return {
        **DRAFT_READERS,
        "approver": "forbidden",
        "manager": "forbidden",
        "auditor": "forbidden",
        role: answer,
    }


def governing(role: str) -> dict[str, str]:
    """On the quarter: only `role` may."""
    return {**each(all="forbidden", anonymous="login"), role: "done"}


@dataclass(frozen=True)
class Row:
    """What a GET and a POST answer each role; `post` without `data` sends an empty form."""

    get: dict[str, str]
    post: dict[str, str] = field(default_factory=lambda: NEVER)
    words: dict[str, str] = field(default_factory=dict)


PROGRAM = {"code": "NDC1"}
REQUEST = PROGRAM | {"pk": "1"}
ANSWER = REQUEST | {"answer": "approve"}
WITHDRAWING = {**acting("officer", "done"), "approver": "done"}
REPORT = {"quarter": "112Q1", "organisation": "NDC"}
# An indicator that the National Development Council owes, and its proposal to change the target (made in `cast`).
TARGET = {"code": "KR1.1"}
PROPOSAL = {**TARGET, "proposal": "0"}
# A line of that report with a file that hangs on it (made in `cast`).
LINE = {**REPORT, "pk": "LINE"}
PIECE = {**LINE, "evidence": "PIECE"}
MATRIX: dict[str, Row] = {
    "healthz": Row(EVERYBODY),
    "home": Row(EVERYBODY),
    "indicator": Row(EVERYBODY, words={"code": "KR1.1"}),
    "card": Row(EVERYBODY, words={"code": "KR1.1"}),
    "feed": Row(EVERYBODY),
    "methodology": Row(EVERYBODY),
    "pillar": Row(EVERYBODY, words={"code": "1"}),
    "plan-programs": Row(EVERYBODY),
    "plan-program": Row(EVERYBODY, words={"code": "P08"}),
    "plan-compare": Row(EVERYBODY),
    "search": Row(EVERYBODY),
    "data": Row(EVERYBODY),
    "accessibility": Row(EVERYBODY),
    "indicator-file": Row(EVERYBODY, words={"code": "KR1.1", "ending": "ods"}),
    "ministries": Row(EVERYBODY),
    "ministry": Row(EVERYBODY, words={"code": "MOEA"}),
    "components": Row(each(all="forbidden", anonymous="login", administrator="ok")),
    # Nothing of it is kept here; an empty form names no theme.
    "theme": Row(NEVER, each(all="malformed")),
    "figures-file": Row(EVERYBODY, words={"quarter": "112Q3", "ending": "csv"}),
    # A first quarter has no chart yet.
    "chart-file": Row(CLOSED, words={"quarter": "112Q3", "chart": "KR1.1-path"}),
    "bars-file": Row(EVERYBODY, words={"quarter": "112Q3", "group": "plan", "ending": "svg"}),
    "account_login": Row(each(all="led", anonymous="ok"), each(all="led", anonymous="ok")),
    "account_logout": Row(each(all="ok", anonymous="led"), each(all="done")),
    "account_inactive": Row(EVERYBODY),
    "account_change_password": Row(each(all="ok", anonymous="login"), each(all="ok", anonymous="login")),
    "account_reset_password": Row(EVERYBODY, EVERYBODY),
    "account_reset_password_done": Row(EVERYBODY),
    "account_reset_password_from_key": Row(EVERYBODY, EVERYBODY, {"uidb36": "1", "key": "x-y"}),
    "account_reset_password_from_key_done": Row(EVERYBODY),
    "account_signup": Row(CLOSED, CLOSED),
    "account_email": Row(CLOSED, CLOSED),
    "account_set_password": Row(CLOSED, CLOSED),
    "account_reauthenticate": Row(CLOSED, CLOSED),
    "account_email_verification_sent": Row(CLOSED, CLOSED),
    "account_confirm_email": Row(CLOSED, CLOSED, {"key": "x"}),
    "work": Row(
        each(all="ok", anonymous="login", reviewer="led", head="led", administrator="led", auditor="led")
    ),
    "report": Row(READERS, words=REPORT),
    "report-save": Row(NEVER, acting("officer", "refused"), REPORT),
    "report-line-save": Row(NEVER, {**acting("officer", "ok")}, {**REPORT, "line": "LINE"}),
    "report-copy-forward": Row(NEVER, acting("officer", "refused"), REPORT),
    "receipt": Row(each(all="absent", anonymous="login"), words={**REPORT, "serial": "1"}),
    "report-submit": Row(NEVER, acting("officer", "refused"), REPORT),
    "report-ask-sign-off": Row(NEVER, acting("officer", "refused"), REPORT),
    "report-sign": Row(NEVER, acting("approver", "refused"), REPORT),
    "report-send-back": Row(NEVER, acting("approver", "refused"), REPORT),
    "report-recall": Row(NEVER, {**acting("officer", "refused"), "approver": "refused"}, REPORT),
    "report-accept": Row(NEVER, acting("reviewer", "refused"), REPORT),
    "report-return": Row(NEVER, acting("reviewer", "refused"), REPORT),
    "report-reopen": Row(NEVER, acting("reviewer", "refused"), REPORT),
    "report-withdraw": Row(NEVER, acting("reviewer", "refused"), REPORT),
    # The line of a draft, with a file that hangs on it.
    "line": Row(DRAFT_READERS, words=LINE),
    "line-attach": Row(NEVER, on_draft("officer", "refused"), LINE),
    "line-evidence": Row(DRAFT_READERS, words=PIECE),
    "line-evidence-remove": Row(NEVER, on_draft("officer", "done"), PIECE),
    "line-comment": Row(NEVER, {**on_draft("officer", "refused"), "approver": "refused"}, LINE),
    "report-extension": Row(READERS, words=REPORT),
    "report-extension-ask": Row(NEVER, {**acting("officer", "refused"), "approver": "refused"}, REPORT),
    "report-extension-withdraw": Row(NEVER, {**acting("officer", "refused"), "approver": "refused"}, REPORT),
    "report-extension-answer": Row(NEVER, acting("administrator", "refused"), REPORT),
    "extensions": Row(SECRETARIAT),
    "coordination-need": Row(READERS, words={"need": "NEED"}),
    "review": Row(SECRETARIAT),
    "review-accept": Row(NEVER, {**governing("reviewer"), "reviewer": "refused"}),
    "review-next": Row(
        {**SECRETARIAT, **dict.fromkeys(("reviewer", "head", "administrator", "auditor"), "led")}
    ),
    "untroubled": Row(SECRETARIAT, words={"quarter": "112Q1"}),
    "untroubled-accept": Row(NEVER, {**governing("reviewer"), "reviewer": "refused"}, {"quarter": "112Q1"}),
    # Without an answer there is nothing to switch.
    "review-rule": Row(NEVER, {**governing("head"), "head": "absent"}),
    "sign-off": Row(NEVER, acting("manager", "absent"), {"organisation": "NDC"}),
    "dashboard": Row(SECRETARIAT),
    "attention-file": Row(SECRETARIAT, words={"ending": "csv"}),
    "dashboard-chart": Row(SECRETARIAT, words={"chart": "submissions"}),
    "dashboard-bars": Row(SECRETARIAT, words={"ending": "svg"}),
    "quarters": Row(SECRETARIAT),
    "quarter": Row(SECRETARIAT, words={"quarter": "112Q1"}),
    "pack": Row(SECRETARIAT, words={"quarter": "112Q1"}),
    "pack-file": Row(SECRETARIAT, words={"quarter": "112Q1"}),
    "quarter-dates": Row(
        NEVER, {**governing("administrator"), "administrator": "refused"}, {"quarter": "112Q1"}
    ),
    "quarter-open": Row(NEVER, governing("administrator"), {"quarter": "112Q2"}),
    "quarter-close": Row(NEVER, governing("administrator"), {"quarter": "112Q1"}),
    **{
        f"publication-{name}": Row(
            NEVER, {**each(all="forbidden", anonymous="login"), **may}, {"quarter": "112Q1"}
        )
        for name, may in {
            "propose": dict.fromkeys(("reviewer", "head", "administrator"), "done"),
            # Nothing is proposed.
            "confirm": {"head": "refused"},
            "refuse": {"head": "refused"},
            "withdraw": dict.fromkeys(("reviewer", "head", "administrator"), "refused"),
        }.items()
    },
    # What is not published yet is the secretariat's to see.
    "preview-home": Row(SECRETARIAT, words={"quarter": "112Q1"}),
    "preview": Row(SECRETARIAT, words={"quarter": "112Q1", "address": "pillars/1/"}),
    "targets": Row(SECRETARIAT),
    "target": Row(READERS, words=TARGET),
    "target-propose": Row(NEVER, {**acting("officer", "refused"), "approver": "refused"}, TARGET),
    "target-withdraw": Row(NEVER, {**acting("officer", "done"), "approver": "done"}, PROPOSAL),
    "target-approve": Row(NEVER, acting("head", "done"), PROPOSAL),
    "target-refuse": Row(NEVER, acting("head", "refused"), PROPOSAL),
    "programs": Row(each(all="ok", anonymous="login")),
    "program": Row(READERS, words=PROGRAM),
    "program-revise": Row(NEVER, {**acting("officer", "refused"), "approver": "refused"}, PROGRAM),
    "program-ask-release": Row(NEVER, {**acting("officer", "refused"), "approver": "refused"}, PROGRAM),
    "program-revision-decide": Row(NEVER, acting("head", "done"), ANSWER),
    "program-revision-withdraw": Row(NEVER, WITHDRAWING, REQUEST),
    "program-release-answer": Row(NEVER, acting("head", "done"), ANSWER),
    "program-release-withdraw": Row(NEVER, WITHDRAWING, REQUEST),
    "program-joining": Row({**each(all="forbidden", anonymous="login"), "administrator": "ok"}),
    "program-join": Row(NEVER, {**governing("administrator"), "administrator": "refused"}),
    "program-change": Row(NEVER, acting("administrator", "refused"), PROGRAM),
    "program-marks": Row(NEVER, acting("administrator", "refused"), PROGRAM),
    "program-part-add": Row(NEVER, acting("administrator", "refused"), PROGRAM),
    "program-part-end": Row(NEVER, acting("administrator", "refused"), PROGRAM),
    "owners": Row(SECRETARIAT),
    "owner": Row(SECRETARIAT, words={"code": "KR1.1"}),
    "owner-change": Row(NEVER, {**governing("administrator"), "administrator": "refused"}, {"code": "KR1.1"}),
    "figure": Row(SECRETARIAT, words={"code": "KR1.1", "quarter": "112Q1"}),
    "node-figure": Row(
        SECRETARIAT, words={"kind": "pillar", "code": "1", "quarter": "112Q1", "measure": "score"}
    ),
    "program-figures": Row(SECRETARIAT, words={"quarter": "112Q1"}),
    "api-root": Row(EVERYBODY),
    "api-schema": Row(EVERYBODY),
    "api-docs": Row(EVERYBODY),
}
# Letters and calendars: everybody has their own. Whose letters somebody reads is said by tests/reports/test_letter_pages.py.
SIGNED_IN = each(all="ok", anonymous="login")
NOBODYS = each(all="absent", anonymous="login")
MATRIX |= {
    # Which decisions somebody finds is said by tests/reports/test_finding.py.
    "work-search": Row(SIGNED_IN),
    "preferences": Row(SIGNED_IN),
    "preferences-save": Row(NEVER, each(all="refused", anonymous="login")),
    "calendar-renew": Row(NEVER, each(all="done", anonymous="login")),
    "calendar": Row(CLOSED, words={"token": "guessed"}),
    "letters": Row(SIGNED_IN),
    "letter": Row(NOBODYS, words={"letter": "1"}),
    "letter-resend": Row(NEVER, NOBODYS, {"letter": "1"}),
}
# People: account managers within their ministry, the administrator everywhere, the auditor reads. The person of the
# table is the stranger, of another ministry, so that what is out of an account manager's reach is not there for them.
PEOPLE = each(all="forbidden", anonymous="login", manager="ok", administrator="ok", auditor="ok")
OF_A_STRANGER = {**PEOPLE, "manager": "absent"}
UPON_A_STRANGER = {**OF_A_STRANGER, "auditor": "forbidden"}
MATRIX |= {
    "people": Row(PEOPLE),
    "invitation": Row({**PEOPLE, "auditor": "forbidden"}),
    "person-invite": Row(
        NEVER, {**PEOPLE, "auditor": "forbidden", "manager": "refused", "administrator": "refused"}
    ),
    "person": Row(OF_A_STRANGER, words={"person": "STRANGER"}),
    **{
        f"person-{name}": Row(NEVER, {**UPON_A_STRANGER, "administrator": answer}, {"person": "STRANGER"})
        for name, answer in {
            "invite-again": "refused",
            "disable": "done",
            "enable": "refused",
            "grant": "refused",
            "hand-over": "refused",
            "deputy": "refused",
        }.items()
    },
    "person-end-role": Row(
        NEVER, {**UPON_A_STRANGER, "administrator": "done"}, {"person": "STRANGER", "membership": "STRANGERS"}
    ),
    "deputies": Row(SIGNED_IN),
    # Who holds no role has nobody to name; the auditor's role is not lent.
    "deputy-name": Row(
        NEVER, each(all="refused", anonymous="login", nobody="forbidden", auditor="forbidden")
    ),
    "deputy-end": Row(NEVER, each(all="absent", anonymous="login"), {"deputyship": "0"}),
}
# The audit log: the auditor alone.
AUDITORS = each(all="forbidden", anonymous="login", auditor="ok")
MATRIX |= {
    "audit": Row(AUDITORS),
    "audit-export": Row(NEVER, AUDITORS, {"ending": "csv"}),
    "audit-subject": Row({**AUDITORS, "auditor": "led"}, words={"kind": "ministries.user", "pk": "STRANGER"}),
}
# The public API: everybody may read, nobody may write.
MATRIX |= {
    f"api-{name}": Row(EVERYBODY, words=words)
    for name, words in {
        "plans-list": {},
        "plans-detail": {"code": "taiwan-ai-action-plan-2"},
        "pillars-list": {},
        "pillars-detail": {"code": "1"},
        "sub-items-list": {},
        "sub-items-detail": {"code": "1.1"},
        "responsibilities-list": {},
        "programs-list": {},
        "programs-detail": {"code": "P01"},
        "indicators-list": {},
        "indicators-detail": {"code": "KR1.1"},
        "ministries-list": {},
        "ministries-detail": {"code": "NSTC"},
        "publications-list": {},
        "publications-detail": {"quarter": "112Q3"},
        "publications-content": {"quarter": "112Q3"},
        "figures-list": {"quarter": "112Q3"},
    }.items()
}
DECISION = {"number": "112-01"}
KEEPERS = {**SECRETARIAT, "administrator": "forbidden", "auditor": "forbidden"}


def keeping(answer: str) -> dict[str, str]:
    """On the decision: reviewer and head may; who may read it is forbidden, who may not finds nothing."""
    return {**acting("reviewer", answer), "head": answer}


# What was published is opened for correction by a reviewer; the log of it is everybody's.
PUBLISHED = {"quarter": "112Q3", "organisation": "NDC"}
MATRIX |= {
    "corrections": Row(EVERYBODY),
    "report-correction": Row(each(all="forbidden", anonymous="login", reviewer="ok"), words=PUBLISHED),
    "report-correction-open": Row(NEVER, acting("reviewer", "refused"), PUBLISHED),
    "report-correction-cancel": Row(NEVER, acting("reviewer", "refused"), PUBLISHED),
}
# Decision 112-01 is the National Development Council's, asked for in the report of the table.
MATRIX |= {
    "decisions": Row(each(all="ok", anonymous="login", nobody="forbidden")),
    "decisions-file": Row(each(all="ok", anonymous="login", nobody="forbidden"), words={"ending": "csv"}),
    "decision-new": Row(KEEPERS),
    "decision-make": Row(
        NEVER, {**each(all="forbidden", anonymous="login"), "reviewer": "refused", "head": "refused"}
    ),
    "decision": Row(READERS, words=DECISION),
    "decision-change": Row(NEVER, keeping("refused"), DECISION),
    "decision-close": Row(NEVER, keeping("refused"), DECISION),
    "decision-reopen": Row(NEVER, keeping("refused"), DECISION),
    "decision-progress": Row(READERS, words=REPORT | DECISION),
    "decision-progress-save": Row(NEVER, acting("officer", "refused"), REPORT | DECISION),
}
MATRIX["api-nothing"] = Row(CLOSED, words={})
# What is known of a quarter before it is published; the published is everybody's (tests/api/test_of_quarters.py).
MATRIX |= {
    f"api-quarter-{name}": Row({**SECRETARIAT, "anonymous": "forbidden"}) for name in ("figures", "nodes")
}
# Explanations hold the names of people and the words of reports, published or not.
MATRIX |= {
    f"api-{name}-explain": Row({**SECRETARIAT, "anonymous": "forbidden"}, words=words)
    for name, words in {
        "figure": {"code": "KR1.1", "quarter": "112Q3"},
        "node": {"kind": "pillar", "code": "1", "quarter": "112Q3", "measure": "money"},
    }.items()
}


SESSION = settings.SESSION_COOKIE_NAME


def named_routes(resolver: URLResolver | None = None) -> set[str]:
    found: set[str] = set()
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            found.add(pattern.name or str(pattern.pattern))
        else:
            found |= named_routes(pattern)
    return found


def address_of(name: str) -> str:
    if name == "api-nothing":
        return "/api/v1/nothing-of-the-kind/"
    words = {key: KEYS[value]() if value in KEYS else value for key, value in MATRIX[name].words.items()}
    return reverse(name, kwargs=words)


# What stands for a row of the test's own.
KEYS: dict[str, Callable[[], str]] = {
    "LINE": lambda: str(Line.objects.filter(report__organisation__code="NDC").earliest("id").pk),
    "PIECE": lambda: str(Evidence.objects.latest("id").pk),
    "NEED": lambda: str(CoordinationNeed.objects.get().pk),
    "STRANGER": lambda: str(User.objects.get(email="officer@moe.test").pk),
    "STRANGERS": lambda: str(User.objects.get(email="officer@moe.test").memberships.get().pk),
}


@pytest.fixture
def cast(
    people: People, open_round: ReportingQuarter, plan: Plan, evidence_store: Path
) -> dict[str, User | None]:
    """One person per role, while 112Q1 is open and 112Q3 is published."""
    attached(rounds.report_of(open_round, "NDC").lines.earliest("id"), people.officer("NDC"))
    other = rounds.opened(plan, "112Q3", people)
    rounds.published(other, people)
    ndc = Organisation.objects.get(code="NDC")
    proposals.indicator().owners.create(organisation=ndc, named_by_plan=False, from_quarter="115Q4")
    made = proposals.proposed(people, organisation="NDC", effective_from=Quarter.parse("115Q4"))
    PROPOSAL["proposal"] = str(made.pk)
    _programme_with_requests(plan, people)
    with clock.set_to(rounds.after("112Q1", -30)):
        services.make_decision(
            plan=plan,
            content=DecisionContent("完成資料治理指引。", ndc, Quarter.parse("112Q4")),
            actor=people.head,
        )
    CoordinationNeed.objects.create(
        line=rounds.report_of(open_round, "NDC").lines.earliest("order"),
        organisation=Organisation.objects.get(code="MODA"),
        text="請協助提供資料。",
        asked_at=clock.now(),
        asked_by=people.officer("NDC"),
    )
    return {
        "anonymous": None,
        "nobody": User.objects.create_user("nobody@example.test", "a long test password", name="N"),
        "officer": people.officer("NDC"),
        "stranger": people.officer("MOE"),
        "approver": people.holding(Role.APPROVER, "NDC"),
        "manager": people.holding(Role.ACCOUNT_MANAGER, "NDC"),
        "reviewer": people.reviewer,
        "head": people.head,
        "administrator": people.administrator,
        "auditor": people.auditor,
    }


def _programme_with_requests(plan: Plan, people: People) -> None:
    """The council has no programme in the printed plan; this one waits for a revision and for its release."""
    proposer = people.officer("NDC")
    program = plan.programs.create(
        code="NDC1",
        organisation=Organisation.objects.get(code="NDC"),
        name_zh="數位治理計畫",
        name_en="Digital governance",
        kind="new",
    )
    asked: dict[str, Any] = {
        "pk": 1,
        "program": program,
        "organisation": program.organisation,
        "explanation": "說明",
        "proposed_at": clock.now(),
        "proposed_by": proposer,
    }
    ProgramRevision.objects.create(**asked, ground="goal", effective_from="112Q4")
    ProgramRelease.objects.create(**asked, ground="finished")


def logged_in(cast: dict[str, User | None]) -> dict[str, str]:
    """Role → the session of the person who plays it."""
    sessions = {}
    for role, user in cast.items():
        client = Client()
        if user is not None:
            client.force_login(user)
        sessions[role] = client.cookies[SESSION].value if SESSION in client.cookies else ""
    return sessions


UNDRAWN = "<main><h1>-</h1></main>"


class Drawn:
    """A page is drawn for the first role that gets it; of the others it only counts that they get it, too."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def once(self, address: str, expected: str) -> AbstractContextManager[Any]:
        if (address, expected) in self._seen:
            return mock.patch.object(Template, "render", return_value=UNDRAWN)
        self._seen.add((address, expected))
        return nullcontext()


def answer(session: str, method: str, address: str) -> Any:
    """What the person gets; nothing that it changes outlives the call, not even the end of the session."""
    client = Client()
    client.cookies[SESSION] = session
    with transaction.atomic():
        response = client.generic(method, address)
        transaction.set_rollback(True)
    return response


def holds(response: HttpResponse, expected: str) -> bool:
    to_login = response.status_code == 302 and "/accounts/login/" in response.headers["Location"]
    if expected == "login":
        return to_login
    return response.status_code in ANSWERS[expected] and not to_login


def test_every_address_stands_in_the_matrix() -> None:
    assert named_routes() == set(MATRIX)


def test_every_role_is_answered_as_the_matrix_says(cast: dict[str, User | None]) -> None:
    wrong, sessions, drawn = [], logged_in(cast), Drawn()
    for name, row in MATRIX.items():
        for method, expectations in {"GET": row.get, "POST": row.post}.items():
            for role, expected in expectations.items():
                with drawn.once(f"{method} {name}", expected):
                    response = answer(sessions[role], method, address_of(name))
                if not holds(response, expected):
                    wrong.append(f"{method} {name} as {role}: {response.status_code}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_no_address_takes_any_other_method(cast: dict[str, User | None]) -> None:
    taken, sessions = [], logged_in(cast)
    for name in MATRIX:
        for method in ("PUT", "PATCH", "DELETE"):
            for role in ("anonymous", "officer", "administrator"):
                response = answer(sessions[role], method, address_of(name))
                if not holds(response, "login") and response.status_code not in (302, 403, 404, 405):
                    taken.append(f"{method} {name} as {role}: {response.status_code}")
    assert not taken, "\n".join(taken)


def test_reading_a_page_changes_nothing(cast: dict[str, User | None]) -> None:
    """A GET writes no row of ours; sessions are the framework's own."""
    client = Client()
    reviewer = cast["reviewer"]
    assert reviewer
    client.force_login(reviewer)
    written: list[str] = []

    def noted(execute: Any, sql: str, *rest: Any) -> Any:
        """Also statements that are prepared, whose text no log of queries holds."""
        if sql.split()[0] in ("INSERT", "UPDATE", "DELETE") and "django_session" not in sql:
            written.append(f"{name}: {sql}")
        return execute(sql, *rest)

    for name in set(MATRIX) - {"account_logout"}:
        with connection.execute_wrapper(noted):
            client.get(address_of(name))
    assert written == []


def test_a_forged_form_is_refused(open_round: ReportingQuarter, people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.officer("NDC"))
    assert client.post(address_of("report-save")).status_code == 403
