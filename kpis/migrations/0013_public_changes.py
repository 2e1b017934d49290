"""Publications, corrections and targets count as changes of what the public may read; facts and figures do not."""

from django.db import migrations

TABLES = (
    "correction",
    "indicator",
    "indicatorowner",
    "indicatorsubitem",
    "indicatorweight",
    "milestonestage",
    "monitoringstandard",
    "publication",
    "scheduledshare",
    "target",
)


def counted(table: str) -> migrations.RunSQL:
    """Every statement that writes to the table counts as one change."""
    return migrations.RunSQL(
        f"CREATE TRIGGER public_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_public_change()",
        f"DROP TRIGGER public_change ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0012_corrections"), ("ministries", "0010_public_changes")]

    operations = [counted(f"kpis_{table}") for table in TABLES]
