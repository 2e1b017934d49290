"""Quarters: which texts name one, and which do not."""

from __future__ import annotations

import pytest

from programs.quarters import Quarter


@pytest.mark.parametrize("code", ["112Q1", "99Q4", "115Q3"])
def test_a_quarter_is_read_as_it_is_written(code: str) -> None:
    assert Quarter.parse(code).code == code


@pytest.mark.parametrize(
    "code", ["", "112Q5", "112Q0", "0Q1", "000Q4", "012Q1", "1120Q1", "112Q1\n", "112q1", "-1Q1"]
)
def test_what_names_no_quarter_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a quarter"):
        Quarter.parse(code)
