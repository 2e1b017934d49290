"""Organisations are named as they were called on the day that is asked for, in either calendar."""

from __future__ import annotations

from datetime import datetime

import pytest

from ministries import clock
from tests.api.conftest import Reader


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("MOA", "2023-07-31", "行政院農業委員會"),
        ("MOA", "2023-08-01", "農業部"),
        ("MOA", "112/07/31", "行政院農業委員會"),
        ("MOA", "112/08/01", "農業部"),
        ("MOA", "112.8.1", "農業部"),
        ("NSTC", "2022-07-26", "科技部"),
        ("NSTC", "2022-07-27", "國家科學及技術委員會"),
        ("MOTC-CWA", "112/09/14", "交通部中央氣象局"),
        ("MOTC-CWA", "112/09/15", "交通部中央氣象署"),
        ("MOEA-IDB", "2023-09-25", "經濟部工業局"),
        ("MOEA-IDB", "2023-09-26", "經濟部產業發展署"),
        ("MOEA-DOIT", "2023-09-26", "經濟部產業技術司"),
        ("MOA", "0001-01-01", "行政院農業委員會"),
        ("MOA", "9999-12-31", "農業部"),
    ],
)
def test_an_organisation_has_the_name_of_the_day(reader: Reader, code: str, day: str, name: str) -> None:
    assert reader.read(f"ministries/{code}/", on=day)["name_zh"] == name


def test_without_a_day_the_name_is_todays(reader: Reader) -> None:
    with clock.set_to(datetime(2023, 7, 31, 23, 59, tzinfo=clock.TAIPEI)):
        council = reader.read("ministries/MOA/")
    with clock.set_to(datetime(2023, 8, 1, 0, 0, tzinfo=clock.TAIPEI)):
        ministry = reader.read("ministries/MOA/")
    assert (council["on"], council["short_zh"]) == ("2023-07-31", "農委會")
    assert (ministry["on"], ministry["short_zh"]) == ("2023-08-01", "農業部")


def test_all_names_stay_visible_whatever_the_day(reader: Reader) -> None:
    names = reader.read("ministries/MOA/", on="2023-07-31")["names"]
    assert [(each["name_zh"], each["valid_from"], each["valid_until"]) for each in names] == [
        ("行政院農業委員會", None, "2023-08-01"),
        ("農業部", "2023-08-01", None),
    ]


def test_lists_honour_the_day(reader: Reader) -> None:
    before, after = "2023-07-31", "2023-08-01"
    for path, parameters, key in [
        ("ministries/", {}, "name_zh"),
        ("programs/", {"organisation": "MOA"}, "organisation_name_zh"),
        ("responsibilities/", {"organisation": "MOA"}, "organisation_name_zh"),
    ]:
        old = [each[key] for each in reader.every(path, on=before, **parameters)]
        new = [each[key] for each in reader.every(path, on=after, **parameters)]
        assert "行政院農業委員會" in old and "農業部" not in old
        assert "農業部" in new and "行政院農業委員會" not in new


def test_a_transfer_of_functions_is_no_rename(reader: Reader) -> None:
    transfers = reader.read("ministries/MODA/", on="2022-08-27")["transfers"]
    assert [(t["from_organisation"], t["to_organisation"]) for t in transfers] == [("MOEA", "MODA")]
    assert reader.read("ministries/MOEA/", on="2022-08-28")["name_zh"] == "經濟部"


@pytest.mark.parametrize(
    "day",
    [
        "2023-02-30",
        "112/02/30",
        "yesterday",
        "2023-7-31",
        "20230731",
        "31/07/2023",
        "1120731",
        "0/0/0",
        "\x00",
    ],
)
def test_a_day_that_is_none_is_refused_with_an_example(reader: Reader, day: str) -> None:
    said = reader.refusal("ministries/MOA/", on=day)
    assert said["errors"][0]["parameter"] == "on"
    assert said["errors"][0]["value"] == day
    assert "112/07/31" in said["message"] and "2023-07-31" in said["message"]
