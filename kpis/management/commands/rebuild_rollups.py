"""`rebuild_rollups` recomputes figures from their facts, of all plans, of one, or of one quarter; live work goes on."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand
from django.utils.translation import gettext as _
from tqdm import tqdm

from kpis.management.choosing import add_plan, chosen_plan, chosen_quarter
from kpis.models import Indicator
from kpis.services import rollups


class Command(BaseCommand):
    help = _("依已核定之資料重新計算彙總值")

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_plan(parser)
        parser.add_argument("--quarter", metavar="112Q1", help=_("只重算此季"))

    def handle(self, *_args: Any, **options: Any) -> None:
        plan = chosen_plan(options["plan"])
        quarter = chosen_quarter(options["quarter"], plan)
        indicators = Indicator.objects.filter(plan=plan) if plan else Indicator.objects.all()
        with tqdm(
            total=indicators.count(), unit=_("項指標"), file=self.stderr, disable=options["verbosity"] == 0
        ) as bar:
            written = rollups.rebuild(plan=plan, quarter=quarter, progress=bar.update)
        self.stdout.write(_("重算完成，更新 %(count)d 筆彙總值。") % {"count": written})
        # What the last check found is mended, or still stands: the alarm should know.
        rollups.verify()
