"""Changes of the plan count as changes of what the public may read; accepted facts do not, until they are published."""

from django.db import migrations

TABLES = (
    "columnsubitem",
    "earlierresult",
    "erratum",
    "expectedbenefit",
    "keytask",
    "mark",
    "oversightrole",
    "pillar",
    "pillarlineage",
    "pillarparticipant",
    "plan",
    "planchange",
    "program",
    "programlisting",
    "programmark",
    "programmilestone",
    "programpart",
    "programversion",
    "responsibility",
    "subitem",
    "tablecolumn",
    "tablerow",
    "tablerow_pillars",
)


def counted(table: str) -> migrations.RunSQL:
    """Every statement that writes to the table counts as one change."""
    return migrations.RunSQL(
        f"CREATE TRIGGER public_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_public_change()",
        f"DROP TRIGGER public_change ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("programs", "0007_governed_changes"), ("ministries", "0010_public_changes")]

    operations = [counted(f"programs_{table}") for table in TABLES]
