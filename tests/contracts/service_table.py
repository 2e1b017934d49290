"""Who may do what through the services, one row each: what has to be there, the call, who may, and in a closed round.

The ministry of the table is the Ministry of Education's in tests.reports.small_ministries; its report is of 120Q1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from kpis.models import Comparator, Frequency, Indicator
from kpis.services.revising import Terms
from ministries import clock
from ministries import services as ministries
from ministries.models import Deputyship, Letter, Membership, Organisation, Role, User
from programs.models import Pillar, Plan, Program, TableColumn
from programs.quarters import Quarter
from reports import services
from reports.contents import LineEntry
from reports.decided import DecisionContent, ProgressContent
from reports.models import Decision, Line, Outlook, PublicationProposal, Report, ReportingQuarter
from reports.program_contents import Joining, MarkWish, PartWish, RevisionContent, StandingContent
from tests import rounds
from tests.people import People
from tests.programs.asking import NEW_MILESTONE, asked_for
from tests.reports.documents import PDF
from tests.reports.evidence import upload
from tests.reports.small_ministries import FIRST

DONE, REFUSED = "done", "refused"
OURS, OTHERS = "MOE", "NDC"
NEXT = FIRST + 1


@dataclass
class Scene:
    """What the calls of the table are about."""

    plan: Plan
    people: People

    @cached_property
    def ministry(self) -> Organisation:
        return Organisation.objects.get(code=OURS)

    @cached_property
    def program(self) -> Program:
        return self.plan.programs.get(code="P1")

    @cached_property
    def indicator(self) -> Indicator:
        """The one that both ministries owe."""
        return self.plan.indicators.get(code="K1")

    @property
    def round(self) -> ReportingQuarter:
        return rounds.round_of(self.plan, FIRST.code)

    @property
    def report(self) -> Report:
        return rounds.report_of(self.round, OURS)

    @property
    def lines(self) -> list[Line]:
        return list(self.report.lines.select_related("indicator", "report__reporting_quarter"))

    @property
    def line(self) -> Line:
        return self.lines[0]

    @property
    def entries(self) -> list[LineEntry]:
        return [LineEntry(line.pk, line.revision, rounds.content_for(line, 9)) for line in self.lines]

    def colleague(self, name: str = "colleague") -> User:
        """Somebody of the ministry upon whom account managers act."""
        email = f"{name}@spare.test"
        known = User.objects.filter(email=email).first()
        if known:
            return known
        user = User.objects.create_user(email, "x" * 16, name=name)
        ministries.grant_role(user=user, organisation=self.ministry, role=Role.OFFICER, actor=None)
        return user


Prepare = Callable[[Scene], Any]


def nothing(scene: Scene) -> None:
    """The round is open, and nothing was written."""


def written(scene: Scene) -> Report:
    return rounds.fill(scene.report, scene.people)


def signed(scene: Scene) -> Report:
    return rounds.signed(written(scene), scene.people)


def handed_in(scene: Scene) -> Report:
    return rounds.submitted(scene.report, scene.people)


def accepted(scene: Scene) -> Report:
    return rounds.accepted(scene.report, scene.people)


def published(scene: Scene) -> None:
    accepted(scene)
    rounds.published(scene.round, scene.people)


def opened(scene: Scene) -> None:
    """For correction, by a reviewer, after publication."""
    published(scene)
    services.open_correction(
        report=scene.report, lines=[scene.line.pk], reason="數字誤植。", actor=scene.people.reviewer
    )


def a_publication(scene: Scene) -> PublicationProposal:
    """Proposed by somebody who is none of the table's."""
    user = User.objects.create_user("proposer@spare.test", "x" * 16, name="proposer")
    secretariat = Organisation.objects.get(is_secretariat=True)
    ministries.grant_role(user=user, organisation=secretariat, role=Role.REVIEWER, actor=None)
    return services.propose_publication(reporting_quarter=scene.round, actor=user)


def a_request_for_time(scene: Scene) -> Any:
    return services.ask_extension(
        report=scene.report,
        until=scene.round.due_on + timedelta(days=5),
        reason="資料尚待彙整。",
        actor=scene.people.officer(OURS),
    )


def a_piece_of_evidence(scene: Scene) -> Any:
    return services.attach_file(
        line=scene.line, file=upload("報告.pdf", PDF), actor=scene.people.officer(OURS)
    )


