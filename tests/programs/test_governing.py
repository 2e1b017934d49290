"""Programmes join the plan later, and parts, marks, owners and organisations change: from a quarter on, with history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, transaction

from kpis.engine.nodes import nodes
from kpis.imports import PlanFilesRefused
from kpis.models import Indicator, IndicatorOwner, RollupTask
from kpis.services.plan_loading import load_plans
from ministries.models import AuditEntry, Notice, Organisation
from ministries.services import Refused
from programs.models import Plan, PlanChange, Program, ProgramMark, ProgramMilestone, ProgramPart
from programs.quarters import Quarter
from programs.selectors import marks_in_force
from reports import services
from reports.program_contents import Joining, MarkWish, PartWish, StandingContent
from reports.rosters import OwedLine, owed_lines
from reports.selectors import programs_page
from reports.services.governing import marks_of
from tests import rounds
from tests.kpis.invented_plan import written
from tests.people import People
from tests.programs.asking import NEW_MILESTONE, a_milestone, approved, wish_for
from tests.reports.pages import browser

pytestmark = pytest.mark.django_db

FROM = Quarter.parse("113Q1")


@pytest.fixture
def program(plan: Plan) -> Program:
    """A programme of the whole plan's time, of 國科會."""
    return plan.programs.get(code="P01")


def organisation(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def a_joining(plan: Plan, **changes: Any) -> Joining:
    """數位部's programme, marked √ in one column and △ in another, from 113Q1 on."""
    first, second = plan.table_columns.order_by("table", "order")[:2]
    standing = StandingContent(
        organisation=organisation("MODA"),
        name_zh="生成式 AI 推動計畫",
        name_en="Generative AI programme",
        kind="new",
        name_is_provisional=True,
        period_printed="113-116",
        period_start=date(2024, 1, 1),
        period_end=date(2027, 12, 31),
    )
    content = Joining(
        standing=standing,
        effective_from=FROM,
        words="行政院核定。",
        purpose_zh="推動生成式 AI 應用。",
        parts=(PartWish("算力分項", "Computing part"),),
        marks=(MarkWish(first, "primary"), MarkWish(second, "related")),
    )
    return replace(content, **changes)


def joined(plan: Plan, people: People, **changes: Any) -> Program:
    return services.join_program(plan=plan, content=a_joining(plan, **changes), actor=people.administrator)


def owed(plan: Plan, code: str, organisation_code: str) -> list[OwedLine]:
    return owed_lines(plan, Quarter.parse(code)).get(organisation(organisation_code).pk, [])


def owes(plan: Plan, code: str, organisation_code: str, program: Program) -> bool:
    return any(each.program_id == program.pk for each in owed(plan, code, organisation_code))


# --- joining ---------------------------------------------------------------------------------------------
def test_a_programme_joins_with_its_parts_and_marks_from_a_quarter_on(plan: Plan, people: People) -> None:
    program = joined(plan, people)
    assert (program.code, str(program.joined_from), program.kind) == ("N01", "113Q1", "new")
    assert program.name_is_provisional and program.purpose_zh
    assert [(part.code, part.name_zh) for part in program.parts.all()] == [("N01.N1", "算力分項")]
    kinds = [each.kind for each in marks_in_force(plan, FROM) if each.program_id == program.pk]
    assert sorted(kinds) == ["primary", "related"]
    change = program.changes.get()
    assert (change.kind, change.words, change.made_by) == ("joined", "行政院核定。", people.administrator)
    assert AuditEntry.objects.filter(act="plan.govern", subject_id=change.pk).exists()
    other = replace(a_joining(plan).standing, name_zh="另一計畫")
    assert joined(plan, people, standing=other).code == "N02"


def test_it_is_asked_for_from_its_quarter_on_and_counted_where_it_is_marked(
    plan: Plan, people: People
) -> None:
    before = {
        code: {each.node_id: each.programs for each in nodes(plan, Quarter.parse(code), kinds=["sub_item"])}
        for code in ("112Q4", "113Q1")
    }
    program = joined(plan, people)
    assert [owes(plan, code, "MODA", program) for code in ("112Q4", "113Q1", "115Q4")] == [False, True, True]
    sub_item = plan.table_columns.order_by("table", "order")[0].sub_items.get()

    def counted(code: str) -> int:
        found = nodes(plan, Quarter.parse(code), kinds=["sub_item"])
        return next(each.programs for each in found if each.node_id == sub_item.pk)

    assert counted("112Q4") == before["112Q4"][sub_item.pk]
    assert counted("113Q1") == before["113Q1"][sub_item.pk] + 1
    rows = programs_page(quarter=FROM, node_code=sub_item.code).rows
    assert program in [row.program for row in rows]
    pillar = programs_page(quarter=FROM, node_code=sub_item.pillar.code).rows
    assert program in [row.program for row in pillar]


def test_its_milestones_come_by_revisions(plan: Plan, people: People) -> None:
    program = joined(plan, people)
    approved(program, people, effective_from=FROM)
    assert program.milestones.get().code == "M1"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"effective_from": None}, {"effective_from"}),
        ({"effective_from": Quarter.parse("120Q1")}, {"effective_from"}),
        ({"words": " "}, {"words"}),
        ({"marks": ()}, {"marks"}),
        ({"standing.name_zh": ""}, {"name_zh"}),
        ({"standing.name_en": ""}, {"name_en"}),
        ({"standing.kind": "odd"}, {"kind"}),
        ({"standing.period_end": date(2023, 1, 1)}, {"period_end"}),
        ({"standing.period_start": None, "standing.period_end": None}, {"period_start"}),
        ({"standing.period_printed": ""}, {"period_printed"}),
    ],
)
def test_what_cannot_join_is_refused_at_its_field(
    plan: Plan, people: People, changes: dict[str, Any], fields: set[str]
) -> None:
    of_standing = {name.removeprefix("standing."): value for name, value in changes.items() if "." in name}
    others = {name: value for name, value in changes.items() if "." not in name}
    content = a_joining(plan)
    content = replace(content, standing=replace(content.standing, **of_standing), **others)
    with pytest.raises(Refused) as refusal:
        services.join_program(plan=plan, content=content, actor=people.administrator)
    assert set(refusal.value.errors) == fields
    assert not PlanChange.objects.exists() and not Program.objects.filter(joined_from__isnull=False).exists()


