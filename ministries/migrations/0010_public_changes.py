"""Changes of what the public may read are counted by the database itself."""

import django.db.models.functions.datetime
from django.db import migrations, models

TABLES = ("organisation", "organisationname", "functiontransfer", "demonstrationrun")
COUNT = """
CREATE FUNCTION count_public_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ministries_publicchange DEFAULT VALUES;
    RETURN NULL;
END $$
"""


def counted(table: str) -> migrations.RunSQL:
    """Every statement that writes to the table counts as one change."""
    return migrations.RunSQL(
        f"CREATE TRIGGER public_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_public_change()",
        f"DROP TRIGGER public_change ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0009_publications"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublicChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RunSQL(COUNT, "DROP FUNCTION count_public_change()"),
        *(counted(f"ministries_{table}") for table in TABLES),
    ]
