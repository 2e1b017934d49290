"""The pictures on one page: a grid that narrows to a role, page, width, language or theme, without a script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from tests.screenshots.walk import Shot

FILTERS = ("role", "page", "width", "language", "theme")
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 1rem; color: #1b232c; }
form { display: flex; flex-wrap: wrap; gap: 1rem; position: sticky; top: 0; padding: .5rem 0; background: #fff; }
section > div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
figure { margin: 0; width: 15rem; }
figure img { width: 100%; max-height: 24rem; object-fit: cover; object-position: top; border: 1px solid #999; }
figcaption { font-size: .8rem; }
.trouble { color: #951712; font-weight: 600; }
section:not(:has(figure)) { display: none; }
"""


def write(folder: Path, shots: Sequence[Shot]) -> None:
    """index.html beside the folders of pictures."""
    taken = [shot for shot in shots if shot.path]
    choices = {name: sorted({_value(shot, name) for shot in taken}) for name in FILTERS}
    parts = [
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Screenshots</title><style>",
        STYLE,
        *(_rule(name, choice) for name, found in choices.items() for choice in found),
        "</style></head><body><h1>Screenshots</h1><form>",
        *(_select(name, found) for name, found in choices.items()),
        "</form>",
    ]
    for page, of_page in groupby(sorted(shots, key=lambda shot: shot.page), key=lambda shot: shot.page):
        parts.append(_section(page, list(of_page)))
    parts.append("</body></html>")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text("\n".join(parts), encoding="utf-8")


def _value(shot: Shot, name: str) -> str:
    return str(getattr(shot, name))


def _rule(name: str, choice: str) -> str:
    chosen = f"body:has(#{name} option[value='{choice}']:checked)"
    return f"{chosen} figure:not([data-{name}='{choice}']) {{ display: none; }}"


def _select(name: str, choices: Iterable[str]) -> str:
    options = "".join(f"<option value='{each}'>{each}</option>" for each in choices)
    return f"<label>{name} <select id='{name}'><option value=''>all</option>{options}</select></label>"


def _section(page: str, shots: Sequence[Shot]) -> str:
    same = ", ".join(f"{shot.role} as {shot.same_as}" for shot in shots if shot.same_as)
    figures = "".join(_figure(shot) for shot in shots if shot.path)
    note = f"<p>The same: {escape(same)}</p>" if same else ""
    return f"<section><h2>{escape(page)}</h2>{note}<div>{figures}</div></section>"


def _figure(shot: Shot) -> str:
    data = " ".join(f"data-{name}='{_value(shot, name)}'" for name in FILTERS)
    words = f"{shot.role} · {shot.language} · {shot.theme} · {shot.width} px"
    troubles = "".join(f"<br><span class='trouble'>{escape(trouble)}</span>" for trouble in shot.troubles)
    picture = f"<a href='{shot.path}'><img src='{shot.path}' alt='{words}' loading='lazy'></a>"
    return f"<figure {data}>{picture}<figcaption>{words}<br>{escape(shot.address)}{troubles}</figcaption></figure>"
