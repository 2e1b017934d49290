"""Organisations, people, their roles and letters, and the audit log in its chain, with the triggers that keep them.

The schema of 0001_initial to 0011_lines_moved_and_corrections_cancelled in one step, for a database that has none of them yet.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import ministries.models.organisations
from ministries.making_tables import CreateModels

KEPT = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON ministries_auditentry
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER user_is_kept BEFORE DELETE ON ministries_user
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER membership_is_kept BEFORE DELETE ON ministries_membership
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER deputyship_is_kept BEFORE DELETE ON ministries_deputyship
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER invitation_is_kept BEFORE DELETE ON ministries_invitation
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ministries_unsealedentry (entry_id, noted_at) SELECT id, clock_timestamp() FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entry_waits AFTER INSERT ON ministries_auditentry
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed();
INSERT INTO ministries_unsealedentry (entry_id, noted_at) SELECT id, clock_timestamp() FROM ministries_auditentry;

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

CREATE FUNCTION count_public_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ministries_publicchange DEFAULT VALUES;
    RETURN NULL;
END $$;
"""
KEPT_NO_MORE = (
    "DROP FUNCTION refuse_change(), note_unsealed(), only_at_the_end(), count_public_change() CASCADE"
)
# Every statement that writes to one of these tables counts as one change of what the public sees.
COUNTED = [
    "ministries_organisation",
    "ministries_organisationname",
    "ministries_functiontransfer",
    "ministries_demonstrationrun",
]


