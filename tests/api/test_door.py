"""The door of the public API: it only reads, says why it refuses, and lets every page of the web read along."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import translation
from rest_framework.request import Request
from rest_framework.views import APIView

from kpis.models import Publication
from portal.api import ReadOnly
from programs.api import ProgramViewSet
from tests.api.conftest import QUARTER, Reader

ADDRESSES = [
    "",
    "plans/",
    "plans/taiwan-ai-action-plan-2018/",
    "pillars/",
    "pillars/1/",
    "sub-items/",
    "sub-items/1.1/",
    "responsibilities/",
    "programs/",
    "programs/P01/",
    "indicators/",
    "indicators/KR1.1/",
    "ministries/",
    "ministries/NSTC/",
    "publications/",
    f"publications/{QUARTER}/",
    f"publications/{QUARTER}/figures/",
    f"publications/{QUARTER}/content/",
    f"figures/?published={QUARTER}",
    f"nodes/?published={QUARTER}",
    "schema/",
    "docs/",
]
RECORDS = [address for address in ADDRESSES if address not in ("schema/", "docs/")]


@pytest.mark.parametrize("address", [*ADDRESSES, "nothing/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(reader: Reader, address: str, method: str) -> None:
    send = getattr(Client(enforce_csrf_checks=True), method)
    response = send(f"/api/v1/{address}", {}, content_type="application/json")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_a_view_that_does_not_say_it_is_public_is_closed() -> None:
    request = Request(RequestFactory().get("/"))
    assert not ReadOnly().has_permission(request, APIView())
    assert ReadOnly().has_permission(request, ProgramViewSet())


def test_a_session_changes_nothing_of_what_is_told(reader: Reader, people: Any) -> None:
    as_stranger = reader.get("programs/").content
    reader.client.force_login(
        people.administrator, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    response = reader.get("programs/")
    assert response.content == as_stranger
    assert "Cookie" not in response.headers["Vary"]


# --- pages ------------------------------------------------------------------------------------------------
def test_pages_hold_50_records_unless_asked_otherwise(reader: Reader) -> None:
    assert len(reader.read("responsibilities/")["results"]) == min(
        50, reader.read("responsibilities/")["count"]
    )
    page = reader.read("programs/", page_size=10)
    assert (page["count"], len(page["results"]), page["previous"]) == (34, 10, None)
    last = reader.read("programs/", page_size=10, page=4)
    assert (len(last["results"]), last["next"]) == (4, None)
    assert len(reader.read("programs/", page_size=200)["results"]) == 34


@pytest.mark.parametrize("size", ["0", "-1", "201", "1000", "ten", "1.5", "1e2", "9" * 5000, "٥"])
def test_a_page_size_out_of_bounds_is_refused_with_its_bounds(reader: Reader, size: str) -> None:
    said = reader.refusal("programs/", page_size=size)
    assert said["errors"][0]["parameter"] == "page_size"
    assert "200" in said["message"]


@pytest.mark.parametrize("page", ["0", "-1", "two", "last", "\x00"])
def test_a_page_that_is_no_number_is_refused(reader: Reader, page: str) -> None:
    assert reader.refusal("programs/", page=page)["errors"][0]["parameter"] == "page"


def test_a_page_beyond_the_last_is_not_found(reader: Reader) -> None:
    assert "99" in reader.refusal("programs/", 404, page=99)["message"]


# --- refusals ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", RECORDS)
def test_an_unknown_parameter_is_refused_by_name(
    reader: Reader, publication: Publication, address: str
) -> None:
    said = reader.refusal(address, pilar="1")
    assert said["code"] == "invalid_parameter"
    assert said["errors"] == [{"parameter": "pilar", "value": "1", "message": said["errors"][0]["message"]}]
    assert "pilar" in said["message"] and "lang" in said["message"]


@pytest.mark.parametrize(
    ("address", "parameter", "value", "allowed"),
    [
        ("programs/", "pillar", "9", "1, 2, 3, 4, 5"),
        ("programs/", "table", "2", "3, 4, 5, 6, 7, 8"),
        ("programs/", "kind", "old", "existing, continuing, new"),
        ("programs/", "mark", "√", "primary, related"),
        ("programs/", "organisation", "nstc", "NSTC"),
        ("programs/", "provisional", "maybe", "true, false"),
        ("programs/", "plan", "x", "taiwan-ai-action-plan-2018"),
        ("programs/P01/", "plan", "x", "taiwan-ai-action-plan-2018"),
        ("pillars/", "lang", "fr", "zh-hant, en"),
        ("sub-items/", "role", "boss", "lead, co, assisting"),
        ("responsibilities/", "sub_item", "1.9", "1.1, 1.2, 1.3"),
        ("indicators/", "kind", "kpi", "goal, key_result, overall"),
        ("ministries/", "kind", "club", "ministry, unit, office"),
        ("indicators/", "pillar", "\x00", "1, 2"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(
    reader: Reader, address: str, parameter: str, value: str, allowed: str
) -> None:
    said = reader.refusal(address, 400, **{parameter: value})
    assert [(error["parameter"], error["value"]) for error in said["errors"]] == [(parameter, value)]
    assert parameter in said["message"] and allowed in said["message"]


def test_several_bad_values_are_all_named(reader: Reader) -> None:
    said = reader.refusal("programs/", pillar="9", kind="old")
    assert {error["parameter"] for error in said["errors"]} == {"pillar", "kind"}


def test_a_parameter_given_twice_is_refused(reader: Reader) -> None:
    assert reader.refusal("programs/?pillar=1&pillar=2")["errors"][0]["parameter"] == "pillar"


def test_refusals_speak_the_readers_language(reader: Reader) -> None:
    chinese = reader.refusal("programs/", pillar="9")["message"]
    assert "無效" in chinese
    with translation.override("en"):
        english = reader.refusal("programs/", pillar="9", lang="en")["message"]
    by_header = reader.get("programs/", pillar="9", headers={"Accept-Language": "en"})
    assert by_header.json()["message"] == english
    assert by_header.headers["Content-Language"] == "en"
    assert reader.get("programs/", lang="en").headers["Content-Language"] == "en"
    assert "Accept-Language" in by_header.headers["Vary"]


@pytest.mark.parametrize(
    "address",
    ["programs/P99/", "programs/%00/", "programs/%ff/", "ministries/nstc/", "nothing/", "programs/P01/x/"],
)
def test_what_is_not_there_is_refused_in_json(reader: Reader, address: str) -> None:
    said = reader.refusal(address, 404)
    assert said["message"] and said["errors"] == []


def test_an_address_without_its_last_slash_leads_to_the_one_with_it(reader: Reader) -> None:
    response = reader.get("programs", pillar="1")
    assert (response.status_code, response.headers["Location"]) == (301, "/api/v1/programs/?pillar=1")
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_another_format_than_json_is_refused(reader: Reader) -> None:
    assert reader.get("programs/", headers={"Accept": "application/xml"}).status_code == 406


def test_a_fault_of_ours_says_a_code_and_nothing_else(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_view: ProgramViewSet) -> Any:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(ProgramViewSet, "get_queryset", broken)
    reader.client.raise_request_exception = False
    response = reader.get("programs/")
    said = response.json()
    assert response.status_code == 500
    assert "swordfish" not in response.content.decode()
    reference = said["code"].removeprefix("failure-")
    assert reference in said["message"]
    assert any(reference in record.getMessage() and record.exc_info for record in caplog.records)
    assert response.headers["Cache-Control"] == "no-store"


# --- validators and other pages of the web ----------------------------------------------------------------
@pytest.mark.parametrize("address", [*RECORDS, "schema/"])
def test_an_unchanged_answer_is_not_sent_again(
    reader: Reader, publication: Publication, address: str
) -> None:
    first = reader.get(address)
    etag = first.headers["ETag"]
    assert etag.startswith('"') and "max-age" in first.headers["Cache-Control"]
    second = reader.get(address, headers={"If-None-Match": etag})
    assert (second.status_code, second.content, second.headers["ETag"]) == (304, b"", etag)
    assert second.headers["Access-Control-Allow-Origin"] == "*"
    assert reader.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_changed_record_changes_the_etag(reader: Reader, plan: Any) -> None:
    before = {path: reader.get(path).headers["ETag"] for path in ("pillars/", "pillars/1/", "pillars/2/")}
    plan.pillars.filter(code="1").update(name_en="Something else")
    after = {path: reader.get(path).headers["ETag"] for path in before}
    assert before["pillars/"] != after["pillars/"]
    assert before["pillars/1/"] != after["pillars/1/"]
    assert before["pillars/2/"] == after["pillars/2/"]


def test_a_head_request_has_the_headers_and_no_body(reader: Reader) -> None:
    response = reader.client.head("/api/v1/programs/")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["ETag"] == reader.get("programs/").headers["ETag"]


@pytest.mark.parametrize("address", [*RECORDS, "nothing/", "schema/"])
def test_every_page_of_the_web_may_read_without_credentials(reader: Reader, address: str) -> None:
    response = reader.get(address, headers={"Origin": "https://example.org"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_preflight_allows_reading_only(reader: Reader) -> None:
    response = reader.client.options(
        "/api/v1/programs/",
        headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"},
    )
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]


def test_pages_outside_the_api_are_not_opened_to_other_sites(reader: Reader) -> None:
    response = reader.client.get("/healthz", headers={"Origin": "https://example.org"})
    assert "Access-Control-Allow-Origin" not in response.headers