def test_what_is_sent_twice_joins_once_and_names_one_part(plan: Plan, people: People) -> None:
    program = joined(plan, people)
    with pytest.raises(Refused) as refusal:
        joined(plan, people)
    assert program.code in refusal.value.errors["name_zh"]

    def named() -> ProgramPart:
        return services.add_part(
            program=program,
            part=PartWish("分項", "Part"),
            effective_from=FROM,
            words="依",
            actor=people.administrator,
        )

    part = named()
    with pytest.raises(Refused) as refusal:
        named()
    assert part.code in refusal.value.errors["name_zh"]


def test_a_quarter_that_is_closed_takes_nobody_in(plan: Plan, people: People) -> None:
    round_ = rounds.opened(plan, "113Q1", people)
    services.close_quarter(reporting_quarter=round_, actor=people.administrator)
    with pytest.raises(Refused) as refusal:
        joined(plan, people)
    assert set(refusal.value.errors) == {"effective_from"}
    assert joined(plan, people, effective_from=Quarter.parse("113Q2")).joined_from == Quarter.parse("113Q2")


def test_an_open_round_asks_for_what_joins_and_moves_what_changes_hands(
    plan: Plan, program: Program, people: People
) -> None:
    round_ = rounds.opened(plan, "113Q1", people)
    lines = rounds.report_of(round_, "NSTC").lines
    rounds.fill(rounds.report_of(round_, "NSTC"), people, program=program)
    joined(plan, people)
    standing = replace(StandingContent.of(program), organisation=organisation("MODA"))
    services.change_standing(
        program=program,
        standing=standing,
        effective_from=FROM,
        words="組織調整。",
        actor=people.administrator,
    )
    services.turn_quarters()
    moved = rounds.report_of(round_, "MODA").lines.get(program=program)
    assert moved.narrative and not lines.filter(program=program).exists()
    assert rounds.report_of(round_, "MODA").lines.filter(program__code="N01").exists()


