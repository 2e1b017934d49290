"""Decisions of meetings: what they say stays in steps that are never changed, and none is ever removed."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import programs.quarters

TRIGGERS = """
CREATE TRIGGER decision_step_append_only BEFORE UPDATE OR DELETE ON reports_decisionstep
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_kept BEFORE DELETE ON reports_decision
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_progress_append_only BEFORE UPDATE OR DELETE ON reports_decisionprogress
FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
NO_TRIGGERS = """
DROP TRIGGER decision_step_append_only ON reports_decisionstep;
DROP TRIGGER decision_kept ON reports_decision;
DROP TRIGGER decision_progress_append_only ON reports_decisionprogress;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0010_rules_of_checks"),
        ("ministries", "0006_accounts"),
        ("programs", "0007_governed_changes"),
        ("reports", "0012_lateness_is_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("background", models.TextField(blank=True)),
                ("meeting", models.CharField(blank=True, max_length=200)),
                ("meeting_on", models.DateField(blank=True, null=True)),
                ("due_quarter", programs.quarters.QuarterField()),
                ("year", models.PositiveSmallIntegerField()),
                ("number", models.PositiveSmallIntegerField()),
                ("asked_from", programs.quarters.QuarterField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "尚在列管"), ("closed", "已解除列管")],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closing_reason", models.TextField(blank=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "co_owners",
                    models.ManyToManyField(blank=True, related_name="+", to="ministries.organisation"),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kpis.indicator",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_on_behalf_of",
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
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="programs.plan",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.program",
                    ),
                ),
                (
                    "sub_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.subitem",
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "year", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "year", "number"), name="decision_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("revision__gte", 1)),
                        name="decision_counts_from_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="decision_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "asked_from__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("year"), "*", models.Value(4)
                                ),
                            ),
                            (
                                "asked_from__lte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("year"), "*", models.Value(4)
                                    ),
                                    "+",
                                    models.Value(3),
                                ),
                            ),
                        ),
                        name="decision_numbered_in_its_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_quarter__gte", models.F("asked_from"))),
                        name="decision_due_after_it_is_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closing_reason", ""), ("state", "open")),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state", "closed"),
                                models.Q(("closing_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="decision_state_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True),
                            ("closed_at__gte", models.F("made_at")),
                            _connector="OR",
                        ),
                        name="decision_closed_after_it_is_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on_behalf_of__isnull", True),
                            ("closed_by__isnull", False),
                            _connector="OR",
                        ),
                        name="decision_closed_for_another_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="decision_closed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionProgress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.TextField()),
                (
                    "outlook",
                    models.CharField(
                        choices=[
                            ("in_progress", "持續辦理"),
                            ("proposes_closing", "建議解除列管"),
                            ("blocked", "遭遇困難"),
                        ],
                        max_length=20,
                    ),
                ),
                ("expected_on", models.DateField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField()),
                ("saved_at", models.DateTimeField()),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="progress",
                        to="reports.decision",
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
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision_progress",
                        to="reports.report",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "decision progress",
                "ordering": ["decision", "report__reporting_quarter__quarter", "revision"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("decision", "report", "revision"), name="decision_progress_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="decision_progress_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("revision__gte", 1)), name="decision_progress_counts_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outlook__in", ["in_progress", "proposes_closing", "blocked"])),
                        name="decision_progress_outlook_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("background", models.TextField(blank=True)),
                ("meeting", models.CharField(blank=True, max_length=200)),
                ("meeting_on", models.DateField(blank=True, null=True)),
                ("due_quarter", programs.quarters.QuarterField()),
                ("revision", models.PositiveIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("made", "列管"),
                            ("changed", "修正"),
                            ("closed", "已解除列管"),
                            ("reopened", "恢復列管"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "co_owner_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="reports.decision",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kpis.indicator",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.program",
                    ),
                ),
                (
                    "sub_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.subitem",
                    ),
                ),
            ],
            options={
                "ordering": ["decision", "revision"],
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "revision"), name="decision_step_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "made"), ("revision", 1)),
                            models.Q(
                                ("act__in", ["changed", "closed", "reopened"]),
                                ("revision__gt", 1),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="decision_step_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="decision_step_says_something"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["organisation", "state"], name="decision_owner_state"),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
