"""`manage.py load_plan [FILE_OR_FOLDER …]`: plan files into the database, whole or not at all."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from kpis.imports import PlanFilesRefused, plan_folders
from kpis.services.plan_loading import LoadResult, load_plans
from reports.services import create_quarters


class Command(BaseCommand):
    help = "Loads plans from YAML files (all folders under fixtures/ where none are named); repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="FILE_OR_FOLDER")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        try:
            with transaction.atomic():
                result = load_plans(paths or plan_folders(settings.BASE_DIR / "fixtures"))
                for plan in result.plans:
                    if plan.is_managed:
                        create_quarters(plan=plan)
        except PlanFilesRefused as refused:
            count = _("共 %(count)d 個問題，未載入任何資料。") % {"count": len(refused.problems)}
            raise CommandError(f"{refused}\n{count}") from refused
        self._report(result)

    def _report(self, result: LoadResult) -> None:
        for name in result.left:
            self.stdout.write(_("檔案中沒有，但予以保留：%(name)s") % {"name": name})
        for plan in result.plans:
            self.stdout.write(plan.name_zh)
        self.stdout.write(
            f"{result.created} created, {result.updated} updated, {result.deleted} deleted, {len(result.left)} left"
        )
