"""A fact is stated by an organisation that owes or owed the indicator: the database refuses any other.

An organisation that left keeps its row with the quarter until which it owed. Facts that were accepted without one get
a row over the quarters that they speak of.
"""

from django.db import migrations

ADD_MISSING = """
INSERT INTO kpis_indicatorowner (indicator_id, organisation_id, named_by_plan, from_quarter, until_quarter)
SELECT o.indicator_id, o.organisation_id, FALSE, min(o.quarter), max(o.quarter)
FROM kpis_observation o
WHERE NOT EXISTS (SELECT FROM kpis_indicatorowner w
                  WHERE w.indicator_id = o.indicator_id AND w.organisation_id = o.organisation_id)
GROUP BY o.indicator_id, o.organisation_id
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0004_figures_of_indicators")]
    operations = [
        migrations.RunSQL(ADD_MISSING, migrations.RunSQL.noop),
        migrations.RunSQL(
            # The rows just added are checked now: their table cannot be referred to while it waits.
            "SET CONSTRAINTS ALL IMMEDIATE; "
            "ALTER TABLE kpis_observation ADD CONSTRAINT observation_of_an_owner "
            "FOREIGN KEY (indicator_id, organisation_id) "
            "REFERENCES kpis_indicatorowner (indicator_id, organisation_id) DEFERRABLE INITIALLY DEFERRED; "
            "SET CONSTRAINTS ALL DEFERRED",
            "ALTER TABLE kpis_observation DROP CONSTRAINT observation_of_an_owner",
        ),
    ]
