"""`./dev screenshots` shows every page: one that is added without an example fails here, by name."""

from __future__ import annotations

from tests.screenshots import examples


def test_every_page_has_an_example_and_every_example_a_page() -> None:
    assert set(examples.EXAMPLES) == examples.routes()
