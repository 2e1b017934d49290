"""Weights, thresholds and schedules become data with an effective quarter; weights other than 1 hold from the start."""

import django.db.models.deletion
from django.db import migrations, models

import programs.quarters

COPY_WEIGHTS = """
INSERT INTO kpis_indicatorweight (indicator_id, effective_from, weight)
SELECT i.id, extract(year FROM p.starts_on)::int * 4 + extract(quarter FROM p.starts_on)::int - 1, i.weight
FROM kpis_indicator i JOIN programs_plan p ON p.id = i.plan_id WHERE i.weight <> 1
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0002_facts_append_only"),
        ("programs", "0003_principal_unit"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndicatorWeight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_from", programs.quarters.QuarterField()),
                ("weight", models.DecimalField(decimal_places=4, max_digits=9)),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weights",
                        to="kpis.indicator",
                    ),
                ),
            ],
            options={
                "ordering": ["indicator", "effective_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("indicator", "effective_from"), name="indicator_weight_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 0)), name="indicator_weight_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MonitoringStandard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_from", programs.quarters.QuarterField()),
                ("yellow_points", models.DecimalField(decimal_places=2, max_digits=5)),
                ("red_points", models.DecimalField(decimal_places=2, max_digits=5)),
                (
                    "execution_formula",
                    models.CharField(
                        choices=[
                            ("with-surplus/1", "執行數 ÷（累計分配數 ＋ 賸餘數）"),
                            ("of-allocation/1", "執行數 ÷ 累計分配數"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="monitoring_standards",
                        to="programs.plan",
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "effective_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "effective_from"), name="monitoring_standard_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("red_points__gte", models.F("yellow_points")), ("yellow_points__gte", 0)
                        ),
                        name="monitoring_standard_thresholds_rise",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("execution_formula__in", ["with-surplus/1", "of-allocation/1"])),
                        name="monitoring_standard_formula_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScheduledShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quarter", programs.quarters.QuarterField()),
                ("share", models.DecimalField(decimal_places=4, max_digits=5)),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="schedule", to="kpis.target"
                    ),
                ),
            ],
            options={
                "ordering": ["target", "quarter"],
                "constraints": [
                    models.UniqueConstraint(fields=("target", "quarter"), name="scheduled_share_once"),
                    models.CheckConstraint(
                        condition=models.Q(("share__range", (0, 1))), name="scheduled_share_is_a_share"
                    ),
                ],
            },
        ),
        migrations.RunSQL(COPY_WEIGHTS, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="indicator",
            name="indicator_weight_not_negative",
        ),
        migrations.RemoveField(
            model_name="indicator",
            name="weight",
        ),
    ]
