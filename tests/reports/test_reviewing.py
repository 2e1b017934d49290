"""A reviewer reads a report line by line, sees what changed since the round before, and decides without losing a word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.models import Observation
from ministries.models import Organisation, Role, User
from ministries.services import grant_role
from programs.models import Plan, Program
from reports import services
from reports.contents import LineContent, LineEntry
from reports.models import Line, LineRevision, Report, ReportingQuarter
from reports.views.review_parts import Posted
from tests import rounds
from tests.people import People
from tests.reports.pages import browser, url_of
from tests.stages import stage


@stage(upon="open_round")
def handed_in_report(plan: Plan, people: People) -> Report:
    """MOE's of 112Q1."""
    return rounds.submitted(rounds.report_of(rounds.round_of(plan, "112Q1"), "MOE"), people)


@pytest.fixture
def report(handed_in_report: Report) -> Report:
    return handed_in_report


@pytest.fixture
def client(people: People) -> Client:
    return browser(people.reviewer)


def lines_of(report: Report) -> list[Line]:
    return list(report.lines.select_related("report__reporting_quarter", "indicator"))


def key(line: Line) -> str:
    line.refresh_from_db()
    return f"{line.pk}-{line.revision}"


def page(client: Client, report: Report, more: str = "") -> str:
    return client.get(url_of(report) + more).content.decode()


def state(line: Line) -> str:
    line.refresh_from_db()
    return line.state


def another_reviewer(email: str = "second@secretariat.test", name: str = "乙君") -> User:
    user = User.objects.create_user(email, "a long test password", name=name)
    secretariat = Organisation.objects.get(is_secretariat=True)
    grant_role(user=user, organisation=secretariat, role=Role.REVIEWER, actor=None)
    return user


def rewritten(line: Line, people: People, **said: Any) -> None:
    line.refresh_from_db()
    entry = LineEntry(line.pk, line.revision, replace(LineContent.of(line), **said))
    report = rounds.report_of(line.report.reporting_quarter, "MOE")
    assert services.save_lines(report=report, entries=[entry], actor=people.officer("MOE")).saved


# --- one line, several lines, all lines ---------------------------------------------------------------------


def test_a_lines_own_button_decides_on_that_line_alone(report: Report, client: Client) -> None:
    first, second, *others = lines_of(report)
    accepted = client.post(url_of(report, "accept"), {"only": key(first)})
    assert accepted["Location"] == f"{url_of(report)}?decided#line-{second.pk}"
    returned = client.post(
        url_of(report, "return"), {"only": key(second), f"comment-{second.pk}": "請補充。"}
    )
    assert returned["Location"] == f"{url_of(report)}?decided#line-{others[0].pk}"
    assert (state(first), state(second)) == ("accepted", "returned")
    assert {state(line) for line in others} == {"submitted"}


def test_a_lines_button_goes_before_whatever_is_ticked(report: Report, client: Client) -> None:
    first, second, *_others = lines_of(report)
    client.post(url_of(report, "accept"), {"only": key(first), "line": [key(first), key(second)]})
    assert (state(first), state(second)) == ("accepted", "submitted")


def test_ticked_lines_come_back_each_with_its_own_words_or_those_for_all(
    report: Report, client: Client
) -> None:
    first, second, third, *_others = lines_of(report)
    data = {"line": [key(first), key(second)], f"comment-{first.pk}": "請補充甲。", "comment": "請全面檢視。"}
    client.post(url_of(report, "return"), data)
    comments = dict(report.events.get(act="return").steps.values_list("line_id", "comment"))
    assert comments == {first.pk: "請補充甲。", second.pk: "請全面檢視。"}
    assert state(third) == "submitted"


def test_all_means_the_lines_that_were_shown(report: Report, client: Client) -> None:
    shown = ",".join(key(line) for line in lines_of(report))
    answer = client.post(url_of(report, "accept"), {"all": "yes", "shown": shown})
    assert answer["Location"] == f"{url_of(report)}?decided#review-bar"
    assert {state(line) for line in lines_of(report)} == {"accepted"}


