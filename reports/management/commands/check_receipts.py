"""`check_receipts` proves that receipts stand for what was handed in, and accepted facts for what was accepted; else it fails."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError

from reports import acceptance, receipts
from reports.models import Receipt

WRONG = {
    "digest": "摘要值與內容不符 / the digest is not that of the content",
    "content": "內容與已儲存之版本不符 / the content is not what was saved",
    "submission": "編號、報告、時間或人員與送出紀錄不符 / the number, report, time or person is not that of the submission",
    "missing": "送出而無回執 / handed in without a receipt",
    "fact": "核定資料與核定之內容不符 / the accepted fact is not what was accepted",
}


class Command(BaseCommand):
    help = "Checks every receipt against the saved revisions, and every accepted line against its fact."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [*receipts.faults(), *((str(line), "fact") for line in acceptance.faults())]
        if faults:
            raise CommandError("\n".join(f"{number}: {WRONG[kind]}" for number, kind in faults))
        count = Receipt.objects.count()
        self.stdout.write(f"回執 {count} 份，均相符 / {count} receipts, all of them right")
