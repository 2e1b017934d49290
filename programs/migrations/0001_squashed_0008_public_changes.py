"""Plans, their tables, programmes and milestones, with the triggers that keep what was decided.

The schema of 0001_initial to 0008_public_changes in one step, for a database that has none of them yet.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import programs.quarters
from ministries.making_tables import CreateModels

KEPT = """
CREATE FUNCTION refuse_change_of_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL THEN
        OLD.superseded_at := NEW.superseded_at;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are superseded, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON programs_programobservation
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact();

CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON programs_subitemobservation
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact();

CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON programs_milestoneobservation
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact();

CREATE FUNCTION refuse_change_of_governed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.change_id IS NULL AND OLD.dropped_by_id IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.dropped_by_id IS NULL
            OR (NEW.dropped_by_id, NEW.dropped_from) IS NOT DISTINCT FROM (OLD.dropped_by_id, OLD.dropped_from) THEN
        IF OLD.change_id IS NULL THEN
            RETURN NEW;
        END IF;
        OLD.dropped_by_id := NEW.dropped_by_id;
        OLD.dropped_from := NEW.dropped_from;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % that were decided on are never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION refuse_change_of_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.joined_from IS NOT NULL AND OLD.joined_from IS DISTINCT FROM NEW.joined_from)
            OR (OLD.released_from IS NOT NULL AND OLD.released_from IS DISTINCT FROM NEW.released_from) THEN
        RAISE EXCEPTION 'a programme joins and is released once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER plan_change_append_only BEFORE UPDATE OR DELETE ON programs_planchange
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER program_version_append_only BEFORE UPDATE OR DELETE ON programs_programversion
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER program_mark_append_only BEFORE UPDATE OR DELETE ON programs_programmark
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER program_part_kept BEFORE UPDATE OR DELETE ON programs_programpart
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_governed();

CREATE TRIGGER program_milestone_kept BEFORE UPDATE OR DELETE ON programs_programmilestone
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_governed();

