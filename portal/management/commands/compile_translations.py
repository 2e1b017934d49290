"""Compiles the catalogues that changed; set-up runs it, because compiled ones are not committed."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import translations


class Command(BaseCommand):
    help = "編譯翻譯檔（僅有變動者）。Compiles the message catalogues that changed."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        written = translations.compile_stale(Path(settings.LOCALE_PATHS[0]))
        self.stdout.write(f"已編譯 {len(written)} 個翻譯檔。 {len(written)} compiled.")
