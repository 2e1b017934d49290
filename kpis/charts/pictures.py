"""Bullet bars as a file of its own: one SVG with every bar's name, light and numbers, legible on any white page.

The page draws the same bars without words around them. It takes its colours from the design's tokens, in the light
theme, because a picture that leaves the page has no theme. It asks no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from unicodedata import east_asian_width

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kpis import wording
from kpis.charts.bullets import Bullet, bullet
from kpis.charts.paths import local
from kpis.models.figures import Light
from kpis.published import Edition, Indicator

SVG = "image/svg+xml"
"""Its content type."""
WIDTH, EDGE = 960, 24
"""Pixels: of the picture, and of what stays free on either side."""
HEAD, GAP, HEADING, ROW, LINE, FOOT = 92, 12, 40, 46, 18, 44
"""Pixels of height: of title and key, before a group's name, of it, of a bar, of a line of its name, of the foot."""
NAME_WIDTH, MOST_LINES = 50, 2
"""Of an indicator's name: the widths of a Latin letter on one line, a Chinese one being twice as wide; and lines."""
SHAPES = {Light.GREEN: "●", Light.YELLOW: "▲", Light.RED: "■", Light.GREY: "○"}
_PIECES = re.compile(r"[\u2e80-\uffef][，、。：；）」]*|[^\s\u2e80-\uffef]+\s*|\s+")
_COLOUR = re.compile(r"--([\w-]+): light-dark\((#\w{6}), #\w{6}\);")


@dataclass(frozen=True)
class Bar:
    """An indicator as a bar is told: amounts in its own unit, `rate` and `expected` as shares of the target."""

    code: str
    name: str
    light: str
    bullet: Bullet | None
    promise: str
    actual: Decimal | None
    unit: str
    reached: str
    rate: Decimal | None
    expected: Decimal | None

    @property
    def light_words(self) -> str:
        return f"{SHAPES[Light(self.light)]} {Light(self.light).label}" if self.light else _("不評燈號")

    @property
    def rate_words(self) -> str:
        """Where there is no rate, the figure itself."""
        return self.reached if self.rate is None else wording.percent(self.rate)

    @property
    def expected_words(self) -> str:
        if self.rate is None or self.expected is None:
            return ""
        return f"{_('應達')} {wording.percent(self.expected)}"


@dataclass(frozen=True)
class Bars:
    """Bars in groups, each under a name; read as a table by `kpis.exports` as every chart is."""

    title: str
    groups: tuple[tuple[str, tuple[Bar, ...]], ...]
    is_demonstration: bool = False
    unit: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (
            _("指標代碼"),
            _("指標"),
            _("目標值"),
            _("實際"),
            _("單位"),
            _("達成率"),
            _("至本季應達"),
            _("燈號"),
        )

    @property
    def exact(self) -> list[tuple[str, tuple[Decimal | str | None, ...]]]:
        return [
            (
                bar.code,
                (
                    bar.name,
                    bar.promise,
                    bar.actual,
                    bar.unit,
                    bar.rate,
                    bar.expected,
                    str(Light(bar.light).label) if bar.light else "",
                ),
            )
            for _name, bars in self.groups
            for bar in bars
        ]

    @property
    def mark(self) -> str:
        return _("示範資料，非實際執行成果") if self.is_demonstration else ""


def bars_of(edition: Edition, group: str, plan: str) -> Bars | None:
    """The bars of "plan" (all of them), of a pillar's code, or of one indicator's; None where there is no such group."""
    found = edition.indicator(group)
    if found is not None:
        groups = [("", [found])]
        title = local(found.name_zh, found.name_en)
    elif group == "plan":
        groups = [(_("計畫總體目標"), edition.of_kind("overall"))]
        groups += [
            (local(each.name_zh, each.name_en), _of_pillar(edition, each.code)) for each in edition.pillars
        ]
        title = plan
    else:
        pillar = next((each for each in edition.pillars if each.code == group), None)
        if pillar is None:
            return None
        groups = [("", _of_pillar(edition, pillar.code))]
        title = local(pillar.name_zh, pillar.name_en)
    return Bars(
        f"{title}　{edition.quarter.label}",
        tuple((name, tuple(_bar(each) for each in indicators)) for name, indicators in groups if indicators),
        edition.is_demonstration,
    )


def _of_pillar(edition: Edition, code: str) -> list[Indicator]:
    return [*edition.of_kind("goal", code), *edition.of_kind("key_result", code)]


def _bar(indicator: Indicator) -> Bar:
    return Bar(
        code=indicator.code,
        name=local(indicator.name_zh, indicator.name_en),
        light=indicator.figure.light,
        bullet=bullet(indicator),
        promise=wording.promise(indicator),
        actual=indicator.actual,
        unit=local(indicator.unit_zh, indicator.unit_en),
        reached=wording.quantity(indicator.actual, indicator),
        rate=indicator.figure.rate,
        expected=indicator.figure.expected,
    )


@dataclass(frozen=True)
class _Placed:
    """A group's name or a bar at its height; a name is wrapped, each line at a height of its own."""

    top: int
    heading: str = ""
    bar: Bar | None = None
    lines: tuple[tuple[int, str], ...] = ()

    @property
    def colour(self) -> str:
        """The name of the light's token."""
        return (self.bar.light if self.bar else "") or "grey"


def svg(bars: Bars, *, source: str) -> str:
    """The picture; `source` is said at its foot: what was published under which digest, or that nothing was."""
    placed = list(_placed(bars.groups))
    height = (placed[-1].top + ROW if placed else HEAD) + FOOT
    foot = f"{bars.mark}　{source}" if bars.mark else source
    context = {
        "bars": bars,
        "placed": placed,
        "width": WIDTH,
        "height": height,
        "foot": foot,
        "foot_at": height - FOOT // 2,
        "colour": _colours(),
        "language": "zh-Hant-TW" if wording.in_chinese() else get_language(),
    }
    return render_to_string("kpis/bars.svg", context)


def _placed(groups: Sequence[tuple[str, Iterable[Bar]]]) -> Iterable[_Placed]:
    top = HEAD
    for name, bars in groups:
        if name:
            top += GAP if top > HEAD else 0
            yield _Placed(top, heading=name)
            top += HEADING
        for bar in bars:
            words = _wrapped(f"{bar.code}　{bar.name}")
            first = top + ROW // 2 - (len(words) - 1) * LINE // 2 + 5
            yield _Placed(
                top, bar=bar, lines=tuple((first + at * LINE, text) for at, text in enumerate(words))
            )
            top += ROW


def _wrapped(text: str) -> list[str]:
    """Broken between Chinese letters or Latin words; what does not fit is cut with a sign that it was."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if _width(lines[-1] + piece.rstrip()) <= NAME_WIDTH:
            lines[-1] += piece
        elif len(lines) < MOST_LINES:
            lines.append(piece.lstrip())
        else:
            while _width(lines[-1]) > NAME_WIDTH - 2:
                lines[-1] = lines[-1][:-1]
            lines[-1] = f"{lines[-1].rstrip()}…"
            break
    return lines


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@lru_cache(maxsize=1)
def _colours() -> dict[str, str]:
    """The tokens' light colours, named as a template can ask for them: `chart_actual`."""
    found = finders.find("css/tokens.css")
    tokens = Path(str(found)).read_text(encoding="utf-8")
    return {name.replace("-", "_"): colour for name, colour in _COLOUR.findall(tokens)}
