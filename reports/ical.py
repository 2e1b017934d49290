"""A list of days becomes a calendar that calendar programs read: RFC 5545, with nothing in it but whole days.

It knows neither people nor rounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

CONTENT_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75  # octets, without the line's end
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Day(Protocol):
    """What a calendar shows on a day; `key` is the same whenever the same thing is shown again."""

    @property
    def key(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...


def calendar(name: str, days: Iterable[Day], *, host: str, now: datetime) -> bytes:
    """`host` makes the keys unique in the world; `now` is aware."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//AI plan portal//Deadlines//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        *(line for day in days for line in _event(day, host, now)),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def _event(day: Day, host: str, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{day.key}@{host}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{day.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(day.title)}"
    yield f"URL:{day.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A text as a value: what separates is escaped, line breaks become `\\n`, other control characters vanish."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub("", text).replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,")
    return text.replace("\n", r"\n")


def folded(line: str) -> bytes:
    """The line in octets, broken where it is longer than allowed, but never within a character."""
    parts, part = [], b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > LONGEST_LINE:
            parts.append(part)
            part = b" "
        part += octets
    return b"\r\n".join([*parts, part]) + b"\r\n"
