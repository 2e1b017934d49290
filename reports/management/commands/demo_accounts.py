"""Prints the demonstration accounts, so that the launcher can show them."""

from typing import Any

from django.core.management.base import BaseCommand

from reports import demonstration


class Command(BaseCommand):
    help = "列出示範帳號。Lists the demonstration accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = demonstration.accounts()
        if not rows:
            return
        self.stdout.write(f"示範帳號，密碼皆為 {demonstration.parameters()['password']}：")
        for email, role, organisation in rows:
            self.stdout.write(f"  {email:<32} {role}（{organisation}）")
