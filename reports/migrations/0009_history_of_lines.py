"""What lines said is kept from now on, and the database refuses to change what was kept."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
HISTORY = ("reports_linerevision", "reports_reportevent", "reports_linestep", "reports_receipt")
CONTENT = [
    "statement",
    "value",
    "numerator",
    "denominator",
    "rank",
    "edition",
    "stage_id",
    "confidence",
    "planned_progress",
    "actual_progress",
    "appropriation",
    "allocated",
    "spent",
    "payable",
    "surplus",
    "reached_on",
    "narrative",
    "delay_reason",
    "remedy",
]


def text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, list):
        return ",".join(content)
    if isinstance(content, Decimal):
        written = f"{content:f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    return content.isoformat() if isinstance(content, date) else str(content)


def keep_last_revisions(apps: Any, _schema_editor: Any) -> None:
    """What stands in a line is the only revision of it that is known."""
    revision_model = apps.get_model("reports", "LineRevision")
    revisions = []
    for line in apps.get_model("reports", "Line").objects.filter(revision__gt=0).iterator(chunk_size=1000):
        texts = {name: text(getattr(line, name)) for name in CONTENT}
        revisions.append(
            revision_model(
                line_id=line.pk,
                revision=line.revision,
                at=line.saved_at,
                by_id=line.saved_by_id,
                content={name: each for name, each in texts.items() if each},
            )
        )
    revision_model.objects.bulk_create(revisions, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("reports", "0008_lines_with_states"), ("ministries", "0002_append_only")]
    operations = [
        migrations.RunPython(keep_last_revisions, migrations.RunPython.noop),
        *[
            migrations.RunSQL(APPEND_ONLY.format(table=table), f"DROP TRIGGER {table}_append_only ON {table}")
            for table in HISTORY
        ],
    ]
