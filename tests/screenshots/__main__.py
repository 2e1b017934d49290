"""Walks every page as every role with a real browser and keeps pictures of it, on servers of its own.

Run by `./dev screenshots`. Writes build/screenshots/ with index.html; fails when a page was too wide for its screen, the
browser complained, or (with --axe) a barrier was found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
os.environ.setdefault("LOG_LEVEL", "WARNING")
# Playwright's event loop runs in the thread that also asks the database for examples.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from ministries.tasks import send_letters  # noqa: E402
from portal.embedded.address import answers  # noqa: E402
from portal.embedded.processes import ROOT, wait_until  # noqa: E402
from portal.embedded.words import complain, say  # noqa: E402
from reports.tasks import note_reminders  # noqa: E402
from tests.journeys.conftest import FLAGS, find_chromium  # noqa: E402
from tests.screenshots import examples, index  # noqa: E402
from tests.screenshots.walk import Walk  # noqa: E402

FOLDER = ROOT / "build" / "screenshots"


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    chromium = find_chromium()
    if chromium is None:
        complain(
            "找不到 Chromium。請安裝後再執行，或以環境變數 CHROMIUM 指定其位置。\n"
            "No Chromium was found. Install it, or say where it is with the variable CHROMIUM."
        )
        return 2
    examples.refuse_missing()
    began = time.monotonic()
    say("準備示範資料……", "Preparing demonstration data…")
    call_command("prepare", stdout=StringIO())
    note_reminders()
    send_letters()
    shutil.rmtree(FOLDER, ignore_errors=True)
    with _web_server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        walk = Walk(browser, address, FOLDER, axe=options.axe)
        for role, email in examples.accounts().items():
            if not options.role or role in options.role:
                walk.as_role(role, email, [page for page in examples.pages() if _is_wanted(page, options)])
        browser.close()
    index.write(FOLDER, walk.shots)
    minutes = (time.monotonic() - began) / 60
    say(
        f"{len(walk.shots)} 張圖，{minutes:.0f} 分鐘：{FOLDER / 'index.html'}",
        f"{len(walk.shots)} pictures, {minutes:.0f} minutes: {FOLDER / 'index.html'}",
    )
    return 1 if not walk.shots or any(shot.troubles for shot in walk.shots) else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev screenshots")
    parser.add_argument("--role", action="append", default=[], help="only as this role (may be repeated)")
    parser.add_argument(
        "--page", action="append", default=[], help="only pages whose name begins so (may be repeated)"
    )
    parser.add_argument(
        "--axe", action="store_true", help="look for barriers too, in both themes (WCAG 2.1 A and AA)"
    )
    return parser.parse_args(arguments)


def _is_wanted(page: examples.Page, options: argparse.Namespace) -> bool:
    return not options.page or any(page.label.startswith(begin) for begin in options.page)


@contextmanager
def _web_server() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:portal.gunicorn_config"]
    with subprocess.Popen(
        [*gunicorn, "--bind", f"127.0.0.1:{port}", "portal.wsgi:application"], cwd=ROOT
    ) as web:
        try:
            if not wait_until(lambda: answers("127.0.0.1", port), seconds=60):
                raise TimeoutError("the web server does not answer")
            yield f"http://127.0.0.1:{port}"
        finally:
            web.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