def a_decision(scene: Scene) -> Decision:
    """Asked for in the report: it was made in the quarter that is reported on."""
    with clock.set_to(rounds.after(FIRST, -5)):
        return services.make_decision(
            plan=scene.plan, content=what_is_decided(scene), actor=scene.people.head
        )


def a_closed_decision(scene: Scene) -> Decision:
    return services.close_decision(
        decision=a_decision(scene), reason="已完成。", revision=1, actor=scene.people.head
    )


def what_is_decided(scene: Scene, **but: Any) -> DecisionContent:
    content = DecisionContent("完成資料治理指引。", scene.ministry, Quarter.of(2031, 4))
    return replace(content, **but)


def what_is_revised() -> RevisionContent:
    wish = replace(NEW_MILESTONE, due_on=NEXT.last_day)
    return asked_for(effective_from=NEXT, milestones=(wish,))


def a_revision(scene: Scene) -> Any:
    return services.propose_revision(
        program=scene.program, content=what_is_revised(), actor=scene.people.officer(OURS)
    )


def a_release(scene: Scene) -> Any:
    return services.ask_release(
        program=scene.program, ground="finished", explanation="已完成。", actor=scene.people.officer(OURS)
    )


TERMS = Terms(
    comparator=Comparator.AT_LEAST, value=Decimal(700), frequency=Frequency.ANNUAL, effective_from=NEXT
)


def a_proposal(scene: Scene) -> Any:
    return services.propose_target(
        indicator=scene.indicator,
        organisation=scene.ministry,
        terms=TERMS,
        ground="報名人數逐年增加。",
        actor=scene.people.officer(OURS),
    )


def a_part(scene: Scene) -> Any:
    return services.add_part(
        program=scene.program,
        part=PartWish("分項", "Part"),
        effective_from=NEXT,
        words="奉核。",
        actor=scene.people.administrator,
    )


def a_column(scene: Scene) -> TableColumn:
    return TableColumn.objects.create(
        plan=scene.plan,
        pillar=Pillar.objects.get(plan=scene.plan),
        table=3,
        order=1,
        heading_zh="欄",
        heading_en="Column",
    )


def a_colleague(scene: Scene) -> User:
    return scene.colleague()


def two_colleagues(scene: Scene) -> tuple[User, User]:
    return scene.colleague(), scene.colleague("successor")


def a_disabled_colleague(scene: Scene) -> User:
    user = scene.colleague()
    ministries.disable_account(user=user, actor=scene.people.administrator)
    return user


def an_invited_colleague(scene: Scene) -> User:
    return ministries.invite_person(
        email="invited@spare.test",
        name="新進同仁",
        organisation=scene.ministry,
        role=Role.OFFICER,
        actor=scene.people.administrator,
    )


def a_deputyship(scene: Scene) -> Deputyship:
    """Between two colleagues, neither of whom acts in the table."""
    principal, deputy = two_colleagues(scene)
    return ministries.name_deputy(
        principal=principal,
        deputy=deputy,
        organisation=scene.ministry,
        from_day=clock.today(),
        until_day=clock.today(),
        actor=principal,
    )


def a_letter_that_failed(scene: Scene) -> Letter:
    now = clock.now()
    return Letter.objects.create(
        person=scene.people.officer(OURS),
        address="officer@moe.test",
        language="zh-hant",
        subject="通知",
        body="內容",
        message_id="<1@test>",
        state=Letter.State.FAILED,
        written_at=now,
        failed_at=now,
        attempts=3,
        error="550",
    )


@dataclass(frozen=True)
class Row:
    """`who` may, and their deputies where `is_lent`; `closed` is what those who may get once the round is closed."""

    before: Prepare
    call: Callable[[Scene, Any, User], Any]
    who: frozenset[str]
    closed: str = DONE
    is_lent: bool = True


def of(*roles: str) -> frozenset[str]:
    return frozenset(roles)


OFFICER = of("officer")
APPROVER = of("approver")
MINISTRY = of("officer", "approver")
REVIEWER = of("reviewer")
HEAD = of("head")
ADMINISTRATOR = of("administrator")
KEEPERS = of("reviewer", "head")
MANAGERS = of("manager", "administrator")


def on_report(name: str, **words: Any) -> Callable[[Scene, Any, User], Any]:
    """The service called upon the report of the table."""
    return lambda scene, _it, actor: getattr(services, name)(report=scene.report, actor=actor, **words)


