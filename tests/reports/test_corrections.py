"""What was published is corrected line by line, on the road of every line; the public reads what, why and since when."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from kpis.models import Correction, Indicator, Observation, Publication
from kpis.services import rollups
from ministries.models import AuditEntry, Notice, NoticeKind, Role
from ministries.permissions import Act
from ministries.services import Refused
from programs.models import Plan
from reports import selectors, services
from reports.contents import LineContent, LineEntry
from reports.models import Line, Report, ReportingQuarter
from reports.workflow import State
from tests import rounds
from tests.abreast import at_once
from tests.people import People
from tests.reports import decided
from tests.reports.pages import browser, page_of, url_of
from tests.reports.test_milestones import set_for
from tests.stages import stage

WHY = "原填報誤將 112 年度全年人數列入。"


@stage(upon="open_round")
def published_report(plan: Plan, people: People) -> Report:
    """NSTC's of 112Q1, accepted with 600 researchers and published."""
    round_ = rounds.round_of(plan, "112Q1")
    found = rounds.report_of(round_, "NSTC")
    rounds.accepted(found, people, 600)
    rounds.published(round_, people)
    return found


@pytest.fixture
def report(published_report: Report) -> Report:
    return published_report


@pytest.fixture
def line(report: Report) -> Line:
    """KR1.1, an indicator that is counted."""
    return report.lines.get(indicator__code="KR1.1")


def opened(report: Report, people: People, *lines: Line, reason: str = WHY) -> Report:
    return services.open_correction(
        report=report, lines={line.pk for line in lines}, reason=reason, actor=people.reviewer
    )


def written(report: Report, people: People, line: Line, **but: Any) -> Any:
    line.refresh_from_db()
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **but))
    return services.save_lines(report=report, entries=[entry], actor=people.officer("NSTC"))


def corrected(report: Report, people: People, line: Line, **but: Any) -> Correction | None:
    """Opened, written, signed off, handed in and accepted."""
    opened(report, people, line)
    written(report, people, line, **but)
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer, reason="同意。")
    return Correction.objects.first()


# --- opening --------------------------------------------------------------------------------------------------
def test_a_reviewer_opens_only_the_lines_that_are_named(report: Report, line: Line, people: People) -> None:
    opened(report, people, line)
    states = {each.pk: (each.state, each.correcting) for each in report.lines.all()}
    assert states.pop(line.pk) == (State.RETURNED, True)
    assert set(states.values()) == {(State.ACCEPTED, False)}


def test_the_ministry_is_told_which_line_and_why(report: Report, line: Line, people: People) -> None:
    officer = people.officer("NSTC")
    opened(report, people, line)
    notice = Notice.objects.filter(person=officer, kind=NoticeKind.RETURNED).latest("id")
    assert WHY in str(notice.facts)


@pytest.mark.parametrize("role", [Role.HEAD, Role.ADMINISTRATOR, Role.AUDITOR])
def test_nobody_else_at_the_secretariat_opens_what_was_published(
    report: Report, line: Line, people: People, role: Role
) -> None:
    with pytest.raises(PermissionDenied):
        services.open_correction(report=report, lines={line.pk}, reason=WHY, actor=people.holding(role))


def test_the_ministry_does_not_open_its_own(report: Report, line: Line, people: People) -> None:
    with pytest.raises(PermissionDenied):
        services.open_correction(report=report, lines={line.pk}, reason=WHY, actor=people.officer("NSTC"))


