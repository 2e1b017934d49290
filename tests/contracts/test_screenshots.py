"""`./dev screenshots` shows every page: one that is added without an example fails here, by name."""

from __future__ import annotations

from pathlib import Path

from tests.screenshots import examples, index
from tests.screenshots.walk import Shot


def test_every_page_has_an_example_and_every_example_a_page() -> None:
    assert set(examples.EXAMPLES) == examples.routes()


def test_the_index_shows_each_picture_with_what_is_wrong_and_narrows_without_a_script(tmp_path: Path) -> None:
    taken = Shot("home", "visitor", "zh", "dark", 390, "home/visitor.png", "/", troubles=["400 px <wide>"])
    same = Shot("home", "officer", "", "", 0, "", "/", same_as="visitor")
    index.write(tmp_path, [taken, same])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<img src='home/visitor.png'" in page and "400 px &lt;wide&gt;" in page
    assert "officer as visitor" in page and page.count("<figure") == 1
    assert "<option value='dark'>" in page and "<script" not in page
