"""Milestones of programmes, and accepted statements about them, append-only like every fact."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import programs.quarters


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0003_one_demonstration_run"),
        ("programs", "0003_principal_unit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON programs_milestoneobservation "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact()",
            "DROP TRIGGER fact_append_only ON programs_milestoneobservation",
        ),
    ]
