"""`verify_rollups` recomputes every figure from its facts, names what differs, and exits with 1 if anything does."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand
from django.utils.translation import gettext as _

from kpis.management.choosing import add_plan, chosen_plan
from kpis.services import rollups

SHOWN = 20


class Command(BaseCommand):
    help = _("逐筆驗證彙總值與已核定之資料是否一致")

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_plan(parser)
        parser.add_argument("--limit", type=int, default=SHOWN, help=_("最多列出幾處不一致（預設 20 處）"))

    def handle(self, *_args: Any, **options: Any) -> None:
        count = rollups.verify(
            plan=chosen_plan(options["plan"]),
            examples=options["limit"],
            show=lambda each: self.stdout.write(str(each)),
        )
        if count:
            self.stderr.write(
                _("共 %(count)d 處不一致；請執行 rebuild_rollups 重算，並查明原因。") % {"count": count}
            )
            sys.exit(1)
        self.stdout.write(_("彙總值與已核定之資料一致。"))
