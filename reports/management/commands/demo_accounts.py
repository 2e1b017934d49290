"""Prints the demonstration accounts, so that the launcher can show them; those of ministries by their pattern."""

from collections import defaultdict
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
        names: dict[str, str] = {}
        holders: dict[tuple[str, str], list[str]] = defaultdict(list)
        for email, role, organisation in rows:
            person, _at, domain = email.partition("@")
            kind, dot, code = person.partition(".")
            if dot:
                names[code] = organisation
                holders[f"{kind}.代碼@{domain}", role].append(code)
            else:
                self._tell(email, role)
        for (pattern, role), codes in sorted(holders.items(), key=lambda each: -len(each[1])):
            some = f"（{'、'.join(codes)}）" if len(codes) < len(names) else ""
            self._tell(pattern, f"{role}{some}")
        told = "、".join(f"{code} {name}" for code, name in names.items())
        self.stdout.write(f"  代碼：{told}")

    def _tell(self, email: str, words: str) -> None:
        self.stdout.write(f"  {email:<28} {words}")
