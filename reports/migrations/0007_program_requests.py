"""What ministries ask of their programmes: asked once, answered once, and the database keeps both as they were written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import programs.quarters

# Only an open request changes, and only by its answer or its withdrawal.
FUNCTION = """
CREATE FUNCTION refuse_change_of_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['state', 'decided_at', 'decided_by_id', 'decided_for_id', 'words', 'withdrawn_at',
                           'withdrawn_by_id', 'withdrawn_for_id', 'change_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'proposed' AND to_jsonb(OLD) - answer = to_jsonb(NEW) - answer THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are answered once, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""


def trigger(table: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER request_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER request_kept ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0005_notices_and_letters"),
        ("programs", "0007_governed_changes"),
        ("reports", "0006_target_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProgramRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("explanation", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待核定"),
                            ("approved", "同意"),
                            ("refused", "不同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=20,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("words", models.TextField(blank=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("goal", "目標策略變更"),
                            ("organisation", "組織任務變更"),
                            ("work_or_cost", "主要工作或總經費變更"),
                            ("delay_or_term", "進度嚴重落後或總期程變更"),
                            ("budget_cut", "預算刪減"),
                            ("force_majeure", "不可抗力"),
                        ],
                        max_length=20,
                    ),
                ),
                ("effective_from", programs.quarters.QuarterField()),
                ("changes_period", models.BooleanField(default=False)),
                ("period_printed", models.CharField(blank=True, max_length=40)),
                ("period_start", models.DateField(blank=True, null=True)),
                ("period_end", models.DateField(blank=True, null=True)),
                (
                    "change",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s",
                        to="programs.planchange",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
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
                        related_name="%(class)ss",
                        to="programs.program",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_for",
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
                "ordering": ["-proposed_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("change", None),
                                ("decided_at", None),
                                ("state", "proposed"),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                ("change__isnull", False),
                                ("decided_at__isnull", False),
                                ("state", "approved"),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                ("change", None),
                                ("decided_at__isnull", False),
                                ("state", "refused"),
                                ("withdrawn_at", None),
                                models.Q(("words", ""), _negated=True),
                            ),
                            models.Q(
                                ("change", None),
                                ("decided_at", None),
                                ("state", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="program_revision_state_has_its_moments",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="program_revision_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="program_revision_withdrawn_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_for__isnull", True), ("decided_at__isnull", False), _connector="OR"
                            ),
                            models.Q(
                                ("withdrawn_for__isnull", True),
                                ("withdrawn_at__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        name="program_revision_principals_of_deeds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="program_revision_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("explanation", ""), _negated=True),
                        name="program_revision_explained",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("program",),
                        name="program_revision_one_open_per_programme",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
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
                            )
                        ),
                        name="program_revision_ground_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("changes_period", False),
                                ("period_end", None),
                                ("period_printed", ""),
                                ("period_start", None),
                            ),
                            models.Q(
                                ("changes_period", True),
                                ("period_start__isnull", False),
                                models.Q(("period_printed", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="program_revision_period_only_where_changed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_start__isnull", True),
                            ("period_end__isnull", True),
                            ("period_start__lte", models.F("period_end")),
                            _connector="OR",
                        ),
                        name="program_revision_period_runs_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProposedMilestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[("change", "變更"), ("drop", "取消"), ("add", "新增")], max_length=10
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                ("name_zh", models.CharField(max_length=200)),
                ("name_en", models.CharField(blank=True, max_length=300)),
                ("due_on", models.DateField()),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.programmilestone",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="reports.programrevision",
                    ),
                ),
            ],
            options={
                "ordering": ["revision", "due_on", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("revision", "code"), name="proposed_milestone_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deed", "add"), ("milestone__isnull", True)),
                            models.Q(("deed__in", ["change", "drop"]), ("milestone__isnull", False)),
                            _connector="OR",
                        ),
                        name="proposed_milestone_is_new_or_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name_zh", ""), _negated=True), name="proposed_milestone_named"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProgramRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("explanation", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待核定"),
                            ("approved", "同意"),
                            ("refused", "不同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=20,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("words", models.TextField(blank=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("finished", "已完成"),
                            ("merged", "併入其他計畫"),
                            ("cancelled", "終止辦理"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "change",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s",
                        to="programs.planchange",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
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
                        related_name="%(class)ss",
                        to="programs.program",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_for",
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
                "ordering": ["-proposed_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("change", None),
                                ("decided_at", None),
                                ("state", "proposed"),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                ("change__isnull", False),
                                ("decided_at__isnull", False),
                                ("state", "approved"),
                                ("withdrawn_at", None),
                            ),
                            models.Q(
                                ("change", None),
                                ("decided_at__isnull", False),
                                ("state", "refused"),
                                ("withdrawn_at", None),
                                models.Q(("words", ""), _negated=True),
                            ),
                            models.Q(
                                ("change", None),
                                ("decided_at", None),
                                ("state", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="program_release_state_has_its_moments",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="program_release_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="program_release_withdrawn_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_for__isnull", True), ("decided_at__isnull", False), _connector="OR"
                            ),
                            models.Q(
                                ("withdrawn_for__isnull", True),
                                ("withdrawn_at__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        name="program_release_principals_of_deeds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="program_release_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("explanation", ""), _negated=True),
                        name="program_release_explained",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("program",),
                        name="program_release_one_open_per_programme",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ground__in", ["finished", "merged", "cancelled"])),
                        name="program_release_ground_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change_of_request()"),
        trigger("reports_programrevision", "refuse_change_of_request"),
        trigger("reports_programrelease", "refuse_change_of_request"),
        trigger("reports_proposedmilestone", "refuse_change"),
    ]
