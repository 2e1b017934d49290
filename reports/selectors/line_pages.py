"""What one line's page shows beside the line's content: its evidence and what was said about it.

Whoever may not read drafts sees the evidence as it was handed in last; `Report.shows_lines_to` says who sees a line at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from ministries.models import Role, User
from ministries.permissions import MINISTRY_ROLES, Act, may
from ministries.selectors import people_by_role
from programs.quarters import Quarter
from reports import workflow
from reports.contents import LineContent
from reports.models import Evidence, Line, LineComment, LineStep, Report
from reports.selectors.extras import handed_in_for, seen
from reports.selectors.names import Named, named_from
from reports.selectors.pages import handed_in, lines_of, report_for
from reports.workflow import Audience, Deed, State


@dataclass(frozen=True)
class Mentionable:
    """Somebody who sees the line, with the roles by which they do."""

    person: User
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class LinePage:
    """Everything on the page but what somebody types.

    `content` is what the reader may see, as in `LineRow`; `removed` was handed in once and hangs no more.
    """

    line: Line
    organisation: Named
    content: LineContent | None
    evidence: tuple[Evidence, ...]
    removed: tuple[Evidence, ...]
    comments: tuple[LineComment, ...]
    people: tuple[Mentionable, ...]
    attaches: bool
    discusses: bool
    state: str
    steps: tuple[LineStep, ...]

    @property
    def quarter(self) -> Quarter:
        quarter: Quarter = self.line.report.reporting_quarter.quarter
        return quarter


def line_for(*, actor: User, quarter: Quarter, organisation_code: str, pk: int) -> Line:
    """The line, with its report, that the actor may see; 404 hides that any other exists. Three queries."""
    report = report_for(actor=actor, quarter=quarter, organisation_code=organisation_code)
    line = lines_of(report).filter(pk=pk).first() if report.shows_lines_to(actor) else None
    if line is None:
        raise Http404
    line.report = report
    return line


def line_page(line: Line, actor: User) -> LinePage:
    """Four queries, two more for whoever may comment, one for whoever reads what was handed in.

    `line` comes from `line_for`.
    """
    report: Any = line.report
    as_of = handed_in_for(actor, report)
    people = ("added_by", "added_on_behalf_of", "removed_by", "removed_on_behalf_of")
    evidence = tuple(seen(line.evidence.select_related(*people), as_of))
    discusses = takes_comments(line) and may(actor, Act.COMMENT, report.organisation)
    return LinePage(
        line=line,
        organisation=named_from(report.organisation.code, report.organisation_words),
        content=_content(line, actor),
        evidence=tuple(each for each in evidence if _hangs(each, as_of)),
        removed=tuple(each for each in evidence if not _hangs(each, as_of)),
        comments=tuple(line.comments.select_related("by", "on_behalf_of").prefetch_related("mentions")),
        people=tuple(mentionable_on(report, actor)) if discusses else (),
        attaches=takes_evidence(line) and may(actor, Act.FILL_REPORT, report.organisation),
        discusses=discusses,
        steps=tuple(_steps(line, actor)),
        state=str(workflow.LABELS[State(line.state)][_audience(actor)]),
    )


def _audience(actor: User) -> Audience:
    return Audience.SECRETARIAT if may(actor, Act.READ_DASHBOARD) else Audience.MINISTRY


def _content(line: Line, actor: User) -> LineContent | None:
    reads_draft = may(actor, Act.READ_DRAFT, line.report.organisation)
    if reads_draft or line.state not in workflow.WITH_MINISTRY:
        return LineContent.of(line)
    return handed_in(line.report).get(line.pk)


_WITHIN_THE_MINISTRY = (Deed.SIGN, Deed.SEND_BACK)


def _steps(line: Line, actor: User) -> QuerySet[LineStep]:
    """What was done to the line; what happens between officer and approver is the ministry's own."""
    steps = line.steps.select_related("event__actor", "event__on_behalf_of")
    if may(actor, Act.READ_DRAFT, line.report.organisation):
        return steps
    return steps.exclude(act__in=_WITHIN_THE_MINISTRY)


def takes_evidence(line: Line) -> bool:
    """The ministry may write in the line."""
    return line.takes_entries


def takes_comments(line: Line) -> bool:
    return line.is_live


def evidence_for(*, line: Line, actor: User, pk: int) -> Evidence:
    """One piece that the actor sees on the line, also where it was removed after it had been handed in; or 404."""
    found = seen(line.evidence.all(), handed_in_for(actor, line.report)).filter(pk=pk).first()
    if found is None:
        raise Http404
    found.line = line
    return found


def evidence_behind(lines: Iterable[int]) -> dict[int, int]:
    """Line → how many pieces were handed in with it last, for those of these lines that have some; one query."""
    handed_in_at = F("line__report__submitted_at")
    kept = Q(removed_at__isnull=True) | Q(removed_at__gt=handed_in_at)
    return _counted(Evidence.objects.filter(kept, line__in=list(lines), added_at__lte=handed_in_at))


def _counted(rows: QuerySet[Evidence] | QuerySet[LineComment]) -> dict[int, int]:
    return dict(rows.order_by().values_list("line_id").annotate(count=Count("pk")))


def _hangs(evidence: Evidence, as_of: datetime | None) -> bool:
    removed_at = evidence.removed_at
    return removed_at is None or (as_of is not None and removed_at > as_of)


def mentionable_on(report: Report, actor: User) -> list[Mentionable]:
    """Who may be called into the conversation: the ministry's people, and the reviewers once it was handed in.

    Two queries; never the actor.
    """
    known = people_by_role([report.organisation])
    of_ministry = known.of_organisations.get(report.organisation_id, {})
    groups = [(role, of_ministry.get(role, [])) for role in MINISTRY_ROLES]
    if report.submitted_at:
        groups.append((Role.REVIEWER, known.of_secretariat.get(Role.REVIEWER, [])))
    people: dict[int, User] = {}
    roles: dict[int, list[Role]] = {}
    for role, holders in groups:
        for person in holders:
            people[person.pk] = person
            if role not in roles.setdefault(person.pk, []):
                roles[person.pk].append(role)
    return [Mentionable(person, tuple(roles[pk])) for pk, person in people.items() if pk != actor.pk]


def name_of_line(line: Line) -> dict[str, str]:
    """What the line is about in both languages, as notices want it."""
    subject = line.indicator or line.program or line.milestone or line.sub_item
    assert subject is not None
    name = {"zh": subject.name_zh, "en": subject.name_en or subject.name_zh}
    if line.part:
        return {
            "zh": f"{name['zh']}－{line.part.name_zh}",
            "en": f"{name['en']}－{line.part.name_en or line.part.name_zh}",
        }
    return name


def about_report(report: Report) -> dict[str, str]:
    """The report in both languages, under the organisation's name of the quarter's last day."""
    quarter = report.reporting_quarter.quarter
    name = report.organisation.name_on(quarter.last_day)
    return {"zh": f"{name.name_zh}　{quarter.label_zh}", "en": f"{name.name_en} · {quarter.label_en}"}
