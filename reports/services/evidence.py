"""Evidence hangs on a line while the line takes entries: checked and scanned before it is kept, struck out afterwards.

A file lies in the store before its row is written, and goes again where the row is not. What a crash leaves behind is
swept out after a day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import User
from ministries.permissions import Act, principal_of, require
from ministries.services import Refused, record_act
from reports.evidence import kinds, names, scanners, store
from reports.evidence.refusals import NotAccepted
from reports.evidence.scanners import NoVerdict, ScanState, Verdict
from reports.models import Evidence, Line
from reports.models.evidence import LONGEST_TITLE
from reports.services.lines import not_taken
from reports.services.moving import locked_line, require_round_open

logger = logging.getLogger(__name__)
MOST_ON_A_LINE = 50
ABANDONED_AFTER = timedelta(days=1)


# --- hanging up ---------------------------------------------------------------------------------------------
def attach_file(*, line: Line, file: File[bytes] | None, actor: User, title: str = "") -> Evidence:
    """Keeps the file and hangs it on the line; Refused leaves nothing behind, neither row nor file.

    `file` has a name, a size and chunks. Its content decides what it is, see `reports.evidence.kinds`.
    """
    require(actor, Act.FILL_REPORT, line.report.organisation)
    _require_taken(line)
    if file is None:
        raise Refused(_("檔案未上傳。"), {"file": _("請選擇檔案。")})
    name = names.clean_name(file.name or "")
    title = _title(title) or name.rpartition(".")[0] or name
    if (file.size or 0) > settings.EVIDENCE_FILE_BYTES:
        raise _too_large()
    try:
        with store.received(file.chunks(), settings.EVIDENCE_FILE_BYTES) as arrival:
            media_type = kinds.recognised(arrival.path, name)
            verdict = _verdict(arrival.path)
            if verdict.state == ScanState.INFECTED:
                _refuse_infected(line, actor, verdict, arrival.sha256)
            evidence = Evidence(
                line=line,
                kind=Evidence.Kind.FILE,
                title=title,
                original_name=name,
                media_type=media_type,
                size=arrival.size,
                sha256=arrival.sha256,
                scan_state=verdict.state,
                scanner=verdict.scanner,
                scanned_at=clock.now() if verdict.scanner else None,
            )
            return _hang(evidence, actor, arrival)
    except store.TooLarge as error:
        raise _too_large() from error
    except NotAccepted as why:
        raise Refused(_("檔案未上傳。"), {"file": str(why)}) from why


def attach_link(*, line: Line, url: str, actor: User, title: str = "") -> Evidence:
    """Hangs an address on the line; nothing is fetched from it."""
    require(actor, Act.FILL_REPORT, line.report.organisation)
    _require_taken(line)
    title = _title(title)
    try:
        address = names.clean_address(url)
    except NotAccepted as why:
        raise Refused(_("網址未儲存。"), {"url": str(why)}) from why
    known = title or address.partition("://")[2][:LONGEST_TITLE]
    return _hang(Evidence(line=line, kind=Evidence.Kind.LINK, title=known, url=address), actor)


def _require_taken(line: Line) -> None:
    require_round_open(line.report)
    if not line.takes_entries:
        raise Refused(not_taken(line))


def _title(text: str) -> str:
    title = names.shown(text)
    if len(title) > LONGEST_TITLE:
        raise Refused(
            _("佐證未儲存。"),
            {"title": _("名稱過長：上限 %(longest)d 字。") % {"longest": LONGEST_TITLE}},
        )
    return title


def _verdict(path: Path) -> Verdict:
    try:
        return scanners.scan(path)
    except NoVerdict as error:
        logger.warning("The scanner gave no verdict: %s", error)
        raise Refused(_("防毒掃描服務目前沒有回應，檔案未上傳；請稍後再試，或洽系統管理者。")) from error


def _refuse_infected(line: Line, actor: User, verdict: Verdict, sha256: str) -> None:
    """The attempt is on record, outside of what the refusal undoes."""
    record_act(
        actor=actor,
        act=Act.WRITE_REFUSED,
        subject=line,
        organisation=line.report.organisation,
        detail={"infected": verdict.found, "scanner": verdict.scanner, "sha256": sha256},
    )
    raise Refused(
        _("檔案未上傳。"),
        {
            "file": _("掃毒發現惡意程式（%(found)s），檔案未保留。")
            % {"found": verdict.found or verdict.scanner}
        },
    )


def _too_large() -> Refused:
    limit = filesizeformat(settings.EVIDENCE_FILE_BYTES)
    return Refused(
        _("檔案未上傳。"),
        {"file": _("檔案過大：每個檔案上限為 %(limit)s。") % {"limit": limit}},
    )


@transaction.atomic
def _hang(evidence: Evidence, actor: User, arrival: store.Arrival | None = None) -> Evidence:
    evidence.line = locked_line(evidence.line)
    report = evidence.line.report
    _require_taken(evidence.line)
    _require_room(evidence)
    if arrival:
        evidence.stored_name = arrival.keep()
    evidence.added_at, evidence.added_by = clock.now(), actor
    evidence.added_on_behalf_of = principal_of(actor, Act.FILL_REPORT, report.organisation)
    evidence.save(force_insert=True)
    record_act(
        actor=actor,
        act=Act.FILL_REPORT,
        subject=evidence,
        organisation=report.organisation,
        detail={"evidence": "added", "line": evidence.line_id, **_named(evidence)},
    )
    return evidence


def _named(evidence: Evidence) -> dict[str, str]:
    if evidence.is_file:
        return {"file": evidence.original_name, "sha256": evidence.sha256}
    return {"url": evidence.url}


def _require_room(evidence: Evidence) -> None:
    """Under the report's lock: once per line, not too many, and within what a report may hold."""
    field = "file" if evidence.is_file else "url"
    hanging = Evidence.objects.hanging().filter(line=evidence.line)
    same = hanging.filter(kind=evidence.kind, sha256=evidence.sha256, url=evidence.url)
    if found := same.first():
        raise Refused(
            _("佐證未儲存。"),
            {field: _("本項已有內容相同的佐證「%(title)s」。") % {"title": found.title}},
        )
    if hanging.count() >= MOST_ON_A_LINE:
        raise Refused(
            _("佐證未儲存。"),
            {field: _("每項至多 %(most)d 件佐證，請先移除不需要的佐證。") % {"most": MOST_ON_A_LINE}},
        )
    of_report = Evidence.objects.hanging().filter(line__report=evidence.line.report_id)
    held = of_report.aggregate(sum=Sum("size"))["sum"] or 0
    if held + (evidence.size or 0) > settings.EVIDENCE_REPORT_BYTES:
        raise Refused(
            _("檔案未上傳。"),
            {
                field: _("本報告的佐證檔案合計不得超過 %(limit)s，目前已有 %(held)s。")
                % {"limit": filesizeformat(settings.EVIDENCE_REPORT_BYTES), "held": filesizeformat(held)}
            },
        )


