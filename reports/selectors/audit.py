"""The audit log as auditors read it: filtered, in the order of time, a page at a cost that does not grow with the log.

Pages begin where another ended (`Place`), never at a number of entries to pass over. It does not know who renders it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from ministries.clock import TAIPEI
from ministries.models import (
    AuditCheck,
    AuditEntry,
    Deputyship,
    Letter,
    Membership,
    Organisation,
    User,
)
from programs.models import Program
from reports.models import (
    Decision,
    DecisionProgress,
    Evidence,
    Extension,
    Line,
    LineComment,
    ProgramRelease,
    ProgramRevision,
    Report,
    ReportingQuarter,
    TargetProposal,
)

ENTRIES_A_PAGE = 50
PORTION = 1000
DAYS_SHOWN = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(-?\d{1,17})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """An entry's place in the order of time: its moment, and its number among entries of one moment."""

    at: datetime
    entry_id: int

    def __str__(self) -> str:
        """Microseconds since 1970 and the entry's number."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.entry_id}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        match = _PLACE.fullmatch(text)
        try:
            return cls(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2])) if match else None
        except OverflowError:
            return None

    @classmethod
    def of(cls, entry: AuditEntry) -> Place:
        return cls(entry.at, entry.pk)


@dataclass(frozen=True)
class Asked:
    """Which entries; whatever is empty does not matter. Both days are included."""

    person: str = ""
    organisation: Organisation | None = None
    act: str = ""
    subject_type: str = ""
    subject_id: int | None = None
    since: date | None = None
    until: date | None = None
    words: str = ""

    @property
    def is_everything(self) -> bool:
        return self == Asked()


@dataclass(frozen=True)
class AuditPage:
    """Entries with their people and seals; `previous` and `next` are where the pages beside it begin, if there are any."""

    entries: tuple[AuditEntry, ...]
    previous: Place | None
    next: Place | None


def audit_organisations() -> list[Organisation]:
    """Every organisation with its names, in order; two queries."""
    return list(Organisation.objects.prefetch_related("names"))


def last_checks() -> list[AuditCheck]:
    """The newest proofs of the chain: one a night, whose digests a copy off the system is compared with."""
    return list(AuditCheck.objects.all()[:DAYS_SHOWN])


def entries_asked(asked: Asked) -> QuerySet[AuditEntry]:
    """Without an order; one query more where a person is asked for."""
    entries = AuditEntry.objects.select_related("actor", "on_behalf_of", "seal").order_by()
    if asked.person:
        people = list(
            User.objects.filter(Q(name__icontains=asked.person) | Q(email__icontains=asked.person))
            .order_by()
            .values_list("pk", flat=True)
        )
        entries = entries.filter(Q(actor__in=people) | Q(on_behalf_of__in=people))
    if asked.organisation:
        entries = entries.filter(organisation=asked.organisation)
    if asked.since:
        entries = entries.filter(at__gte=datetime.combine(asked.since, time.min, TAIPEI))
    if asked.until:
        entries = entries.filter(at__lte=datetime.combine(asked.until, time.max, TAIPEI))
    if asked.words:
        entries = entries.annotate(said=Cast("detail", TextField())).filter(said__icontains=asked.words)
    exact = {"act": asked.act, "subject_type": asked.subject_type, "subject_id": asked.subject_id}
    return entries.filter(**{name: each for name, each in exact.items() if each})


def audit_page(
    asked: Asked, *, oldest_first: bool = False, after: Place | None = None, before: Place | None = None
) -> AuditPage:
    """The page that follows `after`, or the one that precedes `before`; the first one without either. One query."""
    backwards = before is not None and after is None
    found = _following(entries_asked(asked), after or before, oldest_first=oldest_first is not backwards)
    entries = list(found[: ENTRIES_A_PAGE + 1])
    has_more, entries = len(entries) > ENTRIES_A_PAGE, entries[:ENTRIES_A_PAGE]
    if backwards:
        entries.reverse()
    if not entries:
        return AuditPage((), None, None)
    has_previous = has_more if backwards else after is not None
    has_next = True if backwards else has_more
    return AuditPage(
        tuple(entries),
        previous=Place.of(entries[0]) if has_previous else None,
        next=Place.of(entries[-1]) if has_next else None,
    )


def in_portions(entries: QuerySet[AuditEntry], *, oldest_first: bool = False) -> Iterator[list[AuditEntry]]:
    """All of them in their order, some at a time, so that memory does not grow with them."""
    place = None
    while portion := list(_following(entries, place, oldest_first=oldest_first)[:PORTION]):
        yield portion
        place = Place.of(portion[-1])


def _following(
    entries: QuerySet[AuditEntry], place: Place | None, *, oldest_first: bool
) -> QuerySet[AuditEntry]:
    if oldest_first:
        ordered = entries.order_by("at", "id")
        beyond = Q(at__gt=place.at) | Q(id__gt=place.entry_id) if place else Q()
        return ordered.filter(beyond, at__gte=place.at) if place else ordered
    ordered = entries.order_by("-at", "-id")
    beyond = Q(at__lt=place.at) | Q(id__lt=place.entry_id) if place else Q()
    return ordered.filter(beyond, at__lte=place.at) if place else ordered


# --- pages of what entries are about --------------------------------------------------------------------------
def _report(report: Report) -> str:
    return reverse("report", args=[report.reporting_quarter.quarter, report.organisation.code])


def _line(line: Line) -> str:
    report = line.report
    return reverse("line", args=[report.reporting_quarter.quarter, report.organisation.code, line.pk])


@dataclass(frozen=True)
class _Paged:
    """A kind of records with a page: how a record is read, and where its page is."""

    model: type[Model]
    address: Callable[[Any], str]
    related: tuple[str, ...] = ()


_OF_REPORT = ("reporting_quarter", "organisation")
_OF_LINE = ("report__reporting_quarter", "report__organisation")
_PAGES = (
    _Paged(User, lambda user: reverse("person", args=[user.pk])),
    _Paged(Membership, lambda membership: reverse("person", args=[membership.user_id])),
    _Paged(Deputyship, lambda deputyship: reverse("person", args=[deputyship.principal_id])),
    _Paged(Letter, lambda letter: reverse("letter", args=[letter.pk])),
    _Paged(Program, lambda program: reverse("program", args=[program.code])),
    _Paged(Report, _report, _OF_REPORT),
    _Paged(Line, _line, _OF_LINE),
    _Paged(LineComment, lambda each: _line(each.line), tuple(f"line__{name}" for name in _OF_LINE)),
    _Paged(Evidence, lambda each: _line(each.line), tuple(f"line__{name}" for name in _OF_LINE)),
    _Paged(Extension, lambda each: _report(each.report), tuple(f"report__{name}" for name in _OF_REPORT)),
    _Paged(
        DecisionProgress, lambda each: _report(each.report), tuple(f"report__{name}" for name in _OF_REPORT)
    ),
    _Paged(ReportingQuarter, lambda round_: reverse("quarter", args=[round_.quarter])),
    _Paged(ProgramRevision, lambda each: reverse("program", args=[each.program.code]), ("program",)),
    _Paged(ProgramRelease, lambda each: reverse("program", args=[each.program.code]), ("program",)),
    _Paged(TargetProposal, lambda each: reverse("target", args=[each.indicator.code]), ("indicator",)),
    _Paged(Decision, lambda decision: reverse("decision", args=[decision.code])),
)
PAGES = {each.model._meta.label_lower: each for each in _PAGES}
"""The kinds of records that have a page of their own, or stand on another's."""


def page_of_subject(subject_type: str, subject_id: int) -> str | None:
    """Where the record has its page; None where it has none, or is not there. That page says who may read it."""
    paged = PAGES.get(subject_type)
    if paged is None:
        return None
    rows = paged.model._default_manager.select_related(*paged.related) if paged.related else None
    record = (rows or paged.model._default_manager).filter(pk=subject_id).first()
    return paged.address(record) if record else None
