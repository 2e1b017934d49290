"""Indicators, targets, facts, figures and publications, with the triggers that keep facts as they were accepted.

The schema of 0001_initial to 0013_public_changes in one step, for a database that has none of them yet.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kpis.models.figures
import programs.quarters
from ministries.making_tables import CreateModels

KEPT = """
CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON kpis_observation
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact();

CREATE TRIGGER publication_append_only BEFORE UPDATE OR DELETE ON kpis_publication
FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE kpis_observation ADD CONSTRAINT observation_of_an_owner
FOREIGN KEY (indicator_id, organisation_id) REFERENCES kpis_indicatorowner (indicator_id, organisation_id)
DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER decided_target_stays BEFORE UPDATE OR DELETE ON kpis_target
FOR EACH ROW WHEN (OLD.decided_on IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_change_of_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.change_id IS NULL AND OLD.ended_by_id IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.ended_by_id IS NULL
            OR (NEW.ended_by_id, NEW.until_quarter) IS NOT DISTINCT FROM (OLD.ended_by_id, OLD.until_quarter) THEN
        IF OLD.change_id IS NULL THEN
            RETURN NEW;
        END IF;
        OLD.ended_by_id := NEW.ended_by_id;
        OLD.until_quarter := NEW.until_quarter;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'owners that were decided on are never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER indicator_owner_kept BEFORE UPDATE OR DELETE ON kpis_indicatorowner
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_owner();

CREATE TRIGGER correction_append_only BEFORE UPDATE OR DELETE ON kpis_correction
FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
KEPT_NO_MORE = "DROP FUNCTION refuse_change_of_owner() CASCADE"
# Every statement that writes to one of these tables counts as one change of what the public sees.
COUNTED = [
    "kpis_correction",
    "kpis_indicator",
    "kpis_indicatorowner",
    "kpis_indicatorsubitem",
    "kpis_indicatorweight",
    "kpis_milestonestage",
    "kpis_monitoringstandard",
    "kpis_publication",
    "kpis_scheduledshare",
    "kpis_target",
]


def counted(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER public_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_public_change()",
        f"DROP TRIGGER public_change ON {table}",
    )


class Migration(migrations.Migration):
    replaces = [
        ("kpis", "0001_initial"),
        ("kpis", "0002_facts_append_only"),
        ("kpis", "0003_standards"),
        ("kpis", "0004_figures_of_indicators"),
        ("kpis", "0005_facts_of_owners"),
        ("kpis", "0006_rollup_checks"),
        ("kpis", "0007_facts_in_the_order_of_the_roll_up"),
        ("kpis", "0008_confidence_explained"),
        ("kpis", "0009_decided_targets"),
        ("kpis", "0010_rules_of_checks"),
        ("kpis", "0011_changed_owners"),
        ("kpis", "0012_corrections"),
        ("kpis", "0013_public_changes"),
    ]

    initial = True

    dependencies = [
        ("ministries", "0001_squashed_0011_lines_moved_and_corrections_cancelled"),
        ("programs", "0001_squashed_0008_public_changes"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Indicator",
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
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("goal", "目標"),
                                    ("key_result", "關鍵成果"),
                                    ("overall", "總體目標"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField()),
                        ("name_zh", models.CharField(max_length=200)),
                        ("name_en", models.CharField(max_length=300)),
                        ("definition_zh", models.TextField(blank=True)),
                        ("definition_en", models.TextField(blank=True)),
                        ("definition_is_provisional", models.BooleanField(default=False)),
                        (
                            "aggregation",
                            models.CharField(
                                choices=[
                                    ("flow", "流量（累加）"),
                                    ("stock", "存量（取最近值）"),
                                    ("ratio", "比率（分子分母分別累加）"),
                                    ("rank", "名次（取最近一版）"),
                                    ("milestone", "里程碑"),
                                    ("maximum", "最佳值"),
                                    ("qualitative", "質性"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("unit_zh", models.CharField(blank=True, max_length=40)),
                        ("unit_en", models.CharField(blank=True, max_length=60)),
                        ("decimal_places", models.PositiveSmallIntegerField(default=0)),
                        (
                            "baseline",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
                        ),
                        ("baseline_statement_zh", models.CharField(max_length=200)),
                        ("baseline_statement_en", models.CharField(max_length=200)),
                        (
                            "pillar",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="indicators",
                                to="programs.pillar",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="indicators",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "pillar__order", "order"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "code"), name="indicator_code_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "overall"), ("pillar__isnull", True)),
                                    models.Q(("kind__in", ["goal", "key_result"]), ("pillar__isnull", False)),
                                    _connector="OR",
                                ),
                                name="indicator_of_pillar_unless_overall",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "aggregation__in",
                                        [
                                            "flow",
                                            "stock",
                                            "ratio",
                                            "rank",
                                            "milestone",
                                            "maximum",
                                            "qualitative",
                                        ],
                                    )
                                ),
                                name="indicator_aggregation_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IndicatorSubItem",
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
                            "indicator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mappings",
                                to="kpis.indicator",
                            ),
                        ),
                        (
                            "sub_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="indicator_mappings",
                                to="programs.subitem",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["indicator", "sub_item"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("indicator", "sub_item"), name="indicator_mapped_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MilestoneStage",
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
                        ("name_zh", models.CharField(max_length=120)),
                        ("name_en", models.CharField(max_length=200)),
                        ("share", models.DecimalField(decimal_places=4, max_digits=5)),
                        (
                            "indicator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stages",
                                to="kpis.indicator",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["indicator", "order"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("indicator", "order"), name="milestone_stage_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("share__range", (0, 1))),
                                name="milestone_share_is_a_share",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Observation",
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
                                    ("value", "數值"),
                                    ("ratio", "分子與分母"),
                                    ("rank", "名次"),
                                    ("stage", "里程碑階段"),
                                    ("judgement", "質性說明"),
                                    ("nothing_due", "本季無應報事項"),
                                    ("not_applicable", "不適用"),
                                    ("withdrawn", "撤回核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
                        ),
                        (
                            "numerator",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
                        ),
                        (
                            "denominator",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
                        ),
                        ("rank", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("edition", models.CharField(blank=True, max_length=60)),
                        (
                            "confidence",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("on_track", "可如期達成"),
                                    ("at_risk", "有風險"),
                                    ("off_track", "難以達成"),
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
                            "indicator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="observations",
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
                            "stage",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="kpis.milestonestage",
                            ),
                        ),
                        ("confidence_note", models.TextField(blank=True, db_default="", default="")),
                    ],
                    options={
                        "ordering": ["indicator", "quarter", "organisation", "revision"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("indicator", "organisation", "quarter", "revision"),
                                name="observation_revision_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("statement", "value"),
                                        ("denominator__isnull", True),
                                        ("numerator__isnull", True),
                                        ("rank__isnull", True),
                                        ("stage__isnull", True),
                                        ("value__isnull", False),
                                    ),
                                    models.Q(
                                        ("statement", "ratio"),
                                        ("denominator__isnull", False),
                                        ("numerator__isnull", False),
                                        ("rank__isnull", True),
                                        ("stage__isnull", True),
                                        ("value__isnull", True),
                                    ),
                                    models.Q(
                                        ("statement", "rank"),
                                        ("denominator__isnull", True),
                                        ("numerator__isnull", True),
                                        ("rank__isnull", False),
                                        ("stage__isnull", True),
                                        ("value__isnull", True),
                                    ),
                                    models.Q(
                                        ("statement", "stage"),
                                        ("denominator__isnull", True),
                                        ("numerator__isnull", True),
                                        ("rank__isnull", True),
                                        ("stage__isnull", False),
                                        ("value__isnull", True),
                                    ),
                                    models.Q(
                                        ("statement", "judgement"),
                                        ("denominator__isnull", True),
                                        ("numerator__isnull", True),
                                        ("rank__isnull", True),
                                        ("stage__isnull", True),
                                        ("value__isnull", True),
                                        models.Q(("confidence", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("statement__in", ["nothing_due", "not_applicable", "withdrawn"]),
                                        ("denominator__isnull", True),
                                        ("numerator__isnull", True),
                                        ("rank__isnull", True),
                                        ("stage__isnull", True),
                                        ("value__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="observation_states_exactly_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rank__isnull", True), ("rank__gte", 1), _connector="OR"),
                                name="observation_rank_counts_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("denominator__isnull", True), ("denominator__gte", 0), _connector="OR"
                                ),
                                name="observation_denominator_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("superseded_at__isnull", True),
                                    ("superseded_at__gte", models.F("accepted_at")),
                                    _connector="OR",
                                ),
                                name="observation_superseded_after",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("superseded_at__isnull", True)),
                                fields=("indicator", "quarter", "organisation"),
                                include=(
                                    "statement",
                                    "value",
                                    "numerator",
                                    "denominator",
                                    "rank",
                                    "stage",
                                    "revision",
                                    "accepted_at",
                                ),
                                name="observation_one_in_force",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("superseded_at__isnull", False)),
                                fields=["indicator", "quarter"],
                                name="observation_replaced",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Publication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quarter", programs.quarters.QuarterField()),
                        ("published_at", models.DateTimeField()),
                        ("content", models.TextField()),
                        ("digest", models.CharField(max_length=64)),
                        ("algebra_version", models.PositiveSmallIntegerField()),
                        ("is_demonstration", models.BooleanField(default=False)),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="publications",
                                to="programs.plan",
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-quarter"],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "quarter"), name="quarter_published_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Target",
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
                        (
                            "value",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
                        ),
                        (
                            "value_max",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=24, null=True),
                        ),
                        (
                            "tolerance",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True),
                        ),
                        (
                            "frequency",
                            models.CharField(
                                choices=[("annual", "每年"), ("whole_plan", "全程")], max_length=20
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("due_quarter", programs.quarters.QuarterField(blank=True, null=True)),
                        ("effective_from", programs.quarters.QuarterField()),
                        (
                            "indicator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="targets",
                                to="kpis.indicator",
                            ),
                        ),
                        ("decided_on", models.DateField(blank=True, null=True)),
                        ("ground", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["indicator", "effective_from", "year"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("indicator", "effective_from", "year"),
                                name="target_once",
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
                                name="target_comparator_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("frequency__in", ["annual", "whole_plan"])),
                                name="target_frequency_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("comparator__in", ["milestone", "qualitative"]),
                                        ("value__isnull", True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("comparator__in", ["milestone", "qualitative"]), _negated=True
                                        ),
                                        ("value__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="target_has_a_value_where_it_needs_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("comparator", "range"), ("value_max__gt", models.F("value"))),
                                    models.Q(
                                        models.Q(("comparator", "range"), _negated=True),
                                        ("value_max__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="target_range_has_two_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("comparator", "about"), ("tolerance__isnull", False)),
                                    models.Q(
                                        models.Q(("comparator", "about"), _negated=True),
                                        ("tolerance__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="target_about_has_a_tolerance",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("year__isnull", True), ("frequency", "annual"), _connector="OR"
                                ),
                                name="target_year_only_where_annual",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_on__isnull", True), ("ground", "")),
                                    models.Q(
                                        ("decided_on__isnull", False), models.Q(("ground", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="target_decided_on_a_ground",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IndicatorOwner",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("named_by_plan", models.BooleanField()),
                        ("from_quarter", programs.quarters.QuarterField(blank=True, null=True)),
                        ("until_quarter", programs.quarters.QuarterField(blank=True, null=True)),
                        (
                            "indicator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="owners",
                                to="kpis.indicator",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="owned_indicators",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "change",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="owners",
                                to="programs.planchange",
                            ),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ended_owners",
                                to="programs.planchange",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["indicator", "organisation"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("indicator", "organisation"), name="indicator_owned_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("from_quarter__isnull", True),
                                    ("until_quarter__isnull", True),
                                    ("from_quarter__lte", models.F("until_quarter")),
                                    _connector="OR",
                                ),
                                name="indicator_ownership_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("change__isnull", True),
                                        models.Q(("from_quarter__isnull", False), ("named_by_plan", False)),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("ended_by__isnull", True),
                                        ("until_quarter__isnull", False),
                                        _connector="OR",
                                    ),
                                ),
                                name="indicator_ownership_changed_from_a_quarter",
                            ),
                        ],
                    },
                ),
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
                                condition=models.Q(
                                    ("execution_formula__in", ["with-surplus/1", "of-allocation/1"])
                                ),
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="schedule",
                                to="kpis.target",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["target", "quarter"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("target", "quarter"), name="scheduled_share_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("share__range", (0, 1))),
                                name="scheduled_share_is_a_share",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IndicatorFigure",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "quarter",
                                "indicator",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
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
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "quarter_denominator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "year_numerator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "year_denominator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "plan_numerator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "plan_denominator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
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
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "rate_denominator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "expected_numerator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        (
                            "expected_denominator",
                            kpis.models.figures.ExactField(
                                blank=True, decimal_places=10, max_digits=48, null=True
                            ),
                        ),
                        ("achieved", models.BooleanField(blank=True, null=True)),
                        (
                            "light",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("green", "正常"),
                                    ("yellow", "注意"),
                                    ("red", "落後"),
                                    ("grey", "無資料"),
                                ],
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
                                    models.Q(
                                        ("rate_denominator__isnull", True), ("rate_numerator__isnull", True)
                                    ),
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="kpis.indicator",
                            ),
                        ),
                        ("queued_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="RollupCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("checked_at", models.DateTimeField()),
                        ("differences", models.PositiveIntegerField()),
                        ("examples", models.JSONField(blank=True, default=list)),
                    ],
                    options={
                        "ordering": ["-checked_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="CheckRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                choices=[
                                    ("stock_falls", "存量減少"),
                                    ("unusual_jump", "數值超出常態範圍"),
                                    ("behind_without_reason", "落後未填原因及對策"),
                                    ("behind_without_kind", "落後未填類型"),
                                    ("behind_without_day", "落後未填預定趕上日期"),
                                    ("reason_without_delay", "未落後而填落後原因"),
                                    ("far_behind", "嚴重落後"),
                                    ("behind_twice", "連續兩季落後"),
                                    ("progress_falls", "實際進度倒退"),
                                    ("complete_with_open_milestones", "進度已滿而查核點未完成"),
                                    ("milestone_overdue", "查核點逾期未說明"),
                                    ("reached_before_start", "完成日期早於期程"),
                                    ("catch_up_day_past", "預定日期已過"),
                                    ("over_appropriation", "執行數超過預算數"),
                                    ("allocated_over_appropriation", "分配數超過預算數"),
                                    ("low_execution", "執行率偏低"),
                                    ("money_without_progress", "有支用而無進度"),
                                    ("progress_without_money", "有進度而無支用"),
                                    ("confidence_disagrees", "研判與燈號不一致未說明"),
                                    ("no_narrative", "未填辦理情形"),
                                ],
                                max_length=40,
                            ),
                        ),
                        ("effective_from", programs.quarters.QuarterField()),
                        (
                            "severity",
                            models.CharField(
                                choices=[("error", "錯誤"), ("warning", "警示"), ("hint", "提醒")],
                                max_length=10,
                            ),
                        ),
                        (
                            "parameter",
                            models.DecimalField(blank=True, decimal_places=4, max_digits=9, null=True),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("words_zh", models.CharField(blank=True, max_length=300)),
                        ("words_en", models.CharField(blank=True, max_length=500)),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="check_rules",
                                to="programs.plan",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["plan", "code", "effective_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "code", "effective_from"),
                                name="check_rule_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "code__in",
                                        [
                                            "stock_falls",
                                            "unusual_jump",
                                            "behind_without_reason",
                                            "behind_without_kind",
                                            "behind_without_day",
                                            "reason_without_delay",
                                            "far_behind",
                                            "behind_twice",
                                            "progress_falls",
                                            "complete_with_open_milestones",
                                            "milestone_overdue",
                                            "reached_before_start",
                                            "catch_up_day_past",
                                            "over_appropriation",
                                            "allocated_over_appropriation",
                                            "low_execution",
                                            "money_without_progress",
                                            "progress_without_money",
                                            "confidence_disagrees",
                                            "no_narrative",
                                        ],
                                    )
                                ),
                                name="check_rule_code_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("severity__in", ["error", "warning", "hint"])),
                                name="check_rule_severity_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parameter__isnull", True),
                                    models.Q(
                                        (
                                            "code__in",
                                            [
                                                "behind_twice",
                                                "behind_without_day",
                                                "behind_without_kind",
                                                "behind_without_reason",
                                                "confidence_disagrees",
                                                "far_behind",
                                                "low_execution",
                                                "reason_without_delay",
                                                "unusual_jump",
                                            ],
                                        ),
                                        ("parameter__gte", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="check_rule_parameter_where_it_compares",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("words_en", ""), ("words_zh", "")),
                                    models.Q(
                                        ("words_zh", ""), ("words_en", ""), _connector="OR", _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="check_rule_words_in_both_languages",
                            ),
                        ],
                    },
                ),
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
                                condition=models.Q(("said", {}), _negated=True),
                                name="correction_changes_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("revision__gte", 2)),
                                name="correction_of_an_earlier_statement",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.AddField(
            model_name="indicator",
            name="sub_items",
            field=models.ManyToManyField(
                related_name="indicators", through="kpis.IndicatorSubItem", to="programs.subitem"
            ),
        ),
        migrations.RunSQL(KEPT, KEPT_NO_MORE),
        *(counted(table) for table in COUNTED),
    ]