CREATE TRIGGER program_standing_kept BEFORE UPDATE ON programs_program
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_standing();
"""
KEPT_NO_MORE = (
    "DROP FUNCTION refuse_change_of_fact(), refuse_change_of_governed(), refuse_change_of_standing() CASCADE"
)
# Every statement that writes to one of these tables counts as one change of what the public sees.
COUNTED = [
    "programs_columnsubitem",
    "programs_earlierresult",
    "programs_erratum",
    "programs_expectedbenefit",
    "programs_keytask",
    "programs_mark",
    "programs_oversightrole",
    "programs_pillar",
    "programs_pillarlineage",
    "programs_pillarparticipant",
    "programs_plan",
    "programs_planchange",
    "programs_program",
    "programs_programlisting",
    "programs_programmark",
    "programs_programmilestone",
    "programs_programpart",
    "programs_programversion",
    "programs_responsibility",
    "programs_subitem",
    "programs_tablecolumn",
    "programs_tablerow",
    "programs_tablerow_pillars",
]


def counted(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER public_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_public_change()",
        f"DROP TRIGGER public_change ON {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("programs", "0001_initial"),
        ("programs", "0002_facts_append_only"),
        ("programs", "0003_principal_unit"),
        ("programs", "0004_milestones"),
        ("programs", "0005_demonstration_milestones"),
        ("programs", "0006_delays_and_progress_of_the_year"),
        ("programs", "0007_governed_changes"),
        ("programs", "0008_public_changes"),
    ]

    initial = True

    dependencies = [
        ("ministries", "0001_squashed_0011_lines_moved_and_corrections_cancelled"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Plan",
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
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=200)),
                        ("short_name_zh", models.CharField(max_length=80)),
                        ("short_name_en", models.CharField(max_length=80)),
                        ("edition_zh", models.CharField(blank=True, max_length=80)),
                        ("approval_number", models.CharField(blank=True, max_length=80)),
                        ("approved_on", models.DateField(blank=True, null=True)),
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField()),
                        ("vision_zh", models.TextField(blank=True)),
                        ("vision_en", models.TextField(blank=True)),
                        ("summary_zh", models.TextField(blank=True)),
                        ("summary_en", models.TextField(blank=True)),
                        ("parent_programme_zh", models.CharField(blank=True, max_length=200)),
                        ("parent_programme_en", models.CharField(blank=True, max_length=200)),
                        ("is_managed", models.BooleanField(default=True)),
                        (
                            "predecessor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="successors",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-starts_on", "code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("starts_on__lt", models.F("ends_on"))),
                                name="plan_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("predecessor__isnull", True),
                                    models.Q(("predecessor", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="plan_not_its_own_predecessor",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pillar",
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
                        ("code", models.CharField(max_length=20)),
                        ("order", models.PositiveSmallIntegerField()),
                        ("name_zh", models.CharField(max_length=120)),
                        ("name_en", models.CharField(max_length=200)),
                        ("description_zh", models.TextField(blank=True)),
                        ("description_en", models.TextField(blank=True)),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pillars",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "code"), name="pillar_code_once"),
                            models.UniqueConstraint(fields=("plan", "order"), name="pillar_order_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OversightRole",
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
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("platform", "跨部會推動平台"),
                                    ("secretariat", "管考"),
                                    ("coordinator", "統籌協調"),
                                    ("sub_group", "分組"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="oversight_roles",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="oversight_roles",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "role", "organisation"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "organisation", "role"), name="oversight_role_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("role__in", ["platform", "secretariat", "coordinator", "sub_group"])
                                ),
                                name="oversight_role_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExpectedBenefit",
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
                        ("order", models.PositiveSmallIntegerField()),
                        ("text_zh", models.TextField()),
                        ("text_en", models.TextField()),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="expected_benefits",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "order"), name="expected_benefit_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erratum",
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
                        ("order", models.PositiveSmallIntegerField()),
                        ("meant", models.CharField(max_length=300)),
                        ("note_zh", models.TextField()),
                        ("note_en", models.TextField()),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="errata",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "errata",
                        "ordering": ["plan", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "order"), name="erratum_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Program",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=300)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("existing", "既有"), ("continuing", "延續"), ("new", "新增")],
                                max_length=20,
                            ),
                        ),
                        ("name_is_provisional", models.BooleanField(default=False)),
                        ("purpose_zh", models.TextField(blank=True)),
                        ("purpose_en", models.TextField(blank=True)),
                        ("period_printed", models.CharField(blank=True, max_length=40)),
                        ("period_start", models.DateField(blank=True, null=True)),
                        ("period_end", models.DateField(blank=True, null=True)),
                        ("predecessor_printed", models.CharField(blank=True, max_length=80)),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="%(class)ss",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="programs",
                                to="programs.plan",
                            ),
                        ),
                        (
                            "predecessor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="successors",
                                to="programs.program",
                            ),
                        ),
                        ("joined_from", programs.quarters.QuarterField(blank=True, null=True)),
                        ("released_from", programs.quarters.QuarterField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["plan", "code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "code"), name="program_code_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("period_start__isnull", True),
                                    ("period_end__isnull", True),
                                    ("period_start__lte", models.F("period_end")),
                                    _connector="OR",
                                ),
                                name="program_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("predecessor__isnull", True),
                                    models.Q(("predecessor", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="program_not_its_own_predecessor",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["existing", "continuing", "new"])),
                                name="program_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("joined_from__isnull", True),
                                    ("released_from__isnull", True),
                                    ("joined_from__lt", models.F("released_from")),
                                    _connector="OR",
                                ),
                                name="program_released_after_it_joined",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubItem",
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
                        ("code", models.CharField(max_length=20)),
                        ("order", models.PositiveSmallIntegerField()),
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=300)),
                        (
                            "pillar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sub_items",
                                to="programs.pillar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pillar__order", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("pillar", "code"), name="sub_item_code_once"),
                            models.UniqueConstraint(fields=("pillar", "order"), name="sub_item_order_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Responsibility",
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
                        ("placeholder", models.CharField(blank=True, max_length=40)),
                        ("order", models.PositiveSmallIntegerField()),
                        (
                            "role",
                            models.CharField(
                                choices=[("lead", "主責"), ("co", "共同"), ("assisting", "協助")],
                                max_length=20,
                            ),
                        ),
                        ("unit", models.CharField(blank=True, max_length=80)),
                        ("scope_zh", models.CharField(blank=True, max_length=120)),
                        ("scope_en", models.CharField(blank=True, max_length=200)),
                        ("is_open_list", models.BooleanField(default=False)),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responsibilities",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "unit_organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="unit_responsibilities",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "sub_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="responsibilities",
                                to="programs.subitem",
                            ),
                        ),
                        ("unit_is_principal", models.BooleanField(default=False)),
                    ],
                    options={
                        "verbose_name_plural": "responsibilities",
                        "ordering": ["sub_item", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("sub_item", "order"), name="responsibility_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("organisation__isnull", True), ("placeholder", ""), _connector="XOR"
                                ),
                                name="responsibility_of_organisation_or_placeholder",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("role__in", ["lead", "co", "assisting"])),
                                name="responsibility_role_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KeyTask",
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
                        ("order", models.PositiveSmallIntegerField()),
                        ("mark", models.CharField(max_length=4)),
                        ("text_zh", models.TextField()),
                        ("text_en", models.TextField()),
                        (
                            "pillar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="key_tasks",
                                to="programs.pillar",
                            ),
                        ),
                        (
                            "sub_item",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="key_tasks",
                                to="programs.subitem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pillar__order", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("pillar", "order"), name="key_task_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubItemObservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quarter", programs.quarters.QuarterField()),
                        ("revision", models.PositiveSmallIntegerField(default=1)),
                        ("accepted_at", models.DateTimeField()),
                        ("superseded_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.TextField(blank=True)),
                        ("origin", models.CharField(max_length=80)),
                        ("narrative", models.TextField(blank=True)),
                        (
                            "statement",
                            models.CharField(
                                choices=[
                                    ("narrative", "辦理情形"),
                                    ("nothing_due", "本季無應報事項"),
                                    ("not_applicable", "不適用"),
                                    ("withdrawn", "撤回核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "accepted_by",
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
                            "sub_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="programs.subitem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["sub_item", "organisation", "quarter", "revision"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sub_item", "organisation", "quarter", "revision"),
                                name="sub_item_observation_revision_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("superseded_at__isnull", True)),
                                fields=("sub_item", "organisation", "quarter"),
                                name="sub_item_observation_one_in_force",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("narrative", ""), ("statement", "narrative"), _negated=True
                                ),
                                name="sub_item_observation_has_words",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TableColumn",
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
                        ("table", models.PositiveSmallIntegerField()),
                        ("order", models.PositiveSmallIntegerField()),
                        ("heading_zh", models.CharField(max_length=80)),
                        ("heading_en", models.CharField(max_length=120)),
                        (
                            "pillar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="table_columns",
                                to="programs.pillar",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="table_columns",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "table", "order"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "table", "order"), name="table_column_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ColumnSubItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("note_zh", models.TextField(blank=True)),
                        ("note_en", models.TextField(blank=True)),
                        (
                            "sub_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mappings",
                                to="programs.subitem",
                            ),
                        ),
                        (
                            "column",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mappings",
                                to="programs.tablecolumn",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["column", "sub_item"],
                        "constraints": [
                            models.UniqueConstraint(fields=("column", "sub_item"), name="column_mapped_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TableRow",
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
                        ("table", models.PositiveSmallIntegerField()),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="table_rows",
                                to="ministries.organisation",
                            ),
                        ),
                        ("pillars", models.ManyToManyField(related_name="table_rows", to="programs.pillar")),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="table_rows",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "table", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "table", "number"), name="table_row_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mark",
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
                                choices=[("primary", "主要工作（√）"), ("related", "內容涉及（△）")],
                                max_length=10,
                            ),
                        ),
                        (
                            "column",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="marks",
                                to="programs.tablecolumn",
                            ),
                        ),
                        (
                            "row",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="marks",
                                to="programs.tablerow",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["row", "column"],
                        "constraints": [
                            models.UniqueConstraint(fields=("row", "column"), name="mark_once_per_cell"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["primary", "related"])),
                                name="mark_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EarlierResult",
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
                        ("order", models.PositiveSmallIntegerField()),
                        ("heading_zh", models.CharField(blank=True, max_length=120)),
                        ("text_zh", models.TextField()),
                        ("text_en", models.TextField()),
                        (
                            "pillar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listed_results",
                                to="programs.pillar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pillar", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("pillar", "order"), name="earlier_result_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PillarLineage",
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
                        ("note_zh", models.TextField(blank=True)),
                        ("note_en", models.TextField(blank=True)),
                        (
                            "earlier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="became",
                                to="programs.pillar",
                            ),
                        ),
                        (
                            "later",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="came_from",
                                to="programs.pillar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["earlier", "later"],
                        "constraints": [
                            models.UniqueConstraint(fields=("earlier", "later"), name="pillar_lineage_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PillarParticipant",
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
                        ("order", models.PositiveSmallIntegerField()),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="participations",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "pillar",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="participants",
                                to="programs.pillar",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pillar", "order"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pillar", "organisation"), name="participant_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanChange",
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
                                    ("joined", "新增列管"),
                                    ("revised", "計畫修正"),
                                    ("released", "解除列管"),
                                    ("standing", "基本資料變更"),
                                    ("marks", "註記變更"),
                                    ("parts", "分項變更"),
                                    ("owners", "指標填報機關變更"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("effective_from", programs.quarters.QuarterField()),
                        (
                            "ground",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("goal", "目標策略變更"),
                                    ("organisation", "組織任務變更"),
                                    ("work_or_cost", "主要工作或總經費變更"),
                                    ("delay_or_term", "進度嚴重落後或總期程變更"),
                                    ("budget_cut", "預算刪減"),
                                    ("force_majeure", "不可抗力"),
                                    ("finished", "已完成"),
                                    ("merged", "併入其他計畫"),
                                    ("cancelled", "終止辦理"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("words", models.TextField()),
                        ("made_at", models.DateTimeField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="programs.plan",
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="programs.program",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["effective_from", "id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "ground__in",
                                            [
                                                "goal",
                                                "organisation",
                                                "work_or_cost",
                                                "delay_or_term",
                                                "budget_cut",
                                                "force_majeure",
                                            ],
                                        ),
                                        ("kind", "revised"),
                                    ),
                                    models.Q(
                                        ("ground__in", ["finished", "merged", "cancelled"]),
                                        ("kind", "released"),
                                    ),
                                    models.Q(
                                        ("ground", ""),
                                        ("kind__in", ["joined", "standing", "marks", "parts", "owners"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="plan_change_has_the_ground_of_its_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "owners"), ("program__isnull", True)),
                                    models.Q(
                                        models.Q(("kind", "owners"), _negated=True),
                                        ("program__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="plan_change_of_a_programme_unless_of_owners",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True), name="plan_change_has_words"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "joined")),
                                fields=("program",),
                                name="plan_change_joins_a_programme_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "released")),
                                fields=("program",),
                                name="plan_change_releases_a_programme_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=24)),
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=300)),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parts",
                                to="programs.program",
                            ),
                        ),
                        ("dropped_from", programs.quarters.QuarterField(blank=True, null=True)),
                        ("effective_from", programs.quarters.QuarterField(blank=True, null=True)),
                        (
                            "change",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="programs.planchange",
                            ),
                        ),
                        (
                            "dropped_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dropped_parts",
                                to="programs.planchange",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["program", "code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("program", "code"), name="program_part_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("change__isnull", True), ("effective_from__isnull", True)),
                                    models.Q(("change__isnull", False), ("effective_from__isnull", False)),
                                    _connector="OR",
                                ),
                                name="program_part_named_later_by_a_change",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("dropped_by__isnull", True), ("dropped_from__isnull", True)),
                                    models.Q(("dropped_by__isnull", False), ("dropped_from__isnull", False)),
                                    _connector="OR",
                                ),
                                name="program_part_dropped_by_a_change",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dropped_from__isnull", True),
                                    ("effective_from__isnull", True),
                                    ("dropped_from__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="program_part_dropped_later",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramObservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quarter", programs.quarters.QuarterField()),
                        ("revision", models.PositiveSmallIntegerField(default=1)),
                        ("accepted_at", models.DateTimeField()),
                        ("superseded_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.TextField(blank=True)),
                        ("origin", models.CharField(max_length=80)),
                        ("narrative", models.TextField(blank=True)),
                        (
                            "statement",
                            models.CharField(
                                choices=[
                                    ("progress", "進度"),
                                    ("nothing_due", "本季無應報事項"),
                                    ("not_applicable", "不適用"),
                                    ("withdrawn", "撤回核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "planned_progress",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True),
                        ),
                        (
                            "actual_progress",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True),
                        ),
                        (
                            "appropriation",
                            models.DecimalField(blank=True, decimal_places=0, max_digits=18, null=True),
                        ),
                        (
                            "allocated",
                            models.DecimalField(blank=True, decimal_places=0, max_digits=18, null=True),
                        ),
                        (
                            "spent",
                            models.DecimalField(blank=True, decimal_places=0, max_digits=18, null=True),
                        ),
                        (
                            "payable",
                            models.DecimalField(blank=True, decimal_places=0, max_digits=18, null=True),
                        ),
                        (
                            "surplus",
                            models.DecimalField(blank=True, decimal_places=0, max_digits=18, null=True),
                        ),
                        ("delay_reason", models.TextField(blank=True)),
                        ("remedy", models.TextField(blank=True)),
                        (
                            "accepted_by",
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
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="programs.program",
                            ),
                        ),
                        (
                            "part",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="programs.programpart",
                            ),
                        ),
                        (
                            "accountability",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("own", "本機關"),
                                    ("other", "其他機關"),
                                    ("contractor", "廠商"),
                                    ("shared", "共同"),
                                    ("nobody", "不可歸責"),
                                ],
                                default="",
                                max_length=20,
                            ),
                        ),
                        ("catch_up_on", models.DateField(blank=True, null=True)),
                        (
                            "confidence",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("on_track", "可如期達成"),
                                    ("at_risk", "有風險"),
                                    ("off_track", "難以達成"),
                                ],
                                default="",
                                max_length=20,
                            ),
                        ),
                        ("confidence_note", models.TextField(blank=True, default="")),
                        (
                            "delay_kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("administration", "行政作業"),
                                    ("funding", "經費"),
                                    ("staff", "人力"),
                                    ("technology", "技術"),
                                    ("procurement", "採購發包"),
                                    ("land", "用地"),
                                    ("coordination", "跨機關協調"),
                                    ("force_majeure", "不可抗力"),
                                    ("other", "其他"),
                                ],
                                default="",
                                max_length=20,
                            ),
                        ),
                        ("improve_by", models.DateField(blank=True, null=True)),
                        (
                            "year_actual_progress",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True),
                        ),
                        (
                            "year_planned_progress",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True),
                        ),
                    ],
                    options={
                        "ordering": ["program", "part", "quarter", "revision"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "part", "organisation", "quarter", "revision"),
                                name="program_observation_revision_once",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("superseded_at__isnull", True)),
                                fields=("program", "part", "organisation", "quarter"),
                                name="program_observation_one_in_force",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("actual_progress__isnull", False),
                                        ("planned_progress__isnull", False),
                                        ("statement", "progress"),
                                    ),
                                    models.Q(
                                        ("actual_progress__isnull", True),
                                        ("planned_progress__isnull", True),
                                        ("statement__in", ["nothing_due", "not_applicable", "withdrawn"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="program_observation_states_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("planned_progress__isnull", True),
                                        ("planned_progress__range", (0, 100)),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("actual_progress__isnull", True),
                                        ("actual_progress__range", (0, 100)),
                                        _connector="OR",
                                    ),
                                ),
                                name="program_observation_progress_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("superseded_at__isnull", True),
                                    ("superseded_at__gte", models.F("accepted_at")),
                                    _connector="OR",
                                ),
                                name="program_observation_superseded_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "delay_kind__in",
                                        [
                                            "",
                                            "administration",
                                            "funding",
                                            "staff",
                                            "technology",
                                            "procurement",
                                            "land",
                                            "coordination",
                                            "force_majeure",
                                            "other",
                                        ],
                                    )
                                ),
                                name="program_observation_delay_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "accountability__in",
                                        ["", "own", "other", "contractor", "shared", "nobody"],
                                    )
                                ),
                                name="program_observation_accountability_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("year_planned_progress__isnull", True),
                                    ("year_planned_progress__range", (0, 100)),
                                    _connector="OR",
                                ),
                                name="program_observation_year_planned_progress_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("year_actual_progress__isnull", True),
                                    ("year_actual_progress__range", (0, 100)),
                                    _connector="OR",
                                ),
                                name="program_observation_year_actual_progress_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confidence__in", ["", "on_track", "at_risk", "off_track"])
                                ),
                                name="program_observation_confidence_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("statement", "progress"),
                                    models.Q(
                                        ("accountability", ""),
                                        ("catch_up_on__isnull", True),
                                        ("confidence", ""),
                                        ("confidence_note", ""),
                                        ("delay_kind", ""),
                                        ("improve_by__isnull", True),
                                        ("year_actual_progress__isnull", True),
                                        ("year_planned_progress__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="program_observation_says_more_with_progress_only",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramListing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="programs.program",
                            ),
                        ),
                        (
                            "part",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="programs.programpart",
                            ),
                        ),
                        (
                            "row",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="programs.tablerow",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["row", "program"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("row", "program"), name="program_listed_once_per_row"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramMilestone",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(blank=True, max_length=300)),
                        ("due_on", models.DateField()),
                        ("effective_from", programs.quarters.QuarterField()),
                        ("dropped_from", programs.quarters.QuarterField(blank=True, null=True)),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="milestones",
                                to="programs.program",
                            ),
                        ),
                        ("is_demonstration", models.BooleanField(default=False)),
                        (
                            "change",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="milestones",
                                to="programs.planchange",
                            ),
                        ),
                        (
                            "dropped_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dropped_milestones",
                                to="programs.planchange",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["program", "due_on", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "code", "effective_from"), name="program_milestone_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dropped_from__isnull", True),
                                    ("dropped_from__gt", models.F("effective_from")),
                                    _connector="OR",
                                ),
                                name="program_milestone_dropped_later",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dropped_by__isnull", True),
                                    ("dropped_from__isnull", False),
                                    _connector="OR",
                                ),
                                name="program_milestone_dropped_by_from_a_quarter",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MilestoneObservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quarter", programs.quarters.QuarterField()),
                        ("revision", models.PositiveSmallIntegerField(default=1)),
                        ("accepted_at", models.DateTimeField()),
                        ("superseded_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.TextField(blank=True)),
                        ("origin", models.CharField(max_length=80)),
                        ("narrative", models.TextField(blank=True)),
                        (
                            "statement",
                            models.CharField(
                                choices=[
                                    ("reached", "已完成"),
                                    ("not_reached", "未完成"),
                                    ("nothing_due", "本季無應報事項"),
                                    ("not_applicable", "不適用"),
                                    ("withdrawn", "撤回核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("reached_on", models.DateField(blank=True, null=True)),
                        (
                            "accepted_by",
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
                            "milestone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
                                to="programs.programmilestone",
                            ),
                        ),
                        (
                            "accountability",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("own", "本機關"),
                                    ("other", "其他機關"),
                                    ("contractor", "廠商"),
                                    ("shared", "共同"),
                                    ("nobody", "不可歸責"),
                                ],
                                default="",
                                max_length=20,
                            ),
                        ),
                        ("catch_up_on", models.DateField(blank=True, null=True)),
                        (
                            "delay_kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("administration", "行政作業"),
                                    ("funding", "經費"),
                                    ("staff", "人力"),
                                    ("technology", "技術"),
                                    ("procurement", "採購發包"),
                                    ("land", "用地"),
                                    ("coordination", "跨機關協調"),
                                    ("force_majeure", "不可抗力"),
                                    ("other", "其他"),
                                ],
                                default="",
                                max_length=20,
                            ),
                        ),
                        ("improve_by", models.DateField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["milestone", "organisation", "quarter", "revision"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("milestone", "organisation", "quarter", "revision"),
                                name="milestone_observation_revision_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("superseded_at__isnull", True)),
                                fields=("milestone", "organisation", "quarter"),
                                name="milestone_observation_one_in_force",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reached_on__isnull", False), ("statement", "reached")),
                                    models.Q(
                                        models.Q(("statement", "reached"), _negated=True),
                                        ("reached_on__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="milestone_observation_reached_on_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("superseded_at__isnull", True),
                                    ("superseded_at__gte", models.F("accepted_at")),
                                    _connector="OR",
                                ),
                                name="milestone_observation_superseded_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "delay_kind__in",
                                        [
                                            "",
                                            "administration",
                                            "funding",
                                            "staff",
                                            "technology",
                                            "procurement",
                                            "land",
                                            "coordination",
                                            "force_majeure",
                                            "other",
                                        ],
                                    )
                                ),
                                name="milestone_observation_delay_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "accountability__in",
                                        ["", "own", "other", "contractor", "shared", "nobody"],
                                    )
                                ),
                                name="milestone_observation_accountability_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("statement__in", ["reached", "not_reached"]),
                                    models.Q(
                                        ("accountability", ""),
                                        ("catch_up_on__isnull", True),
                                        ("delay_kind", ""),
                                        ("improve_by__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="milestone_observation_delay_only_where_it_counts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramMark",
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
                                    ("primary", "主要工作（√）"),
                                    ("related", "內容涉及（△）"),
                                    ("none", "不註記"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("effective_from", programs.quarters.QuarterField()),
                        (
                            "change",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="marks",
                                to="programs.planchange",
                            ),
                        ),
                        (
                            "column",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="later_marks",
                                to="programs.tablecolumn",
                            ),
                        ),
                        (
                            "part",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="later_marks",
                                to="programs.programpart",
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="later_marks",
                                to="programs.program",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["program", "column", "effective_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "column", "effective_from"),
                                name="program_mark_once_per_quarter",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["primary", "related", "none"])),
                                name="program_mark_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "none"), _negated=True),
                                    ("part__isnull", True),
                                    _connector="OR",
                                ),
                                name="program_mark_none_of_no_part",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=300)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("existing", "既有"), ("continuing", "延續"), ("new", "新增")],
                                max_length=20,
                            ),
                        ),
                        ("name_is_provisional", models.BooleanField(default=False)),
                        ("period_printed", models.CharField(blank=True, max_length=40)),
                        ("period_start", models.DateField(blank=True, null=True)),
                        ("period_end", models.DateField(blank=True, null=True)),
                        ("effective_from", programs.quarters.QuarterField()),
                        (
                            "change",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="programs.planchange",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="%(class)ss",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="programs.program",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["program", "effective_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "effective_from"), name="program_version_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("period_start__isnull", True),
                                    ("period_end__isnull", True),
                                    ("period_start__lte", models.F("period_end")),
                                    _connector="OR",
                                ),
                                name="program_version_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["existing", "continuing", "new"])),
                                name="program_version_kind_known",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.AddField(
            model_name="tablecolumn",
            name="sub_items",
            field=models.ManyToManyField(
                related_name="columns", through="programs.ColumnSubItem", to="programs.subitem"
            ),
        ),
        migrations.RunSQL(KEPT, KEPT_NO_MORE),
        *(counted(table) for table in COUNTED),
    ]