@pytest.mark.parametrize("reason", ["", "　\n", "甲\x00", "字" * 5001])
def test_opening_needs_a_reason_that_can_be_kept(
    report: Report, line: Line, people: People, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        opened(report, people, line, reason=reason)
    assert set(refused.value.errors) == {"reason"}
    assert not Line.objects.filter(correcting=True).exists()


def test_lines_have_to_be_named_and_be_of_the_report(report: Report, people: People) -> None:
    other = Line.objects.exclude(report=report).earliest("id")
    for lines in ((), (other,)):
        with pytest.raises(Refused) as refused:
            opened(report, people, *lines)
        assert set(refused.value.errors) == {"lines"}


def test_before_publication_nothing_is_opened_for_correction(
    open_round: ReportingQuarter, people: People
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    rounds.accepted(report, people)
    with pytest.raises(Refused, match="尚未公布"):
        opened(report, people, report.lines.earliest("id"))


def test_what_is_open_already_is_not_opened_again(report: Report, line: Line, people: People) -> None:
    opened(report, people, line)
    with pytest.raises(Refused, match="已開放更正"):
        opened(report, people, line)


def test_what_was_never_accepted_is_not_corrected(open_round: ReportingQuarter, people: People) -> None:
    rounds.published(open_round, people)
    report = rounds.report_of(open_round, "MOE")
    with pytest.raises(Refused, match="不是已核定"):
        opened(report, people, report.lines.earliest("id"))


# --- cancelling -----------------------------------------------------------------------------------------------
def cancelled(report: Report, people: People, *lines: Line, reason: str = "經查原數字無誤。") -> Report:
    return services.cancel_correction(
        report=report, lines={line.pk for line in lines}, reason=reason, actor=people.reviewer
    )


def test_what_was_opened_and_never_begun_is_closed_as_it_was(
    report: Report, line: Line, people: People
) -> None:
    before = Line.objects.values("revision", "value", "narrative").get(pk=line.pk)
    facts = list(Observation.objects.filter(superseded_at__isnull=True).values_list("pk", "accepted_at"))
    opened(report, people, line)
    assert cancelled(report, people, line).state == State.ACCEPTED
    line.refresh_from_db()
    assert (line.state, line.correcting) == (State.ACCEPTED, False)
    assert Line.objects.values("revision", "value", "narrative").get(pk=line.pk) == before
    assert (
        list(Observation.objects.filter(superseded_at__isnull=True).values_list("pk", "accepted_at")) == facts
    )
    assert not Correction.objects.exists()
    with pytest.raises(Refused, match="已截止"):
        written(report, people, line, value=Decimal(60))
    # And may be opened again, for another reason.
    correction = corrected(report, people, line, value=Decimal(60))
    assert correction and correction.reason == WHY


def test_the_ministry_is_told_and_the_audit_log_says_that_and_why_it_was_cancelled(
    report: Report, line: Line, people: People
) -> None:
    officer = people.officer("NSTC")
    opened(report, people, line)
    cancelled(report, people, line)
    notice = Notice.objects.get(person=officer, kind=NoticeKind.CORRECTION_CANCELLED)
    assert "經查原數字無誤。" in str(notice.facts) and notice.path == url_of(report)
    entry = AuditEntry.objects.filter(act=Act.REVIEW_REPORT).latest("id")
    assert (entry.detail["deed"], entry.detail["comment"]) == ("cancel", "經查原數字無誤。")


def test_what_was_begun_is_not_cancelled(report: Report, line: Line, people: People) -> None:
    officer = people.officer("NSTC")
    begun: dict[str, Callable[[], object]] = {
        "written": lambda: written(report, people, line, narrative="更正說明。"),
        "attached": lambda: services.attach_link(
            line=line, url="https://www.example.test/a", title="公文", actor=officer
        ),
        "remarked": lambda: services.add_comment(line=line, words="將更正。", actor=officer),
        "signed": lambda: services.sign_report(report=report, actor=people.holding(Role.APPROVER, "NSTC")),
        "handed in and returned": lambda: (
            rounds.hand_in(report, people),
            services.return_report(report=report, actor=people.reviewer, comment="請附佐證。"),
        ),
        "never opened": lambda: cancelled(report, people, line),
    }
    for name, act in begun.items():
        with transaction.atomic():
            opened(report, people, line)
            line.refresh_from_db()
            act()
            with pytest.raises(Refused, match="不能取消"):
                cancelled(report, people, line)
            assert Line.objects.filter(correcting=True).exists() == (name != "never opened"), name
            transaction.set_rollback(True)
        line.refresh_from_db()


def test_cancelling_needs_a_reason_and_lines_of_the_report(
    report: Report, line: Line, people: People
) -> None:
    opened(report, people, line)
    other = Line.objects.exclude(report=report).earliest("id")
    for lines, reason, field in (
        ((line,), "　", "reason"),
        ((), "無誤。", "lines"),
        ((other,), "無誤。", "lines"),
    ):
        with pytest.raises(Refused) as refused:
            cancelled(report, people, *lines, reason=reason)
        assert set(refused.value.errors) == {field}
    assert Line.objects.get(correcting=True) == line


def test_the_database_takes_no_other_step_for_a_cancelled_correction(
    report: Report, line: Line, people: People
) -> None:
    opened(report, people, line)
    cancelled(report, people, line)
    steps = line.steps.filter(act="cancel")
    for change in ({"from_state": "draft"}, {"comment": ""}, {"act": "accept"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            steps.update(**change)


def test_a_correction_is_cancelled_on_its_page(report: Report, line: Line, people: People) -> None:
    reviewer = browser(people.reviewer)
    path = url_of(report, "correction")
    assert "要取消更正的項目" not in reviewer.get(path).content.decode()
    opened(report, people, line)
    page = reviewer.get(path).content.decode()
    assert f'id="cancel-line-{line.pk}"' in page and f'id="line-{line.pk}"' not in page
    refused = reviewer.post(path + "cancel/", {"line": [str(line.pk)], "reason": ""})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert re.search(rf'id="cancel-line-{line.pk}" checked', page) and 'id="cancel-reason-error"' in page
    done = reviewer.post(path + "cancel/", {"line": [str(line.pk)], "reason": "無誤。"}, follow=True)
    assert "已取消更正，並通知填報機關" in done.content.decode() and "已取消更正" in done.content.decode()
    again = reviewer.post(path + "cancel/", {"line": [str(line.pk)], "reason": "無誤。"})
    assert again.status_code == 409
    opened(report, people, line)
    written(report, people, line, value=Decimal(60))
    page = reviewer.get(path).content.decode()
    assert f'id="cancel-line-{line.pk}"' not in page


# --- the ministry ---------------------------------------------------------------------------------------------
def test_the_ministry_writes_in_the_open_line_and_in_no_other(
    report: Report, line: Line, people: People
) -> None:
    opened(report, people, line)
    assert written(report, people, line, value=Decimal(60)).saved == [line]
    other = report.lines.exclude(pk=line.pk).earliest("id")
    result = written(report, people, other, narrative="趁機改寫。")
    assert not result.saved and set(result.errors) == {other.pk}


def test_what_was_published_is_corrected_also_where_nobody_owes_it_any_longer(
    report: Report, line: Line, people: People
) -> None:
    Line.objects.filter(pk=line.pk).update(no_longer_owed_since=line.moved_at)
    correction = corrected(report, people, line, value=Decimal(60))
    assert correction and correction.said == {"value": ["600", "60"]}


def test_a_published_report_without_an_open_line_stays_closed(
    report: Report, line: Line, people: People
) -> None:
    with pytest.raises(Refused, match="已截止"):
        written(report, people, line, value=Decimal(60))
    with pytest.raises(Refused, match="已截止"):
        services.sign_report(report=report, actor=people.holding(Role.APPROVER, "NSTC"))
    with pytest.raises(Refused, match="已公布"):
        services.withdraw_acceptance(report=report, actor=people.reviewer, comment="誤核。")


def test_an_open_line_opens_no_other_for_the_secretariat(report: Report, line: Line, people: People) -> None:
    opened(report, people, line)
    with pytest.raises(Refused):
        services.withdraw_acceptance(report=report, actor=people.reviewer, comment="誤核。")
    with pytest.raises(Refused):
        services.reopen_report(report=report, actor=people.reviewer, comment="全部重填。")
    assert report.lines.filter(state=State.ACCEPTED).count() == report.lines.count() - 1


def test_evidence_and_comments_are_taken_on_the_open_line_alone(
    report: Report, line: Line, people: People
) -> None:
    officer = people.officer("NSTC")
    other = report.lines.exclude(pk=line.pk).earliest("id")
    opened(report, people, line)
    line.refresh_from_db()
    services.attach_link(line=line, url="https://www.example.test/a", title="公文", actor=officer)
    services.add_comment(line=line, words="已更正。", actor=officer)
    with pytest.raises(Refused):
        services.attach_link(line=other, url="https://www.example.test/b", title="公文", actor=officer)
    with pytest.raises(Refused, match="未開放更正"):
        services.add_comment(line=other, words="也想改。", actor=officer)


def test_a_correction_answers_for_no_decision(report: Report, line: Line, people: People) -> None:
    decided.made(people, "NSTC")
    assert corrected(report, people, line, value=Decimal(60))


def test_what_lacks_is_refused_as_always(report: Report, line: Line, people: People) -> None:
    opened(report, people, line)
    written(report, people, line, value=None)
    with pytest.raises(Refused) as refused:
        services.sign_report(report=report, actor=people.holding(Role.APPROVER, "NSTC"))
    assert set(refused.value.errors) == {f"line-{line.pk}-value"}


def test_a_returned_correction_comes_back_and_stays_one(report: Report, line: Line, people: People) -> None:
    opened(report, people, line)
    written(report, people, line, value=Decimal(60))
    rounds.hand_in(report, people)
    services.return_report(report=report, actor=people.reviewer, comment="請附佐證。")
    line.refresh_from_db()
    assert (line.state, line.correcting) == (State.RETURNED, True)
    written(report, people, line, value=Decimal(61))
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    assert Correction.objects.get().reason == WHY


# --- what follows ---------------------------------------------------------------------------------------------
def test_old_new_reason_and_publication_stand_in_the_log(report: Report, line: Line, people: People) -> None:
    correction = corrected(report, people, line, value=Decimal(60))
    assert correction
    assert (correction.indicator, correction.organisation) == (line.indicator, report.organisation)
    assert (str(correction.quarter), correction.revision) == ("112Q1", 2)
    assert correction.said == {"value": ["600", "60"]}
    assert correction.reason == WHY
    assert correction.publication == Publication.objects.get()


def test_the_fact_is_superseded_and_figures_follow_while_the_publication_stays(
    report: Report, line: Line, people: People
) -> None:
    before = Publication.objects.get()
    corrected(report, people, line, value=Decimal(60))
    old, new = Observation.objects.filter(indicator=line.indicator).order_by("revision")
    assert (old.value, new.value) == (Decimal(600), Decimal(60))
    assert old.superseded_at == new.accepted_at and new.superseded_at is None
    assert new.reason == WHY
    after = Publication.objects.get()
    assert (after.content, after.digest) == (before.content, before.digest)
    rollups.recompute_stale_figures()
    assert not list(rollups.differences(plan=report.reporting_quarter.plan))


def test_until_it_is_accepted_what_was_published_is_in_force(
    report: Report, line: Line, people: People
) -> None:
    opened(report, people, line)
    written(report, people, line, value=Decimal(60))
    rounds.hand_in(report, people)
    assert Observation.objects.get(indicator=line.indicator).value == 600
    assert not Correction.objects.exists()


def test_once_accepted_the_line_is_closed_again(report: Report, line: Line, people: People) -> None:
    corrected(report, people, line, value=Decimal(60))
    line.refresh_from_db()
    assert (line.state, line.correcting) == (State.ACCEPTED, False)
    with pytest.raises(Refused, match="已截止"):
        written(report, people, line, value=Decimal(61))


def test_a_line_that_comes_back_unchanged_leaves_nothing_in_the_log(
    report: Report, line: Line, people: People
) -> None:
    assert corrected(report, people, line) is None
    assert Observation.objects.filter(indicator=line.indicator).count() == 1


def test_a_ministrys_own_judgement_is_not_told_to_the_public(
    report: Report, line: Line, people: People
) -> None:
    correction = corrected(report, people, line, value=Decimal(60), confidence="at_risk")
    assert correction and set(correction.said) == {"value"}


@pytest.mark.parametrize(
    ("name", "but", "said"),
    [
        (
            "program",
            {"planned_progress": Decimal(40), "actual_progress": Decimal(40), "spent": Decimal(1000)},
            {"planned_progress": ["50", "40"], "actual_progress": ["50", "40"], "spent": ["", "1000"]},
        ),
        ("milestone", {"reached_on": date(2023, 2, 1)}, {"reached_on": ["2023-01-01", "2023-02-01"]}),
        ("sub_item", {"narrative": "更正後。"}, {"narrative": ["已依計畫辦理。", "更正後。"]}),
    ],
)
def test_programmes_milestones_and_sub_items_are_logged_too(
    plan: Plan, people: People, visitor: Client, name: str, but: dict[str, Any], said: dict[str, Any]
) -> None:
    set_for(plan.programs.get(code="P01"))
    round_ = rounds.opened(plan, "112Q1", people)
    line = Line.objects.filter(report__reporting_quarter=round_, **{f"{name}__isnull": False}).earliest("id")
    report = line.report
    rounds.accepted(report, people)
    rounds.published(round_, people)
    report = Report.objects.select_related("organisation").get(pk=report.pk)
    opened(report, people, line)
    line.refresh_from_db()
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **but))
    result = services.save_lines(
        report=report, entries=[entry], actor=people.officer(report.organisation.code)
    )
    assert not result.errors
    rounds.hand_in(report, people)
    services.accept_report(report=report, actor=people.reviewer)
    correction = Correction.objects.get()
    assert getattr(correction, f"{name}_id") == getattr(line, f"{name}_id")
    assert correction.said == said
    assert WHY in visitor.get("/corrections/").content.decode()
    assert visitor.get("/en/corrections/").status_code == 200


def test_the_database_keeps_the_log_and_ends_corrections_with_their_acceptance(
    report: Report, line: Line, people: People
) -> None:
    correction = corrected(report, people, line, value=Decimal(60))
    assert correction
    for act in (
        lambda: Correction.objects.update(reason="沒有這回事。"),
        lambda: Correction.objects.all().delete(),
        lambda: Line.objects.filter(pk=line.pk).update(correcting=True),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"said": {}}, {"revision": 1}, {"indicator": None}, {"revision": 2}]
)
def test_the_database_refuses_a_correction_that_makes_no_sense(
    report: Report, line: Line, people: People, wrong: dict[str, Any]
) -> None:
    correction = corrected(report, people, line, value=Decimal(60))
    assert correction
    correction.pk, correction.revision = None, 3
    for name, value in wrong.items():
        setattr(correction, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        correction.save(force_insert=True)


# --- two at the same moment -----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_one_line_one_is_refused(report: Report, line: Line, people: People) -> None:
    reviewer = people.reviewer

    def act() -> object:
        return services.open_correction(report=report, lines={line.pk}, reason=WHY, actor=reviewer)

    done = at_once(act, act)
    assert sum(isinstance(each, Refused) for each in done) == 1
    assert line.steps.filter(act="reopen").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_one_correction_one_is_logged(report: Report, line: Line, people: People) -> None:
    reviewer = people.reviewer
    opened(report, people, line)
    written(report, people, line, value=Decimal(60))
    rounds.hand_in(report, people)
    done = at_once(*[lambda: services.accept_report(report=report, actor=reviewer) for _each in range(2)])
    assert sum(isinstance(each, Refused) for each in done) == 1
    assert Correction.objects.count() == 1


# --- working pages --------------------------------------------------------------------------------------------
def test_the_way_of_a_correction_through_the_pages(report: Report, line: Line, people: People) -> None:
    reviewer, officer = browser(people.reviewer), browser(people.officer("NSTC"))
    assert "公布後更正" in reviewer.get(url_of(report)).content.decode()
    page = reviewer.get(url_of(report, "correction"))
    assert page.status_code == 200 and f'value="{line.pk}"' in page.content.decode()
    done = reviewer.post(
        url_of(report, "correction") + "open/", {"line": [str(line.pk)], "reason": WHY}, follow=True
    )
    assert "更正中" in done.content.decode()
    assert WHY in officer.get("/work/").content.decode()
    form = officer.get(url_of(report)).content.decode()
    assert f'name="line-{line.pk}-value"' in form
    assert form.count('name="line-') and not [
        other.pk for other in report.lines.exclude(pk=line.pk) if f'name="line-{other.pk}-revision"' in form
    ]
    line.refresh_from_db()
    assert officer.post(url_of(report, "save"), page_of(report, {line: {"value": "60"}})).status_code == 302
    approver = browser(people.holding(Role.APPROVER, "NSTC"))
    assert approver.post(url_of(report, "sign")).status_code == 302
    assert officer.post(url_of(report, "submit"), {"as_saved": "1"}).status_code == 302
    waiting = [each.report for each in selectors.review_queue(people.reviewer).waiting]
    assert report in waiting
    services.accept_report(report=report, actor=people.reviewer)
    assert Correction.objects.get().said == {"value": ["600", "60"]}


@pytest.mark.parametrize(
    ("post", "field"),
    [
        ({"line": [], "reason": "打過的理由。"}, "lines"),
        ({"line": ["x", "9" * 20], "reason": "打過的理由。"}, "lines"),
        ({"line": ["LINE"], "reason": ""}, "reason"),
    ],
)
def test_a_refused_opening_keeps_what_was_typed_and_ticked(
    report: Report, line: Line, people: People, post: dict[str, Any], field: str
) -> None:
    post = {**post, "line": [key.replace("LINE", str(line.pk)) for key in post["line"]]}
    answer = browser(people.reviewer).post(url_of(report, "correction") + "open/", post)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{field}-error"' in page and post["reason"] in page
    assert (f'id="line-{line.pk}" checked' in page) == (str(line.pk) in post["line"])


def test_a_line_that_somebody_else_opened_meanwhile_is_said_to_be(
    report: Report, line: Line, people: People
) -> None:
    opened(report, people, line)
    answer = browser(people.reviewer).post(
        url_of(report, "correction") + "open/", {"line": [str(line.pk)], "reason": "打過的理由。"}
    )
    assert answer.status_code == 409
    assert "打過的理由。" in answer.content.decode()


def test_a_corrected_report_does_not_read_as_missing_in_the_overview(
    report: Report, line: Line, people: People
) -> None:
    opened(report, people, line)
    view = browser(people.reviewer).get("/dashboard/").context["view"]
    row = next(each for each in view.matrix if each.organisation.code == "NSTC")
    assert next(cell.state for cell in row.cells if cell) == State.RETURNED


# --- public pages ---------------------------------------------------------------------------------------------
@pytest.fixture
def visitor() -> Client:
    return Client()


def test_the_public_log_shows_old_new_reason_and_digest(
    report: Report, line: Line, people: People, visitor: Client
) -> None:
    assert "沒有更正" in visitor.get("/corrections/").content.decode()
    corrected(report, people, line, value=Decimal(60))
    page = html.unescape(visitor.get("/corrections/?quarter=112Q1").content.decode())
    assert "<del>600 名</del>" in page and "<ins>60 名</ins>" in page
    assert WHY in page and Publication.objects.get().digest[:12] in page
    assert "KR1.1" in page and "國科會" in page


def test_the_log_is_there_in_english(report: Report, line: Line, people: People, visitor: Client) -> None:
    corrected(report, people, line, value=Decimal(60), statement="value", narrative="改寫。")
    page = visitor.get("/en/corrections/").content.decode()
    main = page[page.index("<main") : page.index("</main>")].replace(WHY, "").replace("改寫。", "")
    assert "Corrections" in main and "NSTC" in main
    for word in ("更正", "季別", "本季", "公布"):
        assert word not in main


def test_published_pages_show_what_was_published_and_say_that_it_was_corrected(
    report: Report, line: Line, people: People, visitor: Client
) -> None:
    before = visitor.get("/indicators/KR1.1/").content.decode()
    assert "項更正" not in before and "公布後之更正" not in before
    corrected(report, people, line, value=Decimal(60))
    for path in ("/", "/indicators/KR1.1/"):
        page = visitor.get(path).content.decode()
        assert "公布後有 1 項更正" in page and "600" in page
    assert "<ins>60 名</ins>" in visitor.get("/indicators/KR1.1/").content.decode()
    other = Indicator.objects.exclude(code="KR1.1").earliest("id").code
    assert "項更正" not in visitor.get(f"/indicators/{other}/").content.decode()


def test_a_later_edition_has_the_correction_in_its_figures_and_says_nothing(
    report: Report, line: Line, people: People, plan: Plan, visitor: Client
) -> None:
    corrected(report, people, line, value=Decimal(60))
    later = rounds.opened(plan, "112Q2", people)
    rounds.published(later, people)
    assert "公布後有" not in visitor.get("/indicators/KR1.1/").content.decode()
    assert "公布後有 1 項更正" in visitor.get("/indicators/KR1.1/?quarter=112Q1").content.decode()


def test_the_log_of_a_quarter_that_was_not_published_is_not_found(report: Report, visitor: Client) -> None:
    assert visitor.get("/corrections/?quarter=113Q1").status_code == 404
    assert visitor.get("/corrections/?page=x").status_code == 200


def test_the_log_costs_the_same_for_one_and_for_many(
    report: Report,
    line: Line,
    people: People,
    visitor: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for value in (60, 61, 62):
        corrected(report, people, line, value=Decimal(value))
    with django_assert_max_num_queries(6):
        visitor.get("/corrections/")
