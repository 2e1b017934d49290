"""Entries of the audit log are noted for sealing as they are added; seals form a chain that the database guards.

What stands in the log already is noted, too: the first run seals it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NOTES = """
CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ministries_unsealedentry (entry_id, noted_at) SELECT id, clock_timestamp() FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entry_waits AFTER INSERT ON ministries_auditentry
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed();
INSERT INTO ministries_unsealedentry (entry_id, noted_at) SELECT id, clock_timestamp() FROM ministries_auditentry;
"""
NOTES_NO_MORE = """
DROP TRIGGER audit_entry_waits ON ministries_auditentry;
DROP FUNCTION note_unsealed();
"""
CHAIN = """
CREATE FUNCTION only_at_the_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_position bigint;
    last_digest text;
BEGIN
    SELECT position, digest INTO last_position, last_digest
    FROM ministries_auditseal ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last_position, 0) + 1 OR NEW.previous <> coalesce(last_digest, repeat('0', 64)) THEN
        RAISE EXCEPTION 'a seal follows the one before it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_seal_follows BEFORE INSERT ON ministries_auditseal
FOR EACH ROW EXECUTE FUNCTION only_at_the_end();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON ministries_auditseal
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_check_append_only BEFORE UPDATE OR DELETE ON ministries_auditcheck
FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
CHAIN_NO_MORE = """
DROP TRIGGER audit_check_append_only ON ministries_auditcheck;
DROP TRIGGER audit_seal_append_only ON ministries_auditseal;
DROP TRIGGER audit_seal_follows ON ministries_auditseal;
DROP FUNCTION only_at_the_end();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0006_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("checked_at", models.DateTimeField()),
                ("position", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("wrong", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-checked_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("actor_email", models.CharField(blank=True, max_length=254)),
                ("on_behalf_of_email", models.CharField(blank=True, max_length=254)),
                ("organisation_code", models.CharField(blank=True, max_length=40)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seal",
                        to="ministries.auditentry",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)), name="audit_seal_counts_from_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnsealedEntry",
            fields=[
                ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("noted_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["entry_id"],
            },
        ),
        migrations.RemoveIndex(
            model_name="auditentry",
            name="audit_entry_subject",
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="audit_entries",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="on_behalf_of",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ministries.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="subject_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["at", "id"], name="audit_entry_at"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor", "at", "id"], name="audit_entry_actor"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("on_behalf_of__isnull", False)),
                fields=["on_behalf_of", "at", "id"],
                name="audit_entry_on_behalf",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["organisation", "at", "id"], name="audit_entry_organisation"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["act", "at", "id"], name="audit_entry_act"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["subject_type", "subject_id", "at", "id"], name="audit_entry_subject"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("subject_id__isnull", False), ("act", "account.sign_in_failed"), _connector="OR"
                ),
                name="audit_entry_has_a_subject",
            ),
        ),
        migrations.RunSQL(NOTES, NOTES_NO_MORE),
        migrations.RunSQL(CHAIN, CHAIN_NO_MORE),
    ]
