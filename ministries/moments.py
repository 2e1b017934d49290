"""What people and programs write for a moment at which something was known becomes that moment, or a sentence why not.

A date means its end in Taipei, today's date the present moment. It knows neither pages nor parameters.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from django.utils.translation import gettext as _

from ministries import clock
from ministries.calendars import ROC_OFFSET, parse_date
from ministries.clock import TAIPEI

EARLIEST = datetime(ROC_OFFSET + 1, 1, 1, tzinfo=UTC)
"""The first year of the Republic of China's calendar; before it nobody knew anything of a plan."""
LONGEST = 40
_WITH_OFFSET = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ?(Z|[+-]\d{2}:\d{2}| \d{2}:\d{2})",
    re.ASCII,
)


class NotAMoment(ValueError):
    """The text names no moment that has passed; the message says why, in the reader's language."""


def parse_moment(text: str) -> datetime:
    """`2024-01-05T17:00+08:00`, `2024-01-05`, `113/01/05` or `113-01-05` as an aware moment not after now.

    In the query of an address a plus sign stands for a blank: a blank before the offset is read as plus.
    """
    text = text.strip()
    try:
        moment = _moment_named(text) if len(text) <= LONGEST else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise NotAMoment(
            _(
                "「%(typed)s」不是日期或時間；請填民國日期 113/01/05、西元日期 2024-01-05，"
                "或含時區的時間 2024-01-05T17:00+08:00。"
            )
            % {"typed": text[:LONGEST]}
        )
    if moment < EARLIEST:
        raise NotAMoment(_("「%(typed)s」早於民國元年。") % {"typed": text})
    if moment > clock.now():
        raise NotAMoment(_("「%(typed)s」尚未到來；請填今日或更早的日期。") % {"typed": text})
    return moment


def _moment_named(text: str) -> datetime:
    """ValueError or OverflowError where it names none."""
    found = _WITH_OFFSET.fullmatch(text)
    if found:
        day, at, offset = found.groups()
        return datetime.fromisoformat(f"{day}T{at}{offset.replace(' ', '+')}").astimezone(TAIPEI)
    return _known_at_the_end_of(parse_date(text))


def _known_at_the_end_of(day: date) -> datetime:
    """Of today as much is known as is known now."""
    return clock.now() if day == clock.today() else datetime.combine(day, time.max, TAIPEI)
