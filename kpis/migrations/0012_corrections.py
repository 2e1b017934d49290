"""What was corrected after publication: a public log to which rows are only ever added."""

import django.db.models.deletion
from django.db import migrations, models

import programs.quarters


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0011_changed_owners"),
        ("ministries", "0008_sign_off_asked"),
        ("programs", "0007_governed_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quarter", programs.quarters.QuarterField()),
                ("revision", models.PositiveSmallIntegerField()),
                ("said", models.JSONField()),
                ("reason", models.TextField()),
                ("corrected_at", models.DateTimeField()),
                (
                    "indicator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="kpis.indicator",
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="programs.programmilestone",
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
                    "part",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.programpart",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="programs.program",
                    ),
                ),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="kpis.publication",
                    ),
                ),
                (
                    "sub_item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="programs.subitem",
                    ),
                ),
            ],
            options={
                "ordering": ["-corrected_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("indicator__isnull", False),
                                ("milestone__isnull", True),
                                ("part__isnull", True),
                                ("program__isnull", True),
                                ("sub_item__isnull", True),
                            ),
                            models.Q(
                                ("indicator__isnull", True),
                                ("milestone__isnull", True),
                                ("program__isnull", False),
                                ("sub_item__isnull", True),
                            ),
                            models.Q(
                                ("indicator__isnull", True),
                                ("milestone__isnull", False),
                                ("part__isnull", True),
                                ("program__isnull", True),
                                ("sub_item__isnull", True),
                            ),
                            models.Q(
                                ("indicator__isnull", True),
                                ("milestone__isnull", True),
                                ("part__isnull", True),
                                ("program__isnull", True),
                                ("sub_item__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="correction_about_exactly_one_thing",
                    ),
                    models.UniqueConstraint(
                        fields=(
                            "indicator",
                            "program",
                            "part",
                            "milestone",
                            "sub_item",
                            "organisation",
                            "quarter",
                            "revision",
                        ),
                        name="correction_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="correction_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("said", {}), _negated=True), name="correction_changes_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("revision__gte", 2)), name="correction_of_an_earlier_statement"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER correction_append_only BEFORE UPDATE OR DELETE ON kpis_correction "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER correction_append_only ON kpis_correction",
        ),
    ]