def test_only_the_administrator_governs(plan: Plan, program: Program, people: People) -> None:
    part = program.parts.first() or ProgramPart.objects.filter(program__plan=plan)[0]
    indicator = plan.indicators.all()[0]
    for actor in (people.head, people.reviewer, people.auditor, people.officer("NSTC")):
        for act in (
            lambda actor: services.join_program(plan=plan, content=a_joining(plan), actor=actor),
            lambda actor: services.change_standing(
                program=program, standing=StandingContent.of(program), effective_from=FROM, words="依", actor=actor
            ),
            lambda actor: services.change_marks(program=program, marks=(), effective_from=FROM, words="依", actor=actor),
            lambda actor: services.add_part(
                program=program, part=PartWish("分項", "Part"), effective_from=FROM, words="依", actor=actor
            ),
            lambda actor: services.end_part(part=part, effective_from=FROM, words="依", actor=actor),
            lambda actor: services.change_owner(
                indicator=indicator, leaving=None, joining=organisation("FSC"), effective_from=FROM, words="依", actor=actor
            ),
        ):  # fmt: skip
            with pytest.raises(PermissionDenied):
                act(actor)
    assert not PlanChange.objects.exists()


# --- the organisation, name and period -------------------------------------------------------------------
def test_another_organisation_owes_the_programme_and_its_milestones_from_the_quarter_on(
    plan: Plan, program: Program, people: People
) -> None:
    milestone = a_milestone(program)
    standing = replace(StandingContent.of(program), organisation=organisation("MODA"), name_zh="新名")
    services.change_standing(
        program=program,
        standing=standing,
        effective_from=FROM,
        words="組織調整。",
        actor=people.administrator,
    )
    assert [owes(plan, code, "NSTC", program) for code in ("112Q4", "113Q1")] == [True, False]
    assert [owes(plan, code, "MODA", program) for code in ("112Q4", "113Q1")] == [False, True]
    assert milestone.pk in [each.milestone_id for each in owed(plan, "113Q1", "MODA")]
    program = Program.objects.get(pk=program.pk)
    assert program.organisation.code == "NSTC" and program.name_zh != "新名", "the printed plan stays"
    shown = {
        code: next(row for row in programs_page(quarter=Quarter.parse(code)).rows if row.program == program)
        for code in ("112Q4", "113Q1")
    }
    assert shown["112Q4"].organisation.code == "NSTC" and shown["113Q1"].organisation.code == "MODA"
    assert shown["113Q1"].standing.name_zh == "新名"

    def of_organisation(code: str, name: str) -> int:
        found = nodes(plan, Quarter.parse(code), kinds=["organisation"])
        return next(each.programs for each in found if each.node_id == organisation(name).pk)

    assert of_organisation("113Q1", "NSTC") == of_organisation("112Q4", "NSTC") - 1


def test_a_report_shows_the_name_and_period_that_hold_in_its_quarter(
    plan: Plan, program: Program, people: People
) -> None:
    standing = replace(StandingContent.of(program), name_zh="新名計畫", period_printed="112-116")
    services.change_standing(
        program=program, standing=standing, effective_from=FROM, words="定名。", actor=people.administrator
    )
    client = browser(people.officer("NSTC"))
    for code, is_new in (("112Q4", False), ("113Q1", True)):
        rounds.opened(plan, code, people)
        page = client.get(f"/reports/{code}/NSTC/").content.decode()
        assert ("新名計畫" in page, program.name_zh in page) == (is_new, not is_new)
    assert "112-116" in page


