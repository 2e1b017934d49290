"""What a reviewer is shown on a report's page beyond what everybody reads, and what they posted, to be shown again.

Lines that were decided fold away; those that wait take a decision each. It decides nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict

from ministries.models import User
from ministries.permissions import Act, may
from reports import selectors, shown, workflow
from reports.models import LineStep
from reports.selectors import LinePast, LineRow, ReportPage
from reports.selectors.switches import rules_of
from reports.workflow import Deed, State

_KEY = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,9}))?")
_COMMENT = re.compile(r"comment-([0-9]{1,18})")


@dataclass(frozen=True)
class Posted:
    """A reviewer's form: lines with the revisions that were read, words for single lines, and words for all.

    `only` names the one line whose own button was pressed, `all` says that every line shown was meant.
    """

    lines: Mapping[int, int] = field(default_factory=dict)
    shown: Mapping[int, int] = field(default_factory=dict)
    only: Mapping[int, int] = field(default_factory=dict)
    all: bool = False
    comments: Mapping[int, str] = field(default_factory=dict)
    comment: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    decided: frozenset[int] = frozenset()

    @classmethod
    def of(cls, data: QueryDict) -> Posted:
        said = [(_COMMENT.fullmatch(name), data.get(name, "")) for name in data]
        return cls(
            lines=_keys(data.getlist("line")),
            shown=_keys(data.get("shown", "").split(",")),
            only=_keys(data.getlist("only")),
            all="all" in data,
            comments={int(match[1]): words for match, words in said if match and words.strip()},
            comment=data.get("comment", ""),
        )

    @property
    def chosen(self) -> Mapping[int, int]:
        """The lines that are meant: line → the revision that was read, 0 where that was not said."""
        return self.only or (self.shown if self.all else self.lines)

    @property
    def seen(self) -> dict[int, int]:
        return {pk: revision for pk, revision in self.chosen.items() if revision}

    @property
    def left_over(self) -> dict[int, str]:
        """What was typed of lines that were not meant."""
        return {pk: words for pk, words in self.comments.items() if pk not in self.chosen}


def _keys(texts: list[str]) -> dict[int, int]:
    """`7-3` is line 7 as its third revision said it, `7` whatever it says."""
    found = [match for match in map(_KEY.fullmatch, texts) if match and match[0].isascii()]
    return {int(match[1]): int(match[2] or 0) for match in found}


@dataclass(frozen=True)
class LineReview:
    """A line as its reviewer reads it. `earlier` tells what changed since it was handed in the time before."""

    row: LineRow
    past: LinePast
    earlier: tuple[shown.Shown, ...]
    comment: str
    error: str
    is_ticked: bool

    @property
    def key(self) -> str:
        return f"{self.row.line.pk}-{self.row.line.revision}"

    @property
    def waits(self) -> bool:
        """Somebody has to decide on it, and still can."""
        return self.row.waits and self.row.line.is_live

    @property
    def is_mine(self) -> bool:
        return self.waits and not self.past.is_barred

    @property
    def is_accepted(self) -> bool:
        return self.row.line.state == State.ACCEPTED and self.row.line.is_live

    @property
    def first(self) -> LineStep | None:
        """The agreement of the first of two reviewers."""
        return self.row.last_step if self.row.line.state == State.ENDORSED else None

    @property
    def endorses(self) -> bool:
        """The reader's agreement would be the first of two."""
        return workflow.agreement(self.row.line.state, rules_of(self.row.line.report)) == Deed.ENDORSE


@dataclass(frozen=True)
class Overtaken:
    """A line that somebody else decided on meanwhile, and the words that were typed for it in vain."""

    row: LineRow
    step: LineStep | None
    words: str


@dataclass(frozen=True)
class ReviewParts:
    """The reviewer's side of one report's page."""

    page: ReportPage
    lines: Mapping[int, LineReview]
    posted: Posted
    overtaken: tuple[Overtaken, ...]
    reader: User

    @cached_property
    def mine(self) -> list[LineReview]:
        """What the reader may decide, in the order of the page."""
        return [self.lines[row.line.pk] for row in self.page.rows if self.lines[row.line.pk].is_mine]

    @cached_property
    def waiting(self) -> int:
        return sum(each.waits for each in self.lines.values())

    @cached_property
    def accepted(self) -> int:
        return sum(each.is_accepted for each in self.lines.values())

    @property
    def faulty(self) -> list[LineReview]:
        return [each for each in self.lines.values() if each.error]

    @property
    def shown_keys(self) -> str:
        return ",".join(each.key for each in self.mine)

    @property
    def endorses(self) -> bool:
        return any(each.endorses for each in self.mine)

    @property
    def can_reopen(self) -> bool:
        return bool(self.accepted) and self.page.is_open

    @property
    def just_done(self) -> tuple[str, int] | None:
        """What the reader did last to this report, and to how many lines of it that are still as it left them."""
        last = self.page.events[-1] if self.page.events else None
        if last is None or last.actor_id != self.reader.pk:
            return None
        steps = [row.last_step for row in self.page.rows if row.last_step]
        return last.act, sum(step.event_id == last.pk for step in steps)


def of_page(page: ReportPage, actor: User, posted: Posted | None) -> ReviewParts | None:
    """No query; nothing for whoever reviews no reports."""
    if not may(actor, Act.REVIEW_REPORT):
        return None
    posted = posted or Posted()
    pasts = selectors.pasts_of(page)
    lines = {row.line.pk: _line(page, row, pasts[row.line.pk], posted) for row in page.rows}
    overtaken = [
        Overtaken(row, row.last_step, posted.comments.get(row.line.pk, ""))
        for row in page.rows
        if row.line.pk in posted.decided and not row.waits
    ]
    return ReviewParts(page, lines, posted, tuple(overtaken), actor)


def _line(page: ReportPage, row: LineRow, past: LinePast, posted: Posted) -> LineReview:
    pk = row.line.pk
    earlier: tuple[shown.Shown, ...] = ()
    if row.content is not None and past.earlier is not None:
        told = shown.compared(row.line, row.content, past.earlier)
        earlier = tuple(each for each in told if each.has_changed)
    row.line.report = page.report
    return LineReview(
        row=row,
        past=past,
        earlier=earlier,
        comment=posted.comments.get(pk, ""),
        error=posted.errors.get(f"comment-{pk}", ""),
        is_ticked=pk in posted.chosen,
    )
