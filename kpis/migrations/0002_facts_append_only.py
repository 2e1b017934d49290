"""Observations are superseded, never changed; publications are never changed at all: the database sees to both."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0001_initial"),
        ("ministries", "0002_append_only"),
        ("programs", "0002_facts_append_only"),
    ]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON kpis_observation "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact()",
            "DROP TRIGGER fact_append_only ON kpis_observation",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER publication_append_only BEFORE UPDATE OR DELETE ON kpis_publication "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER publication_append_only ON kpis_publication",
        ),
    ]
