"""The API describes itself truly: the schema is valid and complete, and answers are what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from kpis.models import Publication
from programs.models import Plan
from tests.api.conftest import QUARTER, Reader
from tests.people import People

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
EXAMPLES = 6


@pytest.fixture
def described(reader: Reader) -> dict[str, Any]:
    response = reader.get("schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    found: dict[str, Any] = response.json()
    return found


def test_the_schema_is_valid_and_made_without_a_warning(db: None, tmp_path: Any) -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "schema.yml"))


def test_the_schema_describes_every_address(described: dict[str, Any]) -> None:
    lists = [
        "plans",
        "pillars",
        "sub-items",
        "responsibilities",
        "programs",
        "indicators",
        "ministries",
        "publications",
    ]
    expected = {f"/api/v1/{name}/" for name in lists}
    expected |= {f"/api/v1/{name}/{{code}}/" for name in lists[:3] + lists[4:7]}
    expected |= {f"/api/v1/publications/{{quarter}}/{part}" for part in ("", "figures/", "content/")}
    expected |= {"/api/v1/figures/", "/api/v1/nodes/", "/api/v1/figures/{code}/{quarter}/explain/"}
    expected |= {"/api/v1/nodes/{kind}/{code}/{quarter}/{measure}/explain/"}
    assert set(described["paths"]) == expected
    assert all(set(operations) == {"get"} for operations in described["paths"].values())


def test_every_operation_and_parameter_is_explained_in_both_languages(
    reader: Reader, described: dict[str, Any]
) -> None:
    for operations in described["paths"].values():
        operation = operations["get"]
        assert operation["description"]
        unexplained = [
            p["name"] for p in operation["parameters"] if p["in"] == "query" and not p.get("description")
        ]
        assert not unexplained
    chinese = described["paths"]["/api/v1/programs/"]["get"]["description"]
    assert "計畫" in chinese


def test_the_documentation_page_needs_nothing_from_elsewhere(reader: Reader) -> None:
    response = reader.get("docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "//cdn" not in page and "https://" not in page.split("<main")[1].split("</main")[0]
    assert "<style" not in page and "style=" not in page
    assert all("src=" in tag.split(">")[0] for tag in page.split("<script")[1:])


def test_the_documentation_page_names_every_address_parameter_and_field_of_the_schema(
    reader: Reader, described: dict[str, Any]
) -> None:
    page = reader.get("docs/").content.decode()
    for path, operations in described["paths"].items():
        assert f"GET {path}" in page
        assert all(parameter["name"] in page for parameter in operations["get"]["parameters"])
    for name, component in described["components"]["schemas"].items():
        if "properties" in component and not name.startswith("Paginated"):
            assert f'id="shape-{name}"' in page
            assert all(f"<code>{each}</code>" in page for each in component["properties"])
    links = set(re.findall(r'href="#(shape-\w+)"', page))
    assert links <= set(re.findall(r'id="(shape-\w+)"', page))


@pytest.fixture
def _one_connection(described: dict[str, Any]) -> Iterator[None]:
    """A request by way of WSGI would close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _cases(operation: Any, path: dict[str, str], cookies: dict[str, str]) -> Any:
    """Requests that follow the description and requests that do not, half of them to an address that exists."""

    def at_home(case: Any) -> Any:
        case.path_parameters.update(path)
        case.cookies.update(cookies)
        return case

    strategies = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    anywhere = strategies[0] | strategies[1]
    return (anywhere.map(at_home) | anywhere) if path else anywhere


@pytest.mark.usefixtures("_one_connection")
def test_no_request_however_absurd_meets_a_fault_or_an_undescribed_answer(
    described: dict[str, Any], publication: Publication, plan: Plan, people: People
) -> None:
    insider = Client()
    insider.force_login(people.head, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = {"sessionid": insider.cookies["sessionid"].value}
    explained = {"kind": "pillar", "quarter": QUARTER, "measure": "score"}
    known = {
        "plans": plan.code,
        "pillars": "1",
        "sub-items": "1.1",
        "programs": "P01",
        "indicators": "KR1.1",
        "ministries": "NSTC",
        "publications": QUARTER,
        "figures": "KR1.1",
        "nodes": "1",
    }
    schema = schemathesis.openapi.from_dict(described)
    schema.app = get_wsgi_application()
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.path.split("/")[3]
        is_explanation = operation.path.endswith("/explain/")
        parameters = {p.name: known[name] for p in operation.path_parameters}
        if is_explanation:
            parameters |= {key: word for key, word in explained.items() if key in parameters}
        asked = {"published": QUARTER} if name in ("figures", "nodes") and not is_explanation else {}
        cookies = session if is_explanation else {}
        case = operation.Case(path_parameters=parameters, query=asked, cookies=cookies)
        plain = case.call_and_validate(checks=CHECKS)
        assert plain.status_code == 200

        @settings(
            max_examples=EXAMPLES,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=_cases(operation, parameters, cookies))
        def holds(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        holds()


ABSURD = ["", "\x00", "'", "../", "9" * 400, "-1", "NaN", "🙂"]


@pytest.mark.parametrize("value", ABSURD)
def test_absurd_values_of_any_parameter_are_answered_or_refused(
    reader: Reader, described: dict[str, Any], publication: Publication, value: str
) -> None:
    for path, operations in described["paths"].items():
        address = path.removeprefix("/api/v1/").format(
            code="1", quarter=QUARTER, kind="pillar", measure="score"
        )
        for parameter in operations["get"]["parameters"]:
            if parameter["in"] == "query":
                response = reader.get(address, headers=None, **{parameter["name"]: value})
                allowed = (200, 400, 404) if "403" not in operations["get"]["responses"] else (400, 403, 404)
                assert response.status_code in allowed, (address, parameter["name"], value)