# --- taking down --------------------------------------------------------------------------------------------
@transaction.atomic
def remove_evidence(*, evidence: Evidence, actor: User) -> Evidence:
    """Strikes the evidence out. What was handed in once stays in the store; what never was leaves it."""
    organisation = evidence.line.report.organisation
    require(actor, Act.FILL_REPORT, organisation)
    line = locked_line(evidence.line)
    _require_taken(line)
    evidence = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if evidence.removed_at:
        raise Refused(_("此件佐證已移除。"))
    evidence.is_kept = Evidence.objects.handed_in().filter(pk=evidence.pk).exists()
    evidence.removed_at, evidence.removed_by = clock.now(), actor
    evidence.removed_on_behalf_of = principal_of(actor, Act.FILL_REPORT, organisation)
    evidence.save(update_fields=["removed_at", "removed_by", "removed_on_behalf_of", "is_kept"])
    record_act(
        actor=actor,
        act=Act.FILL_REPORT,
        subject=evidence,
        organisation=organisation,
        detail={
            "evidence": "removed",
            "line": evidence.line_id,
            "kept": evidence.is_kept,
            **_named(evidence),
        },
    )
    if evidence.is_file and not evidence.is_kept:
        stored_name = evidence.stored_name
        transaction.on_commit(lambda: store.discard(stored_name))
    return evidence


# --- keeping house ------------------------------------------------------------------------------------------
def sweep_store() -> int:
    """Removes files that no row wants and that have lain for a day; returns how many."""
    before = (clock.now() - ABANDONED_AFTER).timestamp()
    lying = list(store.lying_since(before))
    kept = Evidence.objects.filter(kind=Evidence.Kind.FILE, is_kept=True, stored_name__in=lying)
    abandoned = set(lying) - set(kept.values_list("stored_name", flat=True))
    for name in abandoned:
        store.discard(name)
    return len(abandoned)


@dataclass(frozen=True)
class Fault:
    """A file that was handed in and is not kept, or a kept one that is gone, changed, or infected by today's scanner."""

    evidence: Evidence
    what: str


def faults_of_store(*, scan: bool = False) -> Iterator[Fault]:
    """Digests every kept file again; with `scan`, shows each to the scanner of today and keeps its verdict."""
    files = Evidence.objects.filter(kind=Evidence.Kind.FILE)
    for evidence in files.handed_in().filter(is_kept=False).order_by("id").iterator():
        yield Fault(evidence, "unkept")
    for evidence in files.filter(is_kept=True).order_by("id").iterator():
        digest = store.digest_of(evidence.stored_name)
        if digest is None:
            yield Fault(evidence, "missing")
        elif digest != evidence.sha256:
            yield Fault(evidence, "changed")
        elif scan and _scanned_again(evidence).state == ScanState.INFECTED:
            yield Fault(evidence, "infected")


def _scanned_again(evidence: Evidence) -> Verdict:
    verdict = scanners.scan(store.path_of(evidence.stored_name))
    if verdict.scanner:
        Evidence.objects.filter(pk=evidence.pk).update(
            scan_state=verdict.state, scanner=verdict.scanner, scanned_at=clock.now()
        )
    return verdict
