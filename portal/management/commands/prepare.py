"""Everything a database needs before the product may run happens here, in one process, and may happen twice.

Knows the order of the steps, not what they do.
"""

import time
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from kpis.services import rollups
from portal.embedded.run import ACCOUNT_MARK


class Command(BaseCommand):
    help = "Compile translations, migrate, load the plan, recompute what is outdated, generate demonstration data once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="no demonstration data")
        parser.add_argument(
            "--no-translations", action="store_true", help="they are compiled already, as in the Docker image"
        )

    def handle(self, *args: Any, no_demo: bool, no_translations: bool, **options: Any) -> None:
        if not no_translations:
            self._step("編譯翻譯 compiling translations", "compile_translations")
        self._step("更新資料庫 migrating the database", "migrate", interactive=False, verbosity=0)
        self._step("載入計畫 loading the plan", "load_plan")
        for plan in rollups.rebuild_outdated():
            self.stdout.write(f"依新版算法重算 recomputed by the new algebra: {plan.code}")
        if not no_demo:
            self._step("示範資料 demonstration data", "generate_demo")
            self._tell_accounts()

    def _step(self, words: str, command: str, **options: Any) -> None:
        self.stdout.write(f"{words} …")
        began = time.monotonic()
        call_command(command, stdout=self.stdout, **options)
        self.stdout.write(f"{words}: {time.monotonic() - began:.1f} s")

    def _tell_accounts(self) -> None:
        accounts = StringIO()
        call_command("demo_accounts", stdout=accounts)
        for line in accounts.getvalue().splitlines():
            self.stdout.write(f"{ACCOUNT_MARK}{line}")
