"""`check_audit` proves that the audit log is whole: it names the first entry that is not, and exits with 1 then."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ministries.services.proving import NoSuchPosition, prove

_KEPT = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64})")


def kept(text: str) -> tuple[int, str]:
    """`12:ab…` as place and digest."""
    match = _KEPT.fullmatch(text.strip().lower())
    if not match:
        raise ArgumentTypeError(_("「%(typed)s」不是「位置:摘要值」。") % {"typed": text})
    return int(match[1]), match[2]


def place(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,17}", text):
        raise ArgumentTypeError(_("「%(typed)s」不是位置；位置自 1 起算。") % {"typed": text})
    return int(text)


class Command(BaseCommand):
    help = _("逐筆驗證稽核紀錄之雜湊鏈是否完整")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=place, default=1, metavar="N", help=_("自第幾個位置起驗證")
        )
        parser.add_argument(
            "--expect",
            dest="expected",
            type=kept,
            action="append",
            default=[],
            metavar="POSITION:DIGEST",
            help=_("先前留存的位置與摘要值，可重複指定"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        first, expected = options["first"], dict(options["expected"])
        if any(position < first for position in expected):
            raise CommandError(_("--expect 之位置早於 --from，無法比對。"))
        try:
            proof = prove(first=first, expected=expected)
        except NoSuchPosition as error:
            raise CommandError(
                _("雜湊鏈未達位置 %(position)d。") % {"position": int(str(error)) + 1}
            ) from error
        if proof.finding:
            self.stderr.write(str(proof.finding))
            self.stderr.write(
                _("在此之前驗證 %(count)d 筆，至位置 %(position)d 均完整。")
                % {"count": proof.count, "position": proof.position}
            )
            sys.exit(1)
        self.stdout.write(
            _("稽核紀錄完整，驗證 %(count)d 筆；最後位置與摘要值 %(position)d:%(digest)s")
            % {"count": proof.count, "position": proof.position, "digest": proof.digest}
        )
