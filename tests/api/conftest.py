"""How tests speak to the public API: as a stranger without a session, in JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from kpis.models import Publication
from kpis.services import publishing, rollups
from programs.models import Plan
from programs.quarters import Quarter
from tests.people import People
from tests.stages import stage

QUARTER = "112Q1"


class Reader:
    """`reader.get("programs/", pillar="1")` answers with the response, `reader.read(…)` with its JSON."""

    def __init__(self) -> None:
        self.client = Client()

    def get(self, path: str, *, headers: dict[str, str] | None = None, **parameters: Any) -> Any:
        """The path may bring parameters of its own."""
        path, _, own = path.partition("?")
        return self.client.get(f"/api/v1/{path}", {**parse_qs(own), **parameters}, headers=headers or {})

    def read(self, path: str, **parameters: Any) -> dict[str, Any]:
        response = self.get(path, **parameters)
        assert response.status_code == 200, response.content.decode()
        found: dict[str, Any] = response.json()
        return found

    def every(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """All records of a list that fits on one page."""
        page = self.read(path, page_size=200, **parameters)
        assert page["next"] is None
        records: list[dict[str, Any]] = page["results"]
        return records

    def codes(self, path: str, **parameters: Any) -> list[str]:
        return [record["code"] for record in self.every(path, **parameters)]

    def refusal(self, path: str, status: int = 400, **parameters: Any) -> dict[str, Any]:
        response = self.get(path, **parameters)
        assert response.status_code == status, (path, parameters, response.content.decode())
        said: dict[str, Any] = response.json()
        assert set(said) == {"code", "message", "errors"}
        return said


@pytest.fixture
def reader(plan: Plan) -> Reader:
    return Reader()


@stage()
def publication(plan: Plan, people: People) -> Publication:
    """112Q1 as it would be published before anybody reported: every figure frozen, none stated."""
    rollups.rebuild(plan=plan)
    return publishing.publish(plan=plan, quarter=Quarter.parse(QUARTER), actor=people.head)
