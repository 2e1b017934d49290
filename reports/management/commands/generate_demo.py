"""Fills an empty installation with demonstration data, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programs.selectors import current_plan
from reports import demonstration


class Command(BaseCommand):
    help = "產生示範資料（僅一次）。Generates the demonstration data, once."

    def handle(self, *args: Any, **options: Any) -> None:
        plan = current_plan()
        if plan is None:
            raise CommandError("尚無計畫資料，請先執行 load_plan。 No plan is loaded: run load_plan first.")
        made = demonstration.generate(plan=plan, tell=lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write("示範資料已產生。" if made else "示範資料早已存在，未作變動。")
