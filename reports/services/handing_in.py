"""A ministry hands its report in once nothing that it owes is missing."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ministries.models import User
from ministries.permissions import Act, require
from ministries.services import Refused
from reports import checks
from reports.contents import LineContent
from reports.models import Report
from reports.services.moving import locked_report, require_entries_taken, take_step
from reports.workflow import Deed


def submit_report(*, report: Report, actor: User) -> Report:
    """Hands the report to the secretariat; Refused names every line and field that still lacks something."""
    require(actor, Act.SUBMIT_REPORT, report.organisation)
    report = locked_report(report)
    require_entries_taken(report)
    troubles: dict[str, str] = {}
    lines = report.lines.select_related("indicator", "milestone__program")
    for line in lines.prefetch_related("indicator__stages"):
        for finding in checks.findings(LineContent.of(line), line):
            if finding.severity == checks.Severity.ERROR:
                troubles.setdefault(f"line-{line.pk}-{finding.field}", finding.message)
    if troubles:
        raise Refused(_("尚有 %(count)d 處待補正，報告未送出。") % {"count": len(troubles)}, troubles)
    take_step([report], Deed.SUBMIT, actor, Act.SUBMIT_REPORT)
    return report
