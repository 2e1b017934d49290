"""Static files are named after their content and lie packed beside themselves; scripts come after what can be read."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import brotli
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.utils.module_loading import import_string

from portal.settings import base
from programs.models import Plan
from tests.kpis import editions
from tests.people import People

STATIC = Path(settings.BASE_DIR) / "portal" / "static"
FIRST_VIEW = 60 * 1024


def test_a_collected_file_is_named_after_its_content_and_packed_twice(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    shutil.copy(STATIC / "css" / "tokens.css", tmp_path / "css")
    storage = import_string(base.STORAGES["staticfiles"]["BACKEND"])(str(tmp_path), "/static/")
    list(storage.post_process({"css/tokens.css": (FileSystemStorage(str(STATIC)), "css/tokens.css")}))
    url = storage.url("css/tokens.css")
    assert re.fullmatch(r"/static/css/tokens\.[0-9a-f]{12}\.css", url)
    file = tmp_path / url.removeprefix("/static/")
    content = file.read_bytes()
    assert gzip.decompress(Path(f"{file}.gz").read_bytes()) == content
    assert brotli.decompress(Path(f"{file}.br").read_bytes()) == content


def test_the_home_page_and_its_style_fit_into_sixty_kilobytes(
    client: Client, plan: Plan, people: People
) -> None:
    """Of a plan with sixteen indicators, each with a series of fourteen quarters; before the charts' own script."""
    quarters = [f"{year}Q{number}" for year in (112, 113, 114, 115) for number in (1, 2, 3, 4)][:14]
    series = [editions.figure(quarter, year_numerator="4000", light="green") for quarter in quarters]
    many = [
        editions.indicator(code=f"KR1.{number}", figure=series[-1], series=series) for number in range(16)
    ]
    editions.published(plan, people.head, *many)
    page = client.get("/").content
    styles = re.findall(r'<link rel="stylesheet"\s+href="/static/([^"]+)"', page.decode())
    assert len(styles) >= 5
    packed = [gzip.compress(page), *(gzip.compress((STATIC / name).read_bytes()) for name in styles)]
    assert sum(map(len, packed)) < FIRST_VIEW


def test_scripts_stand_last_and_wait_for_the_page(client: Client, plan: Plan, people: People) -> None:
    editions.published(plan, people.head)
    for address in ("/", "/indicators/KR1.2/"):
        page = client.get(address).content.decode()
        scripts = re.findall(r"<script\b[^>]*\bsrc=[^>]*>", page)
        assert scripts and all(" defer" in script for script in scripts), address
        assert page.index("</main>") < page.index(scripts[0]) < page.index("plotly-basic"), address
