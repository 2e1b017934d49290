"""A target that was decided keeps its ground and its day; the database refuses to change or remove it."""

from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER decided_target_stays BEFORE UPDATE OR DELETE ON kpis_target
FOR EACH ROW WHEN (OLD.decided_on IS NOT NULL) EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0002_append_only"),
        ("kpis", "0008_confidence_explained"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="decided_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="target",
            name="ground",
            field=models.TextField(blank=True),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_on__isnull", True), ("ground", "")),
                    models.Q(("decided_on__isnull", False), models.Q(("ground", ""), _negated=True)),
                    _connector="OR",
                ),
                name="target_decided_on_a_ground",
            ),
        ),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER decided_target_stays ON kpis_target"),
    ]