def counted(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER public_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_public_change()",
        f"DROP TRIGGER public_change ON {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("ministries", "0001_initial"),
        ("ministries", "0002_append_only"),
        ("ministries", "0003_one_demonstration_run"),
        ("ministries", "0004_deputyships"),
        ("ministries", "0005_notices_and_letters"),
        ("ministries", "0006_accounts"),
        ("ministries", "0007_audit_chain"),
        ("ministries", "0008_sign_off_asked"),
        ("ministries", "0009_publications"),
        ("ministries", "0010_public_changes"),
        ("ministries", "0011_lines_moved_and_corrections_cancelled"),
    ]

    initial = True

    dependencies = []

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        CreateModels(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        ("email", models.EmailField(max_length=254, verbose_name="電子郵件")),
                        ("name", models.CharField(max_length=80, verbose_name="姓名")),
                        ("is_active", models.BooleanField(default=True)),
                        ("is_demonstration", models.BooleanField(default=False)),
                        ("date_joined", models.DateTimeField(auto_now_add=True)),
                        (
                            "language",
                            models.CharField(
                                choices=[("zh-hant", "中文"), ("en", "English")],
                                default="zh-hant",
                                max_length=10,
                                verbose_name="通知信語言",
                            ),
                        ),
                        ("disabled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "disabled_because",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("act", "由帳號管理人停用"),
                                    ("left", "職務已移交"),
                                    ("idle", "閒置逾期未登入"),
                                    ("installation", "由系統安裝作業停用"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "disabled_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("enabled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "enabled_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("sessions_since", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"),
                                name="user_email_unique_in_any_case",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("language__in", ["zh-hant", "en"])),
                                name="user_language_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("disabled_at__isnull", True),
                                        ("disabled_because", ""),
                                        ("disabled_by__isnull", True),
                                        ("is_active", True),
                                    ),
                                    models.Q(
                                        ("disabled_at__isnull", False),
                                        ("disabled_because__in", ["act", "left"]),
                                        ("disabled_by__isnull", False),
                                        ("is_active", False),
                                    ),
                                    models.Q(
                                        ("disabled_at__isnull", False),
                                        ("disabled_because__in", ["idle", "installation"]),
                                        ("disabled_by__isnull", True),
                                        ("is_active", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="user_disabled_at_a_moment_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("enabled_by__isnull", True),
                                    ("enabled_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="user_enabled_at_a_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DemonstrationRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seed", models.BigIntegerField()),
                        ("generated_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(models.Value(1), name="demonstration_run_at_most_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source_document", models.CharField(max_length=120)),
                        ("source_table", models.CharField(blank=True, max_length=40)),
                        ("source_row", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("source_printed", models.TextField(blank=True)),
                        ("code", models.SlugField(max_length=40, unique=True)),
                        ("oid", models.CharField(blank=True, max_length=80, null=True, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ministry", "部會"),
                                    ("unit", "所屬單位"),
                                    ("office", "辦公室"),
                                    ("task_force", "推動小組"),
                                    ("sub_group", "分組"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("is_secretariat", models.BooleanField(default=False)),
                        ("order", models.PositiveSmallIntegerField(default=0)),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="units",
                                to="ministries.organisation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["order", "code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parent__isnull", True),
                                    models.Q(("parent", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="organisation_not_its_own_parent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["ministry", "unit", "office", "task_force", "sub_group"])
                                ),
                                name="organisation_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("officer", "填報人"),
                                    ("approver", "核稿人"),
                                    ("account_manager", "帳號管理人"),
                                    ("reviewer", "管考人員"),
                                    ("head", "執行秘書"),
                                    ("administrator", "系統管理者"),
                                    ("auditor", "稽核人員"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["organisation", "role", "user"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("user", "organisation", "role"),
                                name="membership_held_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="membership_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        [
                                            "officer",
                                            "approver",
                                            "account_manager",
                                            "reviewer",
                                            "head",
                                            "administrator",
                                            "auditor",
                                        ],
                                    )
                                ),
                                name="membership_role_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_by__isnull", True), ("ended_at__isnull", False), _connector="OR"
                                ),
                                name="membership_ended_at_a_moment",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FunctionTransfer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source_document", models.CharField(max_length=120)),
                        ("source_table", models.CharField(blank=True, max_length=40)),
                        ("source_row", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("source_printed", models.TextField(blank=True)),
                        ("code", models.SlugField(max_length=60, unique=True)),
                        ("effective_on", models.DateField()),
                        ("function_zh", models.CharField(max_length=200)),
                        ("function_en", models.CharField(max_length=200)),
                        (
                            "from_organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="functions_given",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "to_organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="functions_taken",
                                to="ministries.organisation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["effective_on", "code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("from_organisation", models.F("to_organisation")), _negated=True
                                ),
                                name="function_moves_between_two",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("act", models.CharField(max_length=60)),
                        ("subject_type", models.CharField(max_length=60)),
                        ("subject_id", models.BigIntegerField(null=True)),
                        ("detail", models.JSONField(default=dict)),
                        (
                            "actor",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="audit_entries",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["at", "id"], name="audit_entry_at"),
                            models.Index(fields=["actor", "at", "id"], name="audit_entry_actor"),
                            models.Index(
                                condition=models.Q(("on_behalf_of__isnull", False)),
                                fields=["on_behalf_of", "at", "id"],
                                name="audit_entry_on_behalf",
                            ),
                            models.Index(
                                fields=["organisation", "at", "id"], name="audit_entry_organisation"
                            ),
                            models.Index(fields=["act", "at", "id"], name="audit_entry_act"),
                            models.Index(
                                fields=["subject_type", "subject_id", "at", "id"], name="audit_entry_subject"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("subject_id__isnull", False),
                                    ("act", "account.sign_in_failed"),
                                    _connector="OR",
                                ),
                                name="audit_entry_has_a_subject",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrganisationName",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source_document", models.CharField(max_length=120)),
                        ("source_table", models.CharField(blank=True, max_length=40)),
                        ("source_row", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("source_printed", models.TextField(blank=True)),
                        ("name_zh", models.CharField(max_length=120)),
                        ("name_en", models.CharField(max_length=200)),
                        ("short_zh", models.CharField(max_length=40)),
                        ("short_en", models.CharField(max_length=60)),
                        ("valid_from", models.DateField(blank=True, null=True)),
                        ("valid_until", models.DateField(blank=True, null=True)),
                        ("legal_basis", models.CharField(blank=True, max_length=300)),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="names",
                                to="ministries.organisation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": [
                            "organisation",
                            models.OrderBy(models.F("valid_from"), nulls_first=True),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from__isnull", True),
                                    ("valid_until__isnull", True),
                                    ("valid_from__lt", models.F("valid_until")),
                                    _connector="OR",
                                ),
                                name="organisation_name_period_runs_forward",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("organisation", "="),
                                    (
                                        ministries.models.organisations.DateRange(
                                            "valid_from", "valid_until"
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="organisation_names_do_not_overlap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Deputyship",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("from_day", models.DateField()),
                        ("until_day", models.DateField()),
                        ("named_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "deputy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deputyships_held",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "named_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "principal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deputyships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-from_day", "-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("principal", models.F("deputy")), _negated=True),
                                name="deputyship_between_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("from_day__lte", models.F("until_day"))),
                                name="deputyship_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="deputyship_ended_by_somebody",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                expressions=[
                                    ("principal", "="),
                                    ("deputy", "="),
                                    ("organisation", "="),
                                    (
                                        ministries.models.organisations.DateRange(
                                            "from_day", "until_day", models.Value("[]")
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="deputyship_named_once_a_day",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token", models.CharField(max_length=64, unique=True)),
                        ("made_at", models.DateTimeField()),
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_feed",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("token__regex", "^[A-Za-z0-9_-]{32,64}$")),
                                name="calendar_feed_token_unguessable",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Letter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("address", models.EmailField(max_length=254)),
                        ("language", models.CharField(max_length=10)),
                        ("subject", models.CharField(max_length=300)),
                        ("body", models.TextField()),
                        ("is_confidential", models.BooleanField(default=False)),
                        ("message_id", models.CharField(max_length=255, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "待寄送"),
                                    ("claimed", "寄送中"),
                                    ("sent", "已寄出"),
                                    ("failed", "無法寄送"),
                                ],
                                default="waiting",
                                max_length=20,
                            ),
                        ),
                        ("written_at", models.DateTimeField()),
                        ("next_try_at", models.DateTimeField(blank=True, null=True)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("failed_at", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("claimed_at__isnull", True),
                                        ("failed_at__isnull", True),
                                        ("next_try_at__isnull", False),
                                        ("sent_at__isnull", True),
                                        ("state", "waiting"),
                                    ),
                                    models.Q(
                                        ("attempts__gt", 0),
                                        ("claimed_at__isnull", False),
                                        ("failed_at__isnull", True),
                                        ("next_try_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "claimed"),
                                    ),
                                    models.Q(
                                        ("attempts__gt", 0),
                                        ("claimed_at__isnull", True),
                                        ("failed_at__isnull", True),
                                        ("next_try_at__isnull", True),
                                        ("sent_at__isnull", False),
                                        ("state", "sent"),
                                    ),
                                    models.Q(
                                        ("claimed_at__isnull", True),
                                        ("failed_at__isnull", False),
                                        ("next_try_at__isnull", True),
                                        ("sent_at__isnull", True),
                                        ("state", "failed"),
                                    ),
                                    _connector="OR",
                                ),
                                name="letter_state_has_its_moments",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "failed"), _negated=True),
                                    models.Q(("error", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="letter_failed_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sent_at__isnull", True),
                                    ("sent_at__gte", models.F("written_at")),
                                    _connector="OR",
                                ),
                                name="letter_sent_after_it_was_written",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "claimed"])),
                                fields=["next_try_at"],
                                name="letter_to_send",
                            ),
                            models.Index(fields=["person", "-id"], name="letter_of_person"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("due_soon", "填報期限將屆"),
                                    ("due_today", "今日為填報期限"),
                                    ("overdue", "填報逾期"),
                                    ("returned", "填報內容退回"),
                                    ("correction_cancelled", "更正已取消"),
                                    ("sign_off_asked", "請求核稿"),
                                    ("sent_back", "核稿退回承辦"),
                                    ("submitted", "填報內容送出"),
                                    ("lines_moved", "填報項目移轉"),
                                    ("mentioned", "留言提及"),
                                    ("coordination", "須協調事項"),
                                    ("extension_asked", "申請展延"),
                                    ("extension_answered", "展延申請結果"),
                                    ("change_proposed", "計畫修正申請"),
                                    ("change_decided", "計畫修正結果"),
                                    ("decision_made", "新增列管事項"),
                                    ("decision_due", "列管事項將屆期"),
                                    ("publication_asked", "請求確認公布"),
                                    ("publication_told", "公布作業結果"),
                                    ("deputy_named", "代理人異動"),
                                    ("account", "帳號通知"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("key", models.CharField(max_length=200)),
                        ("facts", models.JSONField(default=dict)),
                        ("path", models.CharField(max_length=300)),
                        ("noted_at", models.DateTimeField()),
                        ("dropped_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "letter",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notices",
                                to="ministries.letter",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notices",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "key"), name="notice_told_once"),
                            models.CheckConstraint(
                                condition=models.Q(("key", ""), _negated=True), name="notice_has_a_key"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("path__startswith", "/")), name="notice_leads_to_a_page"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("letter__isnull", True), ("dropped_at__isnull", True), _connector="OR"
                                ),
                                name="notice_told_or_dropped",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "due_soon",
                                            "due_today",
                                            "overdue",
                                            "returned",
                                            "correction_cancelled",
                                            "sign_off_asked",
                                            "sent_back",
                                            "submitted",
                                            "lines_moved",
                                            "mentioned",
                                            "coordination",
                                            "extension_asked",
                                            "extension_answered",
                                            "change_proposed",
                                            "change_decided",
                                            "decision_made",
                                            "decision_due",
                                            "publication_asked",
                                            "publication_told",
                                            "deputy_named",
                                            "account",
                                        ],
                                    )
                                ),
                                name="notice_kind_known",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("dropped_at__isnull", True), ("letter__isnull", True)),
                                fields=["person", "noted_at"],
                                name="notice_waiting",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NoticePreference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("due_soon", "填報期限將屆"),
                                    ("due_today", "今日為填報期限"),
                                    ("overdue", "填報逾期"),
                                    ("returned", "填報內容退回"),
                                    ("correction_cancelled", "更正已取消"),
                                    ("sign_off_asked", "請求核稿"),
                                    ("sent_back", "核稿退回承辦"),
                                    ("submitted", "填報內容送出"),
                                    ("lines_moved", "填報項目移轉"),
                                    ("mentioned", "留言提及"),
                                    ("coordination", "須協調事項"),
                                    ("extension_asked", "申請展延"),
                                    ("extension_answered", "展延申請結果"),
                                    ("change_proposed", "計畫修正申請"),
                                    ("change_decided", "計畫修正結果"),
                                    ("decision_made", "新增列管事項"),
                                    ("decision_due", "列管事項將屆期"),
                                    ("publication_asked", "請求確認公布"),
                                    ("publication_told", "公布作業結果"),
                                    ("deputy_named", "代理人異動"),
                                    ("account", "帳號通知"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "timing",
                            models.CharField(
                                choices=[("at_once", "立即通知"), ("daily", "每日彙整"), ("never", "不通知")],
                                max_length=20,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notice_preferences",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["person", "kind"],
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "kind"), name="notice_preference_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["account", "overdue", "returned"]),
                                    ("timing", "never"),
                                    _negated=True,
                                ),
                                name="notice_preference_keeps_what_must_be_told",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "due_soon",
                                            "due_today",
                                            "overdue",
                                            "returned",
                                            "correction_cancelled",
                                            "sign_off_asked",
                                            "sent_back",
                                            "submitted",
                                            "lines_moved",
                                            "mentioned",
                                            "coordination",
                                            "extension_asked",
                                            "extension_answered",
                                            "change_proposed",
                                            "change_decided",
                                            "decision_made",
                                            "decision_due",
                                            "publication_asked",
                                            "publication_told",
                                            "deputy_named",
                                            "account",
                                        ],
                                    ),
                                    ("timing__in", ["at_once", "daily", "never"]),
                                ),
                                name="notice_preference_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("invited_at", models.DateTimeField()),
                        (
                            "invited_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-invited_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="PastPassword",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128)),
                        ("set_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="past_passwords",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-set_at", "-id"],
                    },
                ),
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
            ],
        ),
        migrations.RunSQL(KEPT, KEPT_NO_MORE),
        *(counted(table) for table in COUNTED),
    ]
