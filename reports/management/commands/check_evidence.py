"""`manage.py check_evidence [--scan]`: proves that every piece of evidence is still what was handed in; else it fails."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from reports.evidence.scanners import NoVerdict
from reports.models import Evidence
from reports.services import faults_of_store
from reports.services.evidence import Fault


class Command(BaseCommand):
    help = (
        "Computes the digest of every kept file again; --scan also shows each to the virus scanner of today."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scan", action="store_true")

    def handle(self, *args: Any, scan: bool, **options: Any) -> None:
        if scan and not settings.EVIDENCE_SCANNER:
            raise CommandError(_("尚未設定防毒掃描（EVIDENCE_SCANNER 或 CLAMD_ADDRESS）。"))
        try:
            faults = list(faults_of_store(scan=scan))
        except NoVerdict as error:
            raise CommandError(_("防毒掃描服務沒有回應：%(error)s") % {"error": error}) from error
        for fault in faults:
            self.stderr.write(self._words(fault))
        if faults:
            raise CommandError(_("%(count)d 件佐證有異常。") % {"count": len(faults)})
        kept = Evidence.objects.filter(kind=Evidence.Kind.FILE, is_kept=True).count()
        self.stdout.write(_("%(count)d 件佐證檔案均與登錄的摘要相符。") % {"count": kept})

    def _words(self, fault: Fault) -> str:
        words = {
            "unkept": _("曾隨報告送出，卻登錄為不予保留"),
            "missing": _("檔案遺失"),
            "changed": _("內容已變動"),
            "infected": _("含有惡意程式，已停止提供下載"),
        }[fault.what]
        piece = fault.evidence
        return _("佐證 %(pk)d「%(title)s」（%(name)s）：%(words)s") % {
            "pk": piece.pk,
            "title": piece.title,
            "name": piece.stored_name,
            "words": words,
        }