def entering(name: str, before: Prepare, who: Iterable[str], **words: Any) -> Row:
    """An act that ends with the round."""
    return Row(before, on_report(name, **words), frozenset(who), REFUSED)


TABLE: dict[str, Row] = {
    # --- writing and handing in
    "save_lines": Row(
        nothing,
        lambda s, _it, actor: services.save_lines(report=s.report, entries=s.entries, actor=actor),
        OFFICER,
        REFUSED,
    ),
    "save_line": Row(
        nothing,
        lambda s, _it, actor: services.save_line(
            quarter=FIRST,
            organisation_code=OURS,
            line_id=s.line.pk,
            read=lambda line: LineEntry(line.pk, line.revision, rounds.content_for(line)),
            actor=actor,
        ),
        OFFICER,
        REFUSED,
    ),
    "copy_forward": entering("copy_forward", nothing, OFFICER),
    "ask_for_sign_off": entering("ask_for_sign_off", written, OFFICER),
    "sign_report": entering("sign_report", written, APPROVER),
    "send_back": entering("send_back", signed, APPROVER, comment="請補充。"),
    "submit_report": entering("submit_report", signed, MINISTRY),
    "recall_report": entering("recall_report", handed_in, MINISTRY),
    "attach_file": Row(
        nothing,
        lambda s, _it, actor: services.attach_file(line=s.line, file=upload("表.pdf", PDF), actor=actor),
        OFFICER,
        REFUSED,
    ),
    "attach_link": Row(
        nothing,
        lambda s, _it, actor: services.attach_link(line=s.line, url="https://moe.test/", actor=actor),
        OFFICER,
        REFUSED,
    ),
    "remove_evidence": Row(
        a_piece_of_evidence,
        lambda _s, it, actor: services.remove_evidence(evidence=it, actor=actor),
        OFFICER,
        REFUSED,
    ),
    "add_comment": Row(
        handed_in,
        lambda s, _it, actor: services.add_comment(line=s.line, words="請說明。", actor=actor),
        MINISTRY | REVIEWER,
    ),
    "announce_coordination": Row(
        handed_in,
        lambda s, _it, actor: services.announce_coordination(report=s.report, lines=s.lines, actor=actor),
        MINISTRY,
    ),
    "ask_extension": Row(
        nothing,
        lambda s, _it, actor: services.ask_extension(
            report=s.report, until=s.round.due_on + timedelta(days=3), reason="待彙整。", actor=actor
        ),
        MINISTRY,
        REFUSED,
    ),
    "withdraw_extension": Row(
        a_request_for_time,
        lambda _s, it, actor: services.withdraw_extension(extension=it, actor=actor),
        MINISTRY,
    ),
    "answer_extension": Row(
        a_request_for_time,
        lambda _s, it, actor: services.answer_extension(extension=it, granted=True, actor=actor),
        ADMINISTRATOR,
        REFUSED,
    ),
    # --- review
    "accept_report": Row(handed_in, on_report("accept_report"), REVIEWER),
    "accept_reports": Row(
        handed_in,
        lambda s, _it, actor: services.accept_reports(reports=[s.report], actor=actor),
        REVIEWER,
    ),
    "accept_lines": Row(
        handed_in, lambda s, _it, actor: services.accept_lines(lines=[s.line], actor=actor), REVIEWER
    ),
    "return_lines": Row(
        handed_in,
        lambda s, _it, actor: services.return_lines(comments={s.line: "請補充。"}, actor=actor),
        REVIEWER,
    ),
    "return_report": Row(handed_in, on_report("return_report", comment="請補充。"), REVIEWER),
    "reopen_report": entering("reopen_report", accepted, REVIEWER, comment="請更正。"),
    "withdraw_acceptance": Row(accepted, on_report("withdraw_acceptance", comment="請更正。"), REVIEWER),
    "open_correction": Row(
        published,
        lambda s, _it, actor: services.open_correction(
            report=s.report, lines=[s.line.pk], reason="數字誤植。", actor=actor
        ),
        REVIEWER,
    ),
    "cancel_correction": Row(
        opened,
        lambda s, _it, actor: services.cancel_correction(
            report=s.report, lines=[s.line.pk], reason="無須更正。", actor=actor
        ),
        REVIEWER,
    ),
    # --- rounds and rules
    "open_quarter": Row(
        nothing,
        lambda s, _it, actor: services.open_quarter(
            reporting_quarter=rounds.round_of(s.plan, NEXT.code), actor=actor
        ),
        ADMINISTRATOR,
    ),
    "close_quarter": Row(
        nothing,
        lambda s, _it, actor: services.close_quarter(reporting_quarter=s.round, actor=actor),
        ADMINISTRATOR,
        REFUSED,
    ),
    "propose_publication": Row(
        nothing,
        lambda s, _it, actor: services.propose_publication(reporting_quarter=s.round, actor=actor),
        of("reviewer", "head", "administrator"),
    ),
    "confirm_publication": Row(
        a_publication,
        lambda _s, it, actor: services.confirm_publication(proposal=it, digest=it.digest, actor=actor),
        HEAD,
    ),
    "refuse_publication": Row(
        a_publication,
        lambda _s, it, actor: services.refuse_publication(proposal=it, words="請補正。", actor=actor),
        HEAD,
    ),
    "withdraw_publication": Row(
        a_publication,
        lambda _s, it, actor: services.withdraw_publication(proposal=it, actor=actor),
        of("reviewer", "head", "administrator"),
    ),
    "set_quarter_dates": Row(
        nothing,
        lambda s, _it, actor: services.set_quarter_dates(
            reporting_quarter=s.round,
            dates=replace(services.QuarterDates.of(s.round), closes_on=s.round.closes_on + timedelta(days=1)),
            reason="配合作業。",
            actor=actor,
        ),
        ADMINISTRATOR,
    ),
    "update_roster": Row(
        nothing,
        lambda s, _it, actor: services.update_roster(reporting_quarter=s.round, actor=actor),
        ADMINISTRATOR,
    ),
    "switch_sign_off": Row(
        nothing,
        lambda s, _it, actor: services.switch_sign_off(organisation=s.ministry, needed=False, actor=actor),
        of("manager"),
    ),
    "switch_second_review": Row(
        nothing,
        lambda s, _it, actor: services.switch_second_review(plan=s.plan, needed=True, actor=actor),
        HEAD,
    ),
    # --- decisions of meetings
    "make_decision": Row(
        nothing,
        lambda s, _it, actor: services.make_decision(plan=s.plan, content=what_is_decided(s), actor=actor),
        KEEPERS,
    ),
    "change_decision": Row(
        a_decision,
        lambda s, it, actor: services.change_decision(
            decision=it, content=what_is_decided(s, text="改訂。"), reason="變更。", revision=1, actor=actor
        ),
        KEEPERS,
    ),
    "close_decision": Row(
        a_decision,
        lambda _s, it, actor: services.close_decision(decision=it, reason="完成。", revision=1, actor=actor),
        KEEPERS,
    ),
    "reopen_decision": Row(
        a_closed_decision,
        lambda _s, it, actor: services.reopen_decision(decision=it, reason="續辦。", revision=2, actor=actor),
        KEEPERS,
    ),
    "save_decision_progress": Row(
        a_decision,
        lambda s, it, actor: services.save_decision_progress(
            decision=it,
            report=s.report,
            content=ProgressContent("已研商。", Outlook.IN_PROGRESS),
            revision=0,
            actor=actor,
        ),
        OFFICER,
        REFUSED,
    ),
    # --- changes of the plan
    "propose_revision": Row(
        nothing,
        lambda s, _it, actor: services.propose_revision(
            program=s.program, content=what_is_revised(), actor=actor
        ),
        MINISTRY,
    ),
    "decide_revision": Row(
        a_revision,
        lambda _s, it, actor: services.decide_revision(revision=it, approve=True, words="", actor=actor),
        HEAD,
    ),
    "withdraw_request": Row(
        a_revision, lambda _s, it, actor: services.withdraw_request(request=it, actor=actor), MINISTRY
    ),
    "ask_release": Row(
        nothing,
        lambda s, _it, actor: services.ask_release(
            program=s.program, ground="finished", explanation="已完成。", actor=actor
        ),
        MINISTRY,
    ),
    "answer_release": Row(
        a_release,
        lambda _s, it, actor: services.answer_release(release=it, approve=True, words="", actor=actor),
        HEAD,
    ),
    "propose_target": Row(
        nothing,
        lambda s, _it, actor: services.propose_target(
            indicator=s.indicator, organisation=s.ministry, terms=TERMS, ground="提高。", actor=actor
        ),
        MINISTRY,
    ),
    "withdraw_proposal": Row(
        a_proposal, lambda _s, it, actor: services.withdraw_proposal(proposal=it, actor=actor), MINISTRY
    ),
    "decide_target": Row(
        a_proposal,
        lambda _s, it, actor: services.decide_target(proposal=it, approve=True, actor=actor),
        HEAD,
    ),
    "join_program": Row(
        a_column,
        lambda s, it, actor: services.join_program(
            plan=s.plan,
            content=Joining(
                replace(StandingContent.of(s.program), name_zh="新計畫"),
                NEXT,
                "奉核。",
                marks=(MarkWish(it, "primary"),),
            ),
            actor=actor,
        ),
        ADMINISTRATOR,
    ),
    "change_standing": Row(
        nothing,
        lambda s, _it, actor: services.change_standing(
            program=s.program,
            standing=replace(StandingContent.of(s.program), name_zh="改名計畫"),
            effective_from=NEXT,
            words="奉核。",
            actor=actor,
        ),
        ADMINISTRATOR,
    ),
    "change_marks": Row(
        a_column,
        lambda s, it, actor: services.change_marks(
            program=s.program,
            marks=[MarkWish(it, "primary")],
            effective_from=NEXT,
            words="奉核。",
            actor=actor,
        ),
        ADMINISTRATOR,
    ),
    "add_part": Row(
        nothing,
        lambda s, _it, actor: services.add_part(
            program=s.program,
            part=PartWish("分項", "Part"),
            effective_from=NEXT,
            words="奉核。",
            actor=actor,
        ),
        ADMINISTRATOR,
    ),
    "end_part": Row(
        a_part,
        lambda _s, it, actor: services.end_part(
            part=it, effective_from=NEXT + 1, words="奉核。", actor=actor
        ),
        ADMINISTRATOR,
    ),
    "change_owner": Row(
        nothing,
        lambda s, _it, actor: services.change_owner(
            indicator=s.indicator,
            leaving=s.ministry,
            joining=None,
            effective_from=NEXT,
            words="奉核。",
            actor=actor,
        ),
        ADMINISTRATOR,
    ),
}


