"""Proposals of other targets: what they say never changes, and what was decided of them is decided."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import programs.quarters

FUNCTION = """
CREATE FUNCTION refuse_change_of_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision CONSTANT text[] := ARRAY[
        'state', 'decided_at', 'decided_by_id', 'decided_on_behalf_of_id', 'decision', 'target_id'
    ];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'proposed' AND to_jsonb(OLD) - decision = to_jsonb(NEW) - decision THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are decided once, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""
TRIGGER = """
CREATE TRIGGER proposal_decided_once BEFORE UPDATE OR DELETE ON reports_targetproposal
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proposal();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0009_decided_targets"),
        ("ministries", "0004_deputyships"),
        ("reports", "0005_all_fields_of_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TargetProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "comparator",
                    models.CharField(
                        choices=[
                            ("at_least", "達"),
                            ("more_than", "超過"),
                            ("about", "約"),
                            ("range", "介於"),
                            ("at_most", "不超過"),
                            ("rank_improves", "名次進步"),
                            ("top", "前幾名"),
                            ("milestone", "完成"),
                            ("qualitative", "質性目標"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True)),
                ("value_max", models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True)),
                ("tolerance", models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True)),
                (
                    "frequency",
                    models.CharField(choices=[("annual", "每年"), ("whole_plan", "全程")], max_length=20),
                ),
                ("year", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("due_quarter", programs.quarters.QuarterField(blank=True, null=True)),
                ("effective_from", programs.quarters.QuarterField()),
                ("ground", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待決定"),
                            ("approved", "已同意"),
                            ("refused", "未獲同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=20,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision", models.TextField(blank=True)),
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
                    "decided_on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="target_proposals",
                        to="kpis.indicator",
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="kpis.target",
                    ),
                ),
            ],
            options={
                "ordering": ["-proposed_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("indicator", "year"),
                        name="target_proposal_open_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "comparator__in",
                                [
                                    "at_least",
                                    "more_than",
                                    "about",
                                    "range",
                                    "at_most",
                                    "rank_improves",
                                    "top",
                                    "milestone",
                                    "qualitative",
                                ],
                            )
                        ),
                        name="target_proposal_comparator_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("frequency__in", ["annual", "whole_plan"])),
                        name="target_proposal_frequency_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("comparator__in", ["milestone", "qualitative"]), ("value__isnull", True)
                            ),
                            models.Q(
                                models.Q(("comparator__in", ["milestone", "qualitative"]), _negated=True),
                                ("value__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="target_proposal_has_a_value_where_it_needs_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("comparator", "range"), ("value_max__gt", models.F("value"))),
                            models.Q(
                                models.Q(("comparator", "range"), _negated=True), ("value_max__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="target_proposal_range_has_two_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("comparator", "about"), ("tolerance__isnull", False)),
                            models.Q(
                                models.Q(("comparator", "about"), _negated=True), ("tolerance__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="target_proposal_about_has_a_tolerance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("year__isnull", True), ("frequency", "annual"), _connector="OR"),
                        name="target_proposal_year_only_where_annual",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ground", ""), _negated=True), name="target_proposal_has_a_ground"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("decided_on_behalf_of__isnull", True),
                                ("decision", ""),
                                ("state", "proposed"),
                            ),
                            models.Q(
                                ("decided_at__gte", models.F("proposed_at")),
                                ("decided_by__isnull", False),
                                ("state__in", ["approved", "refused", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="target_proposal_state_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), ("target__isnull", False)),
                            models.Q(
                                models.Q(("state", "approved"), _negated=True), ("target__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="target_proposal_approved_is_a_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("decision", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="target_proposal_refused_with_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "refused"]), _negated=True),
                            models.Q(
                                ("decided_by", models.F("proposed_by")),
                                ("decided_by", models.F("proposed_on_behalf_of")),
                                ("decided_on_behalf_of", models.F("proposed_by")),
                                ("decided_on_behalf_of", models.F("proposed_on_behalf_of")),
                                _connector="OR",
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="target_proposal_decided_by_another",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change_of_proposal()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER proposal_decided_once ON reports_targetproposal"),
    ]