def test_both_organisations_are_told(program: Program, people: People) -> None:
    new, old = people.officer("MODA"), people.officer("NSTC")
    standing = replace(StandingContent.of(program), organisation=organisation("MODA"))
    services.change_standing(
        program=program,
        standing=standing,
        effective_from=FROM,
        words="組織調整。",
        actor=people.administrator,
    )
    assert {each.person for each in Notice.objects.filter(kind="change_decided")} == {new, old}


def test_the_new_organisation_asks_for_what_follows(plan: Plan, program: Program, people: People) -> None:
    standing = replace(StandingContent.of(program), organisation=organisation("MODA"))
    services.change_standing(
        program=program,
        standing=standing,
        effective_from=FROM,
        words="組織調整。",
        actor=people.administrator,
    )
    with pytest.raises(PermissionDenied):
        services.ask_release(program=program, ground="merged", explanation="併", actor=people.officer("NSTC"))
    assert services.ask_release(
        program=program, ground="merged", explanation="併", actor=people.officer("MODA")
    ).is_open


def test_the_same_standing_is_no_change(program: Program, people: People) -> None:
    with pytest.raises(Refused, match="相同"):
        services.change_standing(
            program=program, standing=StandingContent.of(program), effective_from=FROM, words="依",
            actor=people.administrator,
        )  # fmt: skip


def test_each_standing_lies_after_the_one_before(program: Program, people: People) -> None:
    for code, fits in (("113Q2", True), ("113Q2", False), ("113Q1", False), ("113Q3", True)):
        standing = replace(StandingContent.of(program), name_zh=f"名 {code}")
        call: dict[str, Any] = {
            "program": program,
            "standing": standing,
            "effective_from": Quarter.parse(code),
            "words": "依",
        }
        if fits:
            services.change_standing(**call, actor=people.administrator)
        else:
            with pytest.raises(Refused) as refusal:
                services.change_standing(**call, actor=people.administrator)
            assert set(refusal.value.errors) == {"effective_from"}


# --- marks and parts -------------------------------------------------------------------------------------
def test_a_mark_is_taken_away_and_another_given_from_the_quarter_on(
    plan: Plan, program: Program, people: People
) -> None:
    held = marks_of(program, FROM)
    (printed,) = [pk for pk, (kind, _part) in held.items() if kind == "primary"][:1]
    column = plan.table_columns.get(pk=printed)
    other = plan.table_columns.exclude(pk__in=held)[0]
    services.change_marks(
        program=program, marks=(MarkWish(column, "none"), MarkWish(other, "primary")), effective_from=FROM,
        words="工作調整。", actor=people.administrator,
    )  # fmt: skip
    assert marks_of(program, FROM - 1) == held
    after = marks_of(program, FROM)
    assert column.pk not in after and after[other.pk] == ("primary", None)
    assert program.listings.filter(row__marks__column=column).exists(), "the printed table stays"

    def carried(code: str) -> bool:
        rows = programs_page(quarter=Quarter.parse(code), node_code=column.pillar.code).rows
        return program in [row.program for row in rows]

    assert carried("112Q4")
    elsewhere = other.pillar_id != column.pillar_id
    still = any(
        plan.table_columns.get(pk=pk).pillar_id == column.pillar_id and kind == "primary"
        for pk, (kind, _part) in after.items()
    )
    assert carried("113Q1") == (still or not elsewhere)


def test_the_part_that_bears_every_mark_is_what_is_asked_for(
    plan: Plan, program: Program, people: People
) -> None:
    part = services.add_part(
        program=program, part=PartWish("推廣分項", "Outreach"), effective_from=FROM, words="分項管理。",
        actor=people.administrator,
    )  # fmt: skip
    marks = tuple(
        MarkWish(plan.table_columns.get(pk=pk), kind, part)
        for pk, (kind, _part) in marks_of(program, FROM).items()
    )
    services.change_marks(
        program=program, marks=marks, effective_from=FROM, words="分項管理。", actor=people.administrator
    )
    asked = {
        code: [each.part_id for each in owed(plan, code, "NSTC") if each.program_id == program.pk]
        for code in ("112Q4", "113Q1")
    }
    assert asked == {"112Q4": [None], "113Q1": [part.pk]}


