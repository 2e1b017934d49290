"""Who reports an indicator may change by a decision; the database keeps such rows as they were written."""

import django.db.models.deletion
from django.db import migrations, models

# A row that a decision set changes only by being ended; what a decision ended stays ended.
KEPT = """
CREATE FUNCTION refuse_change_of_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.change_id IS NULL AND OLD.ended_by_id IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.ended_by_id IS NULL
            OR (NEW.ended_by_id, NEW.until_quarter) IS NOT DISTINCT FROM (OLD.ended_by_id, OLD.until_quarter) THEN
        IF OLD.change_id IS NULL THEN
            RETURN NEW;
        END IF;
        OLD.ended_by_id := NEW.ended_by_id;
        OLD.until_quarter := NEW.until_quarter;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'owners that were decided on are never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;
"""
TRIGGER = """
CREATE TRIGGER indicator_owner_kept BEFORE UPDATE OR DELETE ON kpis_indicatorowner
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_owner();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0010_rules_of_checks"),
        ("ministries", "0006_accounts"),
        ("programs", "0007_governed_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="indicatorowner",
            name="change",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="owners",
                to="programs.planchange",
            ),
        ),
        migrations.AddField(
            model_name="indicatorowner",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ended_owners",
                to="programs.planchange",
            ),
        ),
        migrations.AddConstraint(
            model_name="indicatorowner",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("change__isnull", True),
                        models.Q(("from_quarter__isnull", False), ("named_by_plan", False)),
                        _connector="OR",
                    ),
                    models.Q(("ended_by__isnull", True), ("until_quarter__isnull", False), _connector="OR"),
                ),
                name="indicator_ownership_changed_from_a_quarter",
            ),
        ),
        migrations.RunSQL(KEPT, "DROP FUNCTION refuse_change_of_owner()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER indicator_owner_kept ON kpis_indicatorowner"),
    ]
