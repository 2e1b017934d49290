"""`manage.py check_plan [FOLDER …]`: what the database holds beside what the printed plan holds; differing, it fails."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kpis.counts import CountLine, compared
from kpis.imports import PlanFilesRefused, plan_folders, read_sources
from kpis.imports.records import FileRecord
from kpis.services.plan_loading import known_codes
from programs.models import Plan


class Command(BaseCommand):
    help = "Compares the counts that each plan's files expect (expected_counts) with those of the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="FILE_OR_FOLDER")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        try:
            sources = read_sources(paths or plan_folders(settings.BASE_DIR / "fixtures"), known_codes())
        except PlanFilesRefused as refused:
            raise CommandError(str(refused)) from refused
        wrong = sum(self._check(group) for group in sources.plans)
        if wrong:
            raise CommandError(_("%(count)d 項數量與計畫不符。") % {"count": wrong})
        self.stdout.write(_("資料庫與計畫相符。"))

    def _check(self, group: FileRecord) -> int:
        """Prints one plan's comparison; returns how many lines differ."""
        if group.plan is None or group.expected_counts is None:
            return 0
        plan = Plan.objects.filter(code=group.plan.code).first()
        if plan is None:
            raise CommandError(
                _("計畫「%(code)s」尚未載入；請先執行 load_plan。") % {"code": group.plan.code}
            )
        lines = compared(plan, group.expected_counts)
        self.stdout.write(plan.name_zh)
        for line in lines:
            self._print(line)
        return sum(not line.agrees for line in lines)

    def _print(self, line: CountLine) -> None:
        sign = "=" if line.agrees else "≠"
        text = _("%(sign)s %(name)s：應有 %(expected)d，實有 %(found)d") % {
            "sign": sign,
            "name": line.name,
            "expected": line.expected,
            "found": line.found,
        }
        self.stdout.write(text if line.agrees else self.style.ERROR(text))
