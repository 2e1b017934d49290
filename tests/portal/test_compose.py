"""What docker-compose.yml and the Dockerfile name exists in the code; no Docker engine is needed to know it."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from portal.embedded.postgres import LOCALE_FLAGS
from portal.embedded.valkey import SETTINGS as VALKEY_SETTINGS
from portal.heartbeats import heartbeat_file

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "portal" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
PRODUCT = ["prepare", "web", "worker", "beat"]
LONG_RUNNING = ["web", "worker", "beat", "postgres", "valkey"]
# Set by the image and read by Django itself.
READ_BY_DJANGO = {"DJANGO_SETTINGS_MODULE"}
# Wanted in production only to refuse it.
NOT_FOR_COMPOSE = {"DEBUG"}


def service(name: str) -> dict[str, Any]:
    return dict(COMPOSE["services"][name])


def variables_read_by_the_code() -> set[str]:
    sources = [ROOT / "portal" / "settings" / name for name in ("base.py", "production.py")]
    sources.append(ROOT / "portal" / "gunicorn_config.py")
    reading = re.compile(r"(?:env\.\w+|environ\.get)\(\s*\"([A-Z_]+)\"")
    return {name for source in sources for name in reading.findall(source.read_text(encoding="utf-8"))}


def test_the_services_are_the_product_and_its_two_servers() -> None:
    assert set(COMPOSE["services"]) == {*PRODUCT, "postgres", "valkey"}


@pytest.mark.parametrize("name", PRODUCT)
def test_every_command_names_a_program_that_the_product_locks(name: str) -> None:
    program, *arguments = service(name)["command"]
    locked = (ROOT / "portal" / "requirements" / "product.txt").read_text()
    if program == "python":
        assert (ROOT / arguments[0]).is_file()
        assert arguments[1] in get_commands()
    else:
        assert re.search(rf"^{program}==", locked, re.MULTILINE)


@pytest.mark.parametrize("name", PRODUCT)
def test_every_module_that_a_command_names_exists(name: str) -> None:
    for argument in service(name)["command"]:
        module = argument.removeprefix("python:").partition(":")[0]
        if module.startswith("portal"):
            assert importlib.util.find_spec(module) is not None


def test_every_management_command_of_the_image_exists() -> None:
    named = set(re.findall(r"manage\.py (\w+)", DOCKERFILE))
    assert named == {"compile_translations", "collectstatic"}
    assert named <= set(get_commands())


@pytest.mark.parametrize("name", PRODUCT)
def test_every_variable_is_read_and_every_readable_one_is_given(name: str) -> None:
    given = set(service(name)["environment"])
    assert given - READ_BY_DJANGO == variables_read_by_the_code() - NOT_FOR_COMPOSE


@pytest.mark.parametrize("variable", ["SECRET_KEY", "ALLOWED_HOSTS", "POSTGRES_PASSWORD"])
def test_secrets_come_from_the_environment_and_have_no_default(variable: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    uses = re.findall(rf"\$\{{{variable}(.)", text)
    assert uses
    assert set(uses) == {":"}
    assert f"${{{variable}:-" not in text
    assert f"{variable}=" in (DEPLOY / "example.env").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_long_running_service_has_a_health_check_and_comes_back(name: str) -> None:
    check = service(name)["healthcheck"]["test"]
    assert check[0] == "CMD"
    assert service(name)["restart"] == "unless-stopped"
    if name in PRODUCT:
        assert (ROOT / check[2]).is_file()
        assert check[3] == name


def test_the_health_check_looks_where_the_heart_beats() -> None:
    source = (DEPLOY / "healthcheck.py").read_text()
    for name in ("worker", "beat"):
        assert heartbeat_file("{name}").name in source
        assert service(name)["healthcheck"]["test"][3] == name


def test_what_serves_waits_for_a_prepared_database() -> None:
    for name in ("web", "worker", "beat"):
        conditions = {on: how["condition"] for on, how in service(name)["depends_on"].items()}
        assert conditions == {
            "prepare": "service_completed_successfully",
            "postgres": "service_healthy",
            "valkey": "service_healthy",
        }


def test_only_the_web_port_is_published() -> None:
    assert [name for name in COMPOSE["services"] if service(name).get("ports")] == ["web"]
    # To this machine only, unless somebody says otherwise: in front stands a proxy with HTTPS.
    assert service("web")["ports"] == ["${PORTAL_BIND:-127.0.0.1:8000}:8000"]


def test_databases_sort_and_search_alike_in_docker_and_embedded() -> None:
    assert tuple(shlex.split(service("postgres")["environment"]["POSTGRES_INITDB_ARGS"])) == LOCALE_FLAGS
    assert service("postgres")["image"] == "postgres:18"


def test_valkey_keeps_its_data_alike_in_docker_and_embedded() -> None:
    words = service("valkey")["command"][1:]
    given = {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}
    assert given.items() <= VALKEY_SETTINGS.items()
    assert {"appendonly", "appendfsync", "maxmemory-policy"} <= given.keys()


def test_every_volume_is_named_and_used() -> None:
    used = {
        volume.partition(":")[0]
        for name in COMPOSE["services"]
        for volume in service(name).get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


def test_the_image_runs_as_an_ordinary_user() -> None:
    stages = DOCKERFILE.split("\nFROM ")
    assert re.findall(r"^USER (\w+)", stages[-1], re.MULTILINE) == ["portal"]
    assert stages[-1].index("USER portal") < stages[-1].index("\nCMD")
    assert "useradd --uid 10001" in stages[-1]
    assert not any("user" in service(name) for name in PRODUCT)


def test_the_image_installs_by_hash_and_takes_no_compiler() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert "--only-binary :all:" in DOCKERFILE
    assert (ROOT / "portal" / "requirements" / "product.txt").is_file()
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.13-slim", "python:3.13-slim"]


def test_the_image_carries_everything_that_runs_and_nothing_else() -> None:
    kept = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert set(kept) == {
        "manage.py", "pyproject.toml", "portal", "programs", "kpis", "ministries", "reports", "fixtures",
        "docs/methodology",
    }  # fmt: skip
    assert all((ROOT / name).exists() for name in kept)