def upon_people(before: Prepare, call: Callable[[Scene, Any, User], Any]) -> Row:
    """An act of those who manage accounts, which no deputy is lent."""
    return Row(before, call, MANAGERS, is_lent=False)


def _membership_of(user: User) -> Membership:
    return user.memberships.get(ended_at__isnull=True)


TABLE |= {
    "invite_person": upon_people(
        nothing,
        lambda s, _it, actor: ministries.invite_person(
            email="new@spare.test", name="新", organisation=s.ministry, role=Role.OFFICER, actor=actor
        ),
    ),
    "invite_again": upon_people(
        an_invited_colleague, lambda _s, it, actor: ministries.invite_again(user=it, actor=actor)
    ),
    "disable_account": upon_people(
        a_colleague, lambda _s, it, actor: ministries.disable_account(user=it, actor=actor)
    ),
    "enable_account": upon_people(
        a_disabled_colleague, lambda _s, it, actor: ministries.enable_account(user=it, actor=actor)
    ),
    "grant_role": upon_people(
        a_colleague,
        lambda s, it, actor: ministries.grant_role(
            user=it, organisation=s.ministry, role=Role.APPROVER, actor=actor
        ),
    ),
    "end_role": upon_people(
        a_colleague, lambda _s, it, actor: ministries.end_role(membership=_membership_of(it), actor=actor)
    ),
    "hand_over": upon_people(
        two_colleagues,
        lambda s, it, actor: ministries.hand_over(
            leaver=it[0], successor=it[1], organisation=s.ministry, actor=actor
        ),
    ),
    "name_deputy": upon_people(
        two_colleagues,
        lambda s, it, actor: ministries.name_deputy(
            principal=it[0],
            deputy=it[1],
            organisation=s.ministry,
            from_day=clock.today(),
            until_day=clock.today(),
            actor=actor,
        ),
    ),
    "end_deputyship": upon_people(
        a_deputyship, lambda _s, it, actor: ministries.end_deputyship(deputyship=it, actor=actor)
    ),
    "note_export": Row(
        nothing,
        lambda _s, _it, actor: services.note_export(asked={}, ending="csv", entries=0, actor=actor),
        of("auditor"),
        is_lent=False,
    ),
    "resend_letter": Row(
        a_letter_that_failed,
        lambda _s, it, actor: ministries.resend_letter(letter=it, actor=actor),
        ADMINISTRATOR,
        is_lent=False,
    ),
}
