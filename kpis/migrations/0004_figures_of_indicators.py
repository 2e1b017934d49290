"""Figures of indicators alone are stored, with the facts they were made from; nodes are composed when read.

Figures are derived: the old ones are thrown away, and every indicator of a managed plan is noted for recomputation.
"""

import django.db.models.deletion
from django.db import migrations, models

import kpis.models.figures
import programs.quarters

NOTE_ALL = """
INSERT INTO kpis_rolluptask (indicator_id, queued_at)
SELECT i.id, now() FROM kpis_indicator i JOIN programs_plan p ON p.id = i.plan_id WHERE p.is_managed
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0003_standards"),
    ]

    operations = [
        migrations.DeleteModel(
            name="NodeFigure",
        ),
        migrations.DeleteModel(
            name="IndicatorFigure",
        ),
        migrations.DeleteModel(
            name="RollupTask",
        ),
        migrations.CreateModel(
            name="IndicatorFigure",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "quarter", "indicator", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("quarter", programs.quarters.QuarterField()),
                (
                    "indicator",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="kpis.indicator",
                    ),
                ),
                (
                    "quarter_numerator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "quarter_denominator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "year_numerator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "year_denominator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "plan_numerator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "plan_denominator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                ("last_stated", programs.quarters.QuarterField(blank=True, null=True)),
                ("stated", models.PositiveIntegerField()),
                ("owed", models.PositiveIntegerField()),
                (
                    "target",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="kpis.target",
                    ),
                ),
                (
                    "rate_numerator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "rate_denominator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "expected_numerator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                (
                    "expected_denominator",
                    kpis.models.figures.ExactField(blank=True, decimal_places=10, max_digits=48, null=True),
                ),
                ("achieved", models.BooleanField(blank=True, null=True)),
                (
                    "light",
                    models.CharField(
                        blank=True,
                        choices=[("green", "正常"), ("yellow", "注意"), ("red", "落後"), ("grey", "無資料")],
                        max_length=10,
                    ),
                ),
                ("weight", models.DecimalField(decimal_places=4, max_digits=9)),
                ("facts_seen", models.PositiveIntegerField()),
                ("facts_until", models.DateTimeField(blank=True, null=True)),
                ("algebra_version", models.PositiveSmallIntegerField()),
                ("computed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["indicator", "quarter"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rate_denominator__isnull", True), ("rate_numerator__isnull", True)),
                            models.Q(("rate_denominator__gt", 0), ("rate_numerator__isnull", False)),
                            _connector="OR",
                        ),
                        name="indicator_figure_rate_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stated__lte", models.F("owed"))),
                        name="indicator_figure_coverage_is_k_of_n",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="RollupTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="kpis.indicator"
                    ),
                ),
                ("queued_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.RunSQL(NOTE_ALL, migrations.RunSQL.noop),
    ]
