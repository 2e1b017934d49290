"""The tokens of the design: text is legible in both themes, and what means different things looks different to everybody."""

from __future__ import annotations

import math
import re
from itertools import combinations
from pathlib import Path

from django.conf import settings

CSS = Path(settings.BASE_DIR) / "portal" / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
Colour = tuple[float, float, float]

PAPERS = ("paper", "paper-soft", "paper-raised")
TEXTS = ("ink", "ink-soft", "link", "link-hover", "error", "success", "green", "yellow", "red", "grey")
MARKS = ("line-strong", "focus", "chart-actual", "chart-target", "chart-expected")
SERIES = tuple(f"chart-{number}" for number in range(1, 7))
TEXT_ON = (
    ("mark-ink", "mark-paper"),
    ("ink", "mark-paper"),
    ("error", "error-paper"),
    ("ink", "error-paper"),
    ("success", "success-paper"),
    ("link", "link-paper"),
    ("green", "green-paper"),
    ("yellow", "yellow-paper"),
    ("red", "red-paper"),
    ("grey", "grey-paper"),
    ("brand-ink", "brand"),
    ("paper", "link"),
    ("paper", "error"),
    ("ink", "heat-1"),
    ("ink", "heat-2"),
    ("ink", "heat-3"),
    ("paper", "heat-4"),
    ("paper", "heat-5"),
)
MARK_ON = (("brand-mark", "brand"), ("brand-focus", "brand"), ("mark-line", "mark-paper"))
# What a person sees who lacks one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1, linear RGB.
SIGHTS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def _colours() -> list[dict[str, Colour]]:
    """The light and the dark theme: name to linear RGB."""
    found = re.findall(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", TOKENS)
    light = {name: _linear(one or both) for name, one, _two, both in found}
    return [light, {name: _linear(two or both) for name, _one, two, both in found}]


def _linear(code: str) -> Colour:
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return (_channel(red), _channel(green), _channel(blue))


def _channel(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _contrast(one: Colour, two: Colour) -> float:
    """WCAG 2.1's ratio."""
    low, high = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, two))
    return (high + 0.05) / (low + 0.05)


def _lab(colour: Colour, sight: str) -> Colour:
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, colour, strict=True))))
        for row in SIGHTS[sight]
    )
    x = _cube_root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _cube_root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _cube_root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def _cube_root(value: float) -> float:
    return float(value ** (1 / 3)) if value > 0.008856 else 7.787 * value + 16 / 116


def _difference(one: Colour, two: Colour) -> float:
    """The least difference (CIE 1976) that any of the four sights leaves; 2 or 3 is just visible side by side."""
    pairs = ((_lab(one, sight), _lab(two, sight)) for sight in SIGHTS)
    return min(math.dist(*pair) for pair in pairs)


def _too_faint(pairs: list[tuple[str, str]], least: float) -> list[str]:
    return [
        f"{theme} {ink} on {paper}: {ratio:.2f}"
        for theme, colours in zip(("light", "dark"), _colours(), strict=True)
        for ink, paper in pairs
        if (ratio := _contrast(colours[ink], colours[paper])) < least
    ]


def test_text_stands_out_by_4_5_to_1_in_both_themes() -> None:
    pairs = [(ink, paper) for ink in TEXTS for paper in PAPERS]
    assert _too_faint([*pairs, *TEXT_ON], 4.5) == []


def test_borders_marks_and_lines_of_charts_stand_out_by_3_to_1() -> None:
    pairs = [(mark, paper) for mark in (*MARKS, *SERIES) for paper in PAPERS]
    assert _too_faint([*pairs, *MARK_ON], 3.0) == []


def test_lights_and_series_differ_for_colour_blind_readers() -> None:
    groups = (("green", "yellow", "red", "grey"), ("chart-actual", "chart-target", "chart-expected"), SERIES)
    alike = [
        f"{theme} {one} and {two}: {difference:.0f}"
        for theme, colours in zip(("light", "dark"), _colours(), strict=True)
        for group in groups
        for one, two in combinations(group, 2)
        if (difference := _difference(colours[one], colours[two])) < 15
    ]
    assert alike == []


def test_colours_are_named_in_the_tokens_alone_and_every_named_one_is_known() -> None:
    known = set(re.findall(r"(--[\w-]+):", TOKENS))
    sheets = {path.name: path.read_text(encoding="utf-8") for path in CSS.glob("*.css")}
    own = {name: set(re.findall(r"(--[\w-]+):", text)) for name, text in sheets.items()}
    unknown = {
        f"{name} {token}"
        for name, text in sheets.items()
        for token in re.findall(r"var\((--[\w-]+)", text)
        if token not in known | own[name]
    }
    assert unknown == set()
    loose = {
        f"{name} {colour}"
        for name, text in sheets.items()
        if name not in ("tokens.css", "print.css")
        for colour in re.findall(r"(?<![\w-])(?:#[0-9a-f]{3,8}\b(?=[^{]*})|rgba?\([^)]*\))", text)
    }
    assert loose == set()