def test_words_typed_while_accepting_stay_with_the_fact(report: Report, client: Client) -> None:
    line = next(line for line in lines_of(report) if line.indicator_id)
    client.post(url_of(report, "accept"), {"only": key(line), f"comment-{line.pk}": "已電洽確認。"})
    assert line.steps.get(act="accept").comment == "已電洽確認。"
    assert Observation.objects.get(indicator=line.indicator).reason == "已電洽確認。"


def test_the_page_says_what_became_of_the_decision_and_how_much_is_left(
    report: Report, client: Client
) -> None:
    first, *others = lines_of(report)
    client.post(url_of(report, "accept"), {"only": key(first)})
    said = page(client, report, "?decided")
    assert "已核定 1 項。" in said and f"待您審查 {len(others)} 項" in said
    assert "已核定 1 項。" not in page(client, report)
    assert "/review/next/?after=" in said


def test_decided_lines_fold_away_and_waiting_ones_stay_open(report: Report, client: Client) -> None:
    first, second, *_others = lines_of(report)
    client.post(url_of(report, "accept"), {"only": key(first)})
    said = page(client, report)
    assert said.count('class="folded"') == 1
    assert f'data-waits="{first.pk}"' not in said and f'data-waits="{second.pk}"' in said


def test_words_typed_for_other_lines_stay_when_one_is_decided(report: Report, client: Client) -> None:
    first, second, *_others = lines_of(report)
    data = {"only": key(first), f"comment-{second.pk}": "寫到一半"}
    answer = client.post(url_of(report, "accept"), data)
    said = answer.content.decode()
    assert answer.status_code == 200 and "寫到一半</textarea>" in said and "已核定 1 項。" in said
    assert state(first) == "accepted"


# --- refused ------------------------------------------------------------------------------------------------


def test_returning_without_words_is_said_at_each_line_and_keeps_the_others_words(
    report: Report, client: Client
) -> None:
    first, second, *_others = lines_of(report)
    data = {"line": [key(first), key(second)], f"comment-{first.pk}": "請補充甲。"}
    answer = client.post(url_of(report, "return"), data)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="comment-{second.pk}-error"' in said and f'id="comment-{first.pk}-error"' not in said
    assert "請補充甲。</textarea>" in said
    assert said.count(" checked>") == 2 + 1  # both ticks, and the switch of the keys
    assert state(first) == "submitted"


@pytest.mark.parametrize("words", ["\x00", "字" * 100_001])
def test_words_that_cannot_be_kept_are_refused_at_their_field(
    report: Report, client: Client, words: str
) -> None:
    first, *_others = lines_of(report)
    answer = client.post(url_of(report, "return"), {"only": key(first), f"comment-{first.pk}": words})
    assert answer.status_code == 422 and f'id="comment-{first.pk}-error"' in answer.content.decode()
    together = client.post(url_of(report, "return"), {"only": key(first), "comment": words})
    assert together.status_code == 422 and 'id="comment-error"' in together.content.decode()


def test_nothing_ticked_is_refused(report: Report, client: Client) -> None:
    for verb in ("accept", "return", "reopen", "withdraw"):
        answer = client.post(url_of(report, verb), {"comment": "請補充。"})
        assert answer.status_code == 422 and "請先勾選" in answer.content.decode()


def test_a_line_of_another_report_is_not_found(
    report: Report, open_round: ReportingQuarter, client: Client, people: People
) -> None:
    other = rounds.submitted(rounds.report_of(open_round, "NDC"), people).lines.get()
    for verb in ("accept", "return"):
        assert client.post(url_of(report, verb), {"only": key(other)}).status_code == 404


