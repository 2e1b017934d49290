"""`check_receipts` proves that every receipt stands for what was handed in, and fails where one does not."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError

from reports import receipts
from reports.models import Receipt

WRONG = {
    "digest": "摘要值與內容不符 / the digest is not that of the content",
    "content": "內容與已儲存之版本不符 / the content is not what was saved",
    "missing": "送出而無收據 / handed in without a receipt",
}


class Command(BaseCommand):
    help = "Checks the digest and the content of every receipt against the saved revisions."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = list(receipts.faults())
        if faults:
            raise CommandError("\n".join(f"{number}: {WRONG[kind]}" for number, kind in faults))
        count = Receipt.objects.count()
        self.stdout.write(f"收據 {count} 份，均相符 / {count} receipts, all of them right")