def test_a_part_that_bears_a_mark_is_not_ended(plan: Plan, people: People) -> None:
    part = ProgramPart.objects.filter(program__plan=plan, listings__isnull=False)[0]
    with pytest.raises(Refused, match="仍有註記"):
        services.end_part(part=part, effective_from=FROM, words="併", actor=people.administrator)
    new = services.add_part(
        program=part.program, part=PartWish("分項", "Part"), effective_from=FROM, words="依",
        actor=people.administrator,
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        services.end_part(part=new, effective_from=FROM, words="併", actor=people.administrator)
    assert set(refusal.value.errors) == {"effective_from"}
    services.end_part(part=new, effective_from=FROM + 1, words="併", actor=people.administrator)
    new.refresh_from_db()
    assert [new.holds_in(FROM), new.holds_in(FROM + 1)] == [True, False]
    with pytest.raises(Refused, match="已取消"):
        services.end_part(part=new, effective_from=FROM + 2, words="併", actor=people.administrator)


def test_a_programme_keeps_at_least_one_mark(plan: Plan, program: Program, people: People) -> None:
    marks = tuple(MarkWish(plan.table_columns.get(pk=pk), "none") for pk in marks_of(program, FROM))
    with pytest.raises(Refused, match="至少"):
        services.change_marks(
            program=program, marks=marks, effective_from=FROM, words="依", actor=people.administrator
        )
    with pytest.raises(Refused, match="相同"):
        services.change_marks(
            program=program, marks=(), effective_from=FROM, words="依", actor=people.administrator
        )
    assert not ProgramMark.objects.exists()


# --- who reports an indicator ----------------------------------------------------------------------------
def indicator_owes(plan: Plan, indicator: Indicator, code: str) -> set[str]:
    owing = owed_lines(plan, Quarter.parse(code))
    codes = dict(Organisation.objects.values_list("pk", "code"))
    return {codes[pk] for pk, lines in owing.items() for each in lines if each.indicator_id == indicator.pk}


def test_an_indicator_changes_hands_from_the_quarter_on_and_its_figures_follow(
    plan: Plan, people: People
) -> None:
    indicator = plan.indicators.get(code="KR1.1")
    RollupTask.objects.all().delete()
    change = services.change_owner(
        indicator=indicator, leaving=organisation("NSTC"), joining=organisation("MODA"),
        effective_from=FROM, words="業務移撥。", actor=people.administrator,
    )  # fmt: skip
    assert indicator_owes(plan, indicator, "112Q4") == {"NSTC"}
    assert indicator_owes(plan, indicator, "113Q1") == {"MODA"}
    old, new = indicator.owners.order_by("from_quarter")[::-1]
    assert (str(old.until_quarter), old.ended_by, old.change) == ("112Q4", change, None)
    assert (str(new.from_quarter), new.change, new.named_by_plan) == ("113Q1", change, False)
    assert list(RollupTask.objects.values_list("indicator_id", flat=True)) == [indicator.pk]


@pytest.mark.parametrize(
    ("leaving", "joining", "fields"),
    [
        (None, None, {"joining"}),
        ("NSTC", None, {"joining"}),
        ("MOE", None, {"leaving"}),
        (None, "NSTC", {"joining"}),
    ],
)
def test_an_indicator_never_belongs_to_nobody_nor_twice_to_one(
    plan: Plan, people: People, leaving: str | None, joining: str | None, fields: set[str]
) -> None:
    indicator = plan.indicators.get(code="KR1.1")
    with pytest.raises(Refused) as refusal:
        services.change_owner(
            indicator=indicator,
            leaving=organisation(leaving) if leaving else None,
            joining=organisation(joining) if joining else None,
            effective_from=FROM,
            words="依",
            actor=people.administrator,
        )
    assert set(refusal.value.errors) == fields
    assert not PlanChange.objects.exists()


# --- files do not undo it --------------------------------------------------------------------------------
@pytest.fixture
def everything_decided(plan: Plan, program: Program, people: People) -> Program:
    """One decision of every kind."""
    milestone = a_milestone(program)
    ProgramMilestone.objects.filter(pk=milestone.pk).update(is_demonstration=True)
    joined(plan, people)
    services.add_part(
        program=program,
        part=PartWish("分項", "Part"),
        effective_from=FROM,
        words="依",
        actor=people.administrator,
    )
    column = plan.table_columns.exclude(pk__in=marks_of(program, FROM))[0]
    services.change_marks(
        program=program,
        marks=(MarkWish(column, "related"),),
        effective_from=FROM,
        words="依",
        actor=people.administrator,
    )
    standing = replace(StandingContent.of(program), organisation=organisation("MODA"))
    services.change_standing(
        program=program, standing=standing, effective_from=FROM, words="依", actor=people.administrator
    )
    approved(Program.objects.get(code="P02"), people, milestones=(NEW_MILESTONE,))
    services.change_owner(
        indicator=plan.indicators.get(code="KR1.1"), leaving=organisation("NSTC"), joining=organisation("MODA"),
        effective_from=FROM, words="依", actor=people.administrator,
    )  # fmt: skip
    return program


def test_loading_the_plan_again_changes_nothing_that_was_decided(
    plan: Plan, everything_decided: Program
) -> None:
    before = [
        list(model.objects.order_by("pk").values())
        for model in (Program, ProgramPart, ProgramMark, ProgramMilestone, IndicatorOwner, PlanChange)
    ]
    call_command("load_plan", verbosity=0)
    after = [
        list(model.objects.order_by("pk").values())
        for model in (Program, ProgramPart, ProgramMark, ProgramMilestone, IndicatorOwner, PlanChange)
    ]
    assert after == before


def test_the_printed_plan_still_counts_as_printed(plan: Plan, everything_decided: Program) -> None:
    call_command("check_plan", verbosity=0)


def test_a_dropped_milestone_of_a_file_stays_dropped_and_its_code_is_taken(
    plan: Plan, people: People, tmp_path: Any
) -> None:
    folder = written(tmp_path / "plan")
    load_plans([folder])
    invented = Plan.objects.get(code="invented")
    program = invented.programs.get(code="Q01")
    milestone = program.milestones.filter(code="M1").latest("effective_from")
    approved(
        program, people, effective_from=Quarter.parse("119Q4"), period=None,
        milestones=(wish_for(milestone, is_dropped=True), replace(NEW_MILESTONE, due_on=date(2031, 3, 31))),
    )  # fmt: skip
    result = load_plans([folder])
    assert (result.created, result.updated, result.deleted, result.left) == (0, 0, 0, ())
    milestone.refresh_from_db()
    assert str(milestone.dropped_from) == "119Q4"
    taken = written(
        tmp_path / "plan",
        ("tables.yaml", "      - {code: M2,", "      - {code: M3, name_zh: 甲, name_en: A, due_on: 2031-01-31, effective_from: 119Q1}\n      - {code: M2,"),
    )  # fmt: skip
    with pytest.raises(PlanFilesRefused, match="M3"):
        load_plans([taken])


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (ProgramMark, "kind"),
        (ProgramPart, "name_zh"),
        (IndicatorOwner, "organisation_id"),
        (PlanChange, "words"),
    ],
)
def test_what_was_decided_is_neither_changed_nor_removed(
    everything_decided: Program, model: Any, field: str
) -> None:
    rows = model.objects.filter(pk=model.objects.latest("pk").pk)
    value = organisation("FSC").pk if field == "organisation_id" else "none"
    for act in (lambda: rows.update(**{field: value}), lambda: rows.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_an_ended_owner_stays_ended(plan: Plan, everything_decided: Program) -> None:
    ended = IndicatorOwner.objects.filter(ended_by__isnull=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        ended.update(until_quarter=None, ended_by=None)