def test_keys_that_are_none_are_not_taken_for_lines() -> None:
    from django.http import QueryDict

    data = QueryDict(
        "line=7-3&line=x&line=８-1&line=9&line=-1&shown=1-2,,y,4&only=&comment-5=%20&comment-x=y"
    )
    posted = Posted.of(data)
    assert posted.lines == {7: 3, 9: 0} and posted.shown == {1: 2, 4: 0}
    assert not posted.only and not posted.comments and posted.seen == {7: 3}


def test_of_two_reviewers_one_wins_and_the_other_reads_who_decided_what_and_when(
    report: Report, people: People
) -> None:
    line, other, *_others = lines_of(report)
    mine = {
        "line": [key(line), key(other)],
        f"comment-{line.pk}": "我的意見",
        f"comment-{other.pk}": "另一項的意見",
    }
    services.accept_lines(lines=[line], actor=people.reviewer)
    answer = browser(another_reviewer()).post(url_of(report, "return"), mine)
    said = answer.content.decode()
    assert answer.status_code == 409
    assert people.reviewer.name in said and "您輸入的意見：我的意見" in said
    assert "另一項的意見</textarea>" in said
    assert (state(line), state(other)) == ("accepted", "submitted")


def test_what_was_handed_in_anew_since_the_page_was_opened_is_not_decided_unread(
    report: Report, client: Client, people: People
) -> None:
    line, *_others = lines_of(report)
    read = key(line)
    services.recall_report(report=report, actor=people.officer("MOE"))
    rewritten(line, people, narrative="換了一版。")
    rounds.hand_in(report, people)
    answer = client.post(url_of(report, "accept"), {"only": read})
    assert answer.status_code == 409 and "已重新送出" in answer.content.decode()
    assert state(line) == "submitted"


# --- the round before ---------------------------------------------------------------------------------------


def test_the_second_round_shows_what_was_asked_for_beside_what_changed(
    report: Report, client: Client, people: People
) -> None:
    line = next(line for line in lines_of(report) if line.program_id)
    services.return_lines(comments={line: "請補充實際進度之依據。"}, actor=people.reviewer)
    rewritten(line, people, actual_progress=Decimal(47), narrative="依工作月報，進度為 47%。")
    rounds.hand_in(report, people)
    said = page(client, report)
    part = said[said.index('class="round-before"') :]
    part = part[: part.index('class="verdict')]
    assert "第 2 次送出：與前次之差異" in said
    assert (
        "請補充實際進度之依據。" in part and "依工作月報，進度為 47%。" in part and "已依計畫辦理。" in part
    )
    assert "<td" in part and "50" in part and "47" in part and "−3" in part
    assert said.count('class="round-before"') == 1


def test_a_line_that_came_back_unchanged_says_so(report: Report, client: Client, people: People) -> None:
    line, *_others = lines_of(report)
    services.return_lines(comments={line: "請補充。"}, actor=people.reviewer)
    rounds.hand_in(report, people)
    assert "內容與前次送出完全相同。" in page(client, report)


def test_the_first_round_shows_no_round_before(report: Report, client: Client) -> None:
    assert "round-before" not in page(client, report)


def test_what_the_ministry_is_writing_is_not_shown(report: Report, client: Client, people: People) -> None:
    line, *_others = lines_of(report)
    services.return_lines(comments={line: "請補充。"}, actor=people.reviewer)
    rewritten(line, people, narrative="還沒送出的文字")
    assert "還沒送出的文字" not in page(client, report)


def test_the_ministry_reads_at_each_line_why_it_came_back(
    report: Report, client: Client, people: People
) -> None:
    first, second, *_others = lines_of(report)
    data = {
        "line": [key(first), key(second)],
        f"comment-{first.pk}": "請補充甲。",
        f"comment-{second.pk}": "請補充乙。",
    }
    client.post(url_of(report, "return"), data)
    said = page(browser(people.officer("MOE")), report)
    for line, words in ((first, "請補充甲。"), (second, "請補充乙。")):
        assert words in said[said.index(f'id="line-{line.pk}"') :].split("</article>")[0]
    assert "各項意見列於該項之下。" in said


