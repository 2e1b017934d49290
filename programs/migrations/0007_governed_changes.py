"""What is decided after the plan was printed: changes, versions, marks; the database keeps them as they were written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import programs.quarters

# A row that a decision set changes only by being dropped; what a decision dropped stays dropped.
KEPT = """
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
"""
# A programme joins and is released once, from a quarter that stays.
STANDS = """
CREATE FUNCTION refuse_change_of_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.joined_from IS NOT NULL AND OLD.joined_from IS DISTINCT FROM NEW.joined_from)
            OR (OLD.released_from IS NOT NULL AND OLD.released_from IS DISTINCT FROM NEW.released_from) THEN
        RAISE EXCEPTION 'a programme joins and is released once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def trigger(table: str, function: str, name: str, when: str = "UPDATE OR DELETE") -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0005_notices_and_letters"),
        ("programs", "0006_delays_and_progress_of_the_year"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                                ("ground__in", ["finished", "merged", "cancelled"]), ("kind", "released")
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
                            models.Q(models.Q(("kind", "owners"), _negated=True), ("program__isnull", False)),
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
                        fields=("program", "column", "effective_from"), name="program_mark_once_per_quarter"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["primary", "related", "none"])),
                        name="program_mark_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "none"), _negated=True), ("part__isnull", True), _connector="OR"
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
                        choices=[("existing", "既有"), ("continuing", "延續"), ("new", "新增")], max_length=20
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
        migrations.AddField(
            model_name="program",
            name="joined_from",
            field=programs.quarters.QuarterField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="program",
            name="released_from",
            field=programs.quarters.QuarterField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="programpart",
            name="dropped_from",
            field=programs.quarters.QuarterField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="programpart",
            name="effective_from",
            field=programs.quarters.QuarterField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="program",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="ministries.organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="program",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("joined_from__isnull", True),
                    ("released_from__isnull", True),
                    ("joined_from__lt", models.F("released_from")),
                    _connector="OR",
                ),
                name="program_released_after_it_joined",
            ),
        ),
        migrations.AddField(
            model_name="programmilestone",
            name="change",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="milestones",
                to="programs.planchange",
            ),
        ),
        migrations.AddField(
            model_name="programmilestone",
            name="dropped_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dropped_milestones",
                to="programs.planchange",
            ),
        ),
        migrations.AddField(
            model_name="programpart",
            name="change",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="programs.planchange",
            ),
        ),
        migrations.AddField(
            model_name="programpart",
            name="dropped_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dropped_parts",
                to="programs.planchange",
            ),
        ),
        migrations.AddConstraint(
            model_name="programmilestone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("dropped_by__isnull", True), ("dropped_from__isnull", False), _connector="OR"
                ),
                name="program_milestone_dropped_by_from_a_quarter",
            ),
        ),
        migrations.AddConstraint(
            model_name="programpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("change__isnull", True), ("effective_from__isnull", True)),
                    models.Q(("change__isnull", False), ("effective_from__isnull", False)),
                    _connector="OR",
                ),
                name="program_part_named_later_by_a_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="programpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dropped_by__isnull", True), ("dropped_from__isnull", True)),
                    models.Q(("dropped_by__isnull", False), ("dropped_from__isnull", False)),
                    _connector="OR",
                ),
                name="program_part_dropped_by_a_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="programpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("dropped_from__isnull", True),
                    ("effective_from__isnull", True),
                    ("dropped_from__gt", models.F("effective_from")),
                    _connector="OR",
                ),
                name="program_part_dropped_later",
            ),
        ),
        migrations.RunSQL(KEPT, "DROP FUNCTION refuse_change_of_governed()"),
        migrations.RunSQL(STANDS, "DROP FUNCTION refuse_change_of_standing()"),
        trigger("programs_planchange", "refuse_change", "plan_change_append_only"),
        trigger("programs_programversion", "refuse_change", "program_version_append_only"),
        trigger("programs_programmark", "refuse_change", "program_mark_append_only"),
        trigger("programs_programpart", "refuse_change_of_governed", "program_part_kept"),
        trigger("programs_programmilestone", "refuse_change_of_governed", "program_milestone_kept"),
        trigger("programs_program", "refuse_change_of_standing", "program_standing_kept", "UPDATE"),
    ]