# --- four eyes ----------------------------------------------------------------------------------------------


def test_what_a_reviewer_had_a_hand_in_is_not_offered_to_them(
    report: Report, client: Client, people: People
) -> None:
    line, *others = lines_of(report)
    written = LineRevision.objects.filter(line=line).values("content", "at").first()
    assert written
    LineRevision.objects.create(line=line, revision=99, by=people.reviewer, **written)
    said = page(client, report)
    assert "此項由您填報、核稿或送出" in said
    assert said.count('data-act="accept"') == len(others)
    assert client.post(url_of(report, "accept"), {"only": key(line)}).status_code == 409


def test_with_a_second_reviewer_the_first_endorses_and_the_second_reads_whose_agreement_it_was(
    report: Report, client: Client, people: People, plan: Plan
) -> None:
    services.switch_second_review(plan=plan, needed=True, actor=people.head)
    line, *_others = lines_of(report)
    assert "初審同意" in page(client, report)
    client.post(url_of(report, "accept"), {"only": key(line), f"comment-{line.pk}": "數字相符。"})
    assert state(line) == "endorsed"
    said = page(client, report, "?decided")
    assert "待另一位管考人員複審" in said and "此項由您初審" in said
    second = browser(another_reviewer())
    theirs = page(second, report)
    assert "待複審" in theirs and people.reviewer.name in theirs and "數字相符。" in theirs
    second.post(url_of(report, "accept"), {"only": key(line)})
    assert state(line) == "accepted"


# --- taking back --------------------------------------------------------------------------------------------


def test_ticked_accepted_lines_are_reopened_and_the_others_stay(
    report: Report, client: Client, people: People
) -> None:
    services.accept_report(report=report, actor=people.reviewer)
    line, *others = lines_of(report)
    assert f'form="correction" name="line" value="{key(line)}"' in page(client, report)
    refused = client.post(url_of(report, "reopen"), {"line": key(line), "comment": " "})
    assert refused.status_code == 422 and " checked>" in refused.content.decode()
    client.post(url_of(report, "reopen"), {"line": key(line), "comment": "單位誤植。"})
    assert state(line) == "returned" and {state(each) for each in others} == {"accepted"}


def test_withdrawing_ticked_lines_takes_out_their_facts_alone(
    report: Report, client: Client, people: People
) -> None:
    services.accept_report(report=report, actor=people.reviewer)
    line = next(line for line in lines_of(report) if line.indicator_id)
    client.post(url_of(report, "withdraw"), {"line": key(line), "comment": "單位誤植。"})
    assert state(line) == "returned"
    assert report.lines.filter(state="accepted").count() == report.lines.count() - 1


# --- what it costs ------------------------------------------------------------------------------------------


def queries_of(act: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return sum("SAVEPOINT" not in each["sql"] for each in queries)


def test_two_hundred_lines_are_read_in_fifteen_queries_and_one_is_accepted_in_fifteen(
    open_round: ReportingQuarter, people: People, client: Client
) -> None:
    report = rounds.report_of(open_round, "NSTC")
    programs = Program.objects.bulk_create(
        Program(
            plan=open_round.plan,
            code=f"X{n}",
            organisation=report.organisation,
            name_zh=f"計畫{n}",
            kind="new",
        )
        for n in range(200)
    )
    Line.objects.bulk_create(
        Line(report=report, order=100 + n, program=program) for n, program in enumerate(programs)
    )
    rounds.submitted(report, people)
    services.return_report(report=report, actor=people.reviewer, comment="請補充。")
    rounds.submitted(report, people, 2)
    assert queries_of(lambda: client.get(url_of(report))) <= 15
    line = report.lines.filter(program__isnull=False).first()
    assert line
    data = {"only": key(line)}
    assert queries_of(lambda: client.post(url_of(report, "accept"), data)) <= 15
    assert state(line) == "accepted"
