"""Rounds, reports, lines and decisions, with the triggers that keep what was handed in and decided.

The schema of 0001_initial to 0020_moments_follow_their_proposals in one step, for a database that has none of them yet.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import programs.quarters
from ministries.making_tables import CreateModels

KEPT = """
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

CREATE TRIGGER proposal_decided_once BEFORE UPDATE OR DELETE ON reports_targetproposal
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proposal();

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

CREATE TRIGGER request_kept BEFORE UPDATE OR DELETE ON reports_programrevision
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_request();

CREATE TRIGGER request_kept BEFORE UPDATE OR DELETE ON reports_programrelease
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_request();

CREATE TRIGGER request_kept BEFORE UPDATE OR DELETE ON reports_proposedmilestone
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reports_linerevision_append_only BEFORE UPDATE OR DELETE ON reports_linerevision
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reports_reportevent_append_only BEFORE UPDATE OR DELETE ON reports_reportevent
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reports_linestep_append_only BEFORE UPDATE OR DELETE ON reports_linestep
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reports_receipt_append_only BEFORE UPDATE OR DELETE ON reports_receipt
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_change_of_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        OLD.scan_state := NEW.scan_state;
        OLD.scanner := NEW.scanner;
        OLD.scanned_at := NEW.scanned_at;
        IF OLD.removed_at IS NULL THEN
            OLD.removed_at := NEW.removed_at;
            OLD.removed_by_id := NEW.removed_by_id;
            OLD.removed_on_behalf_of_id := NEW.removed_on_behalf_of_id;
            OLD.is_kept := NEW.is_kept;
        END IF;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are struck out or scanned again, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE ON reports_evidence
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_evidence();

CREATE TRIGGER comment_append_only BEFORE UPDATE OR DELETE ON reports_linecomment
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER comment_append_only BEFORE UPDATE OR DELETE ON reports_linecomment_mentions
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION keep_first_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'when report % first came in, and how late, never changes', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER report_first_submission_is_kept BEFORE UPDATE ON reports_report
FOR EACH ROW WHEN (
    OLD.first_submitted_at IS NOT NULL
    AND (OLD.first_submitted_at, OLD.days_late) IS DISTINCT FROM (NEW.first_submitted_at, NEW.days_late)
) EXECUTE FUNCTION keep_first_submission();

CREATE FUNCTION extend_what_was_granted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.extended_until IS DISTINCT FROM (
        SELECT max(until_granted) FROM reports_extension WHERE report_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'report % is extended to the newest day that was granted, to no other', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_extended_as_granted BEFORE UPDATE ON reports_report
FOR EACH ROW WHEN (OLD.extended_until IS DISTINCT FROM NEW.extended_until)
EXECUTE FUNCTION extend_what_was_granted();
CREATE TRIGGER report_starts_unextended BEFORE INSERT ON reports_report
FOR EACH ROW WHEN (NEW.extended_until IS NOT NULL) EXECUTE FUNCTION extend_what_was_granted();

CREATE TRIGGER extension_never_removed BEFORE DELETE ON reports_extension
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER extension_kept_once_answered BEFORE UPDATE ON reports_extension
FOR EACH ROW WHEN (
    OLD.state <> 'asked'
    OR (OLD.report_id, OLD.until_asked, OLD.reason, OLD.asked_at, OLD.asked_by_id, OLD.asked_on_behalf_of_id)
        IS DISTINCT FROM
       (NEW.report_id, NEW.until_asked, NEW.reason, NEW.asked_at, NEW.asked_by_id, NEW.asked_on_behalf_of_id)
) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER decision_step_append_only BEFORE UPDATE OR DELETE ON reports_decisionstep
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_kept BEFORE DELETE ON reports_decision
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_progress_append_only BEFORE UPDATE OR DELETE ON reports_decisionprogress
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION keep_publication_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state NOT IN ('proposed', 'confirmed') THEN
        RAISE EXCEPTION 'proposals of publications are settled once, never changed or removed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.reporting_quarter_id, OLD.not_before, OLD.proposed_at, OLD.proposed_by_id, OLD.proposed_on_behalf_of_id)
        IS DISTINCT FROM
       (NEW.reporting_quarter_id, NEW.not_before, NEW.proposed_at, NEW.proposed_by_id, NEW.proposed_on_behalf_of_id)
    THEN
        RAISE EXCEPTION 'what was proposed, by whom and for when, never changes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> 'proposed' AND NEW.digest <> OLD.digest THEN
        RAISE EXCEPTION 'what was confirmed is what appears' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'confirmed' AND NEW.state <> 'proposed' AND
       (OLD.decided_at, OLD.decided_by_id, OLD.decided_on_behalf_of_id)
        IS DISTINCT FROM (NEW.decided_at, NEW.decided_by_id, NEW.decided_on_behalf_of_id)
    THEN
        RAISE EXCEPTION 'who confirmed it, and when, never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'published' AND NOT EXISTS (
        SELECT FROM kpis_publication p JOIN reports_reportingquarter q ON q.plan_id = p.plan_id AND q.quarter = p.quarter
        WHERE p.id = NEW.publication_id AND q.id = NEW.reporting_quarter_id AND p.digest = NEW.digest
          AND (NEW.not_before IS NULL OR p.published_at >= NEW.not_before)
    ) THEN
        RAISE EXCEPTION 'what was confirmed is what appears, not before its moment'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publication_proposal_kept BEFORE UPDATE OR DELETE ON reports_publicationproposal
FOR EACH ROW EXECUTE FUNCTION keep_publication_proposal();

CREATE FUNCTION publish_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM reports_publicationproposal WHERE reporting_quarter_id = NEW.id AND state = 'published'
    ) THEN
        RAISE EXCEPTION 'quarter % is published through a proposal that was confirmed', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quarter_published_by_two BEFORE UPDATE ON reports_reportingquarter
FOR EACH ROW WHEN (OLD.published_at IS NULL AND NEW.published_at IS NOT NULL) EXECUTE FUNCTION publish_by_two();
"""
KEPT_NO_MORE = "DROP FUNCTION refuse_change_of_proposal(), refuse_change_of_request(), refuse_change_of_evidence(), keep_first_submission(), extend_what_was_granted(), keep_publication_proposal(), publish_by_two() CASCADE"


class Migration(migrations.Migration):
    replaces = [
        ("reports", "0001_initial"),
        ("reports", "0002_milestone_lines"),
        ("reports", "0003_withdrawal"),
        ("reports", "0004_rounds_by_the_clock"),
        ("reports", "0005_all_fields_of_lines"),
        ("reports", "0006_target_proposals"),
        ("reports", "0007_program_requests"),
        ("reports", "0008_lines_with_states"),
        ("reports", "0009_history_of_lines"),
        ("reports", "0010_evidence"),
        ("reports", "0011_extensions"),
        ("reports", "0012_lateness_is_kept"),
        ("reports", "0013_decisions"),
        ("reports", "0014_needs_of_coordination"),
        ("reports", "0015_lines_follow_what_is_owed"),
        ("reports", "0016_corrections"),
        ("reports", "0017_a_report_may_be_owed_no_longer"),
        ("reports", "0018_publications_by_two"),
        ("reports", "0019_cancelled_corrections"),
        ("reports", "0020_moments_follow_their_proposals"),
    ]

    initial = True

    dependencies = [
        ("kpis", "0001_squashed_0013_public_changes"),
        ("ministries", "0001_squashed_0011_lines_moved_and_corrections_cancelled"),
        ("programs", "0001_squashed_0008_public_changes"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="ReportingQuarter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quarter", programs.quarters.QuarterField()),
                        ("opens_on", models.DateField()),
                        ("due_on", models.DateField()),
                        ("closes_on", models.DateField()),
                        ("opened_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
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
                            "opened_by",
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
                                related_name="reporting_quarters",
                                to="programs.plan",
                            ),
                        ),
                        (
                            "published_by",
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
                            "opened_on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "published_on_behalf_of",
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
                        "ordering": ["plan", "quarter"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "quarter"), name="reporting_quarter_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("due_on__lte", models.F("closes_on")),
                                    ("opens_on__lte", models.F("due_on")),
                                ),
                                name="reporting_quarter_dates_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("published_at__isnull", True), ("published_by__isnull", True)),
                                    models.Q(
                                        ("published_at__isnull", False), ("published_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="reporting_quarter_published_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at__isnull", True),
                                    models.Q(
                                        ("closed_at__gte", models.F("opened_at")),
                                        ("opened_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="reporting_quarter_closed_after_opened",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_at__isnull", True),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("published_at__gte", models.F("closed_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="reporting_quarter_published_after_closed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("opened_by__isnull", True), ("opened_at__isnull", False), _connector="OR"
                                ),
                                name="reporting_quarter_opened_by_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_by__isnull", True), ("closed_at__isnull", False), _connector="OR"
                                ),
                                name="reporting_quarter_closed_by_at_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("opened_on_behalf_of__isnull", True),
                                    ("opened_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="reporting_quarter_opened_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_on_behalf_of__isnull", True),
                                    ("closed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="reporting_quarter_closed_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_on_behalf_of__isnull", True),
                                    ("published_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="reporting_quarter_published_on_behalf_of_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Report",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "填報中"),
                                    ("signed", "已核稿"),
                                    ("submitted", "已送出"),
                                    ("endorsed", "待複審"),
                                    ("returned", "已退回"),
                                    ("accepted", "已核定"),
                                ],
                                default="draft",
                                max_length=20,
                            ),
                        ),
                        ("submitted_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
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
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "reporting_quarter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="reports.reportingquarter",
                            ),
                        ),
                        ("days_late", models.PositiveIntegerField(blank=True, null=True)),
                        ("extended_until", models.DateField(blank=True, null=True)),
                        ("first_submitted_at", models.DateTimeField(blank=True, null=True)),
                        ("no_longer_owed_since", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["reporting_quarter", "organisation"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("reporting_quarter", "organisation"), name="report_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)),
                                    models.Q(
                                        ("submitted_at__isnull", False), ("submitted_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="report_submitted_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="report_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "signed"]),
                                    models.Q(
                                        ("state__in", ["submitted", "endorsed"]),
                                        ("submitted_at__isnull", False),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("state__in", ["returned", "accepted"]),
                                        ("submitted_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="report_state_has_its_moments",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("days_late__isnull", True), ("first_submitted_at__isnull", True)
                                    ),
                                    models.Q(
                                        ("days_late__isnull", False), ("first_submitted_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="report_first_handed_in_so_late",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("submitted_at__isnull", True),
                                    ("first_submitted_at__lte", models.F("submitted_at")),
                                    _connector="OR",
                                ),
                                name="report_first_handed_in_before_last",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Line",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("order", models.PositiveSmallIntegerField()),
                        (
                            "statement",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("value", "填報"),
                                    ("zero", "零"),
                                    ("not_reached", "未完成"),
                                    ("nothing_due", "本季無應報事項"),
                                    ("not_applicable", "不適用"),
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
                        ("narrative", models.TextField(blank=True)),
                        ("delay_reason", models.TextField(blank=True)),
                        ("remedy", models.TextField(blank=True)),
                        ("revision", models.PositiveIntegerField(default=0)),
                        ("saved_at", models.DateTimeField(blank=True, null=True)),
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
                                related_name="+",
                                to="programs.program",
                            ),
                        ),
                        (
                            "saved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="reports.report",
                            ),
                        ),
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
                        ("reached_on", models.DateField(blank=True, null=True)),
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
                        ("confidence_note", models.TextField(blank=True, default="")),
                        ("coordination", models.TextField(blank=True, default="")),
                        (
                            "coordination_with",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
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
                        ("note", models.TextField(blank=True, default="")),
                        (
                            "year_actual_progress",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True),
                        ),
                        (
                            "year_planned_progress",
                            models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True),
                        ),
                        ("moved_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "填報中"),
                                    ("signed", "已核稿"),
                                    ("submitted", "已送出"),
                                    ("endorsed", "待複審"),
                                    ("returned", "已退回"),
                                    ("accepted", "已核定"),
                                ],
                                default="draft",
                                max_length=20,
                            ),
                        ),
                        ("no_longer_owed_since", models.DateTimeField(blank=True, null=True)),
                        ("correcting", models.BooleanField(db_default=False, default=False)),
                    ],
                    options={
                        "ordering": ["report", "order"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("planned_progress__isnull", True),
                                    ("planned_progress__range", (0, 100)),
                                    _connector="OR",
                                ),
                                name="line_planned_progress_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("actual_progress__isnull", True),
                                    ("actual_progress__range", (0, 100)),
                                    _connector="OR",
                                ),
                                name="line_actual_progress_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("revision", 0),
                                        ("saved_at__isnull", True),
                                        ("saved_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("revision__gt", 0),
                                        ("saved_at__isnull", False),
                                        ("saved_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="line_saved_by_somebody",
                            ),
                            models.UniqueConstraint(
                                fields=("report", "indicator", "program", "part", "milestone", "sub_item"),
                                name="line_once",
                                nulls_distinct=False,
                            ),
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
                                name="line_about_exactly_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("milestone__isnull", True),
                                        ("reached_on__isnull", True),
                                        models.Q(("statement", "not_reached"), _negated=True),
                                    ),
                                    models.Q(
                                        ("milestone__isnull", False),
                                        ("reached_on__isnull", True),
                                        ("statement__in", ["", "value", "not_reached", "not_applicable"]),
                                    ),
                                    models.Q(
                                        ("milestone__isnull", False),
                                        ("reached_on__isnull", False),
                                        ("statement__in", ["", "value"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="line_milestone_is_reached_on_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("year_planned_progress__isnull", True),
                                    ("year_planned_progress__range", (0, 100)),
                                    _connector="OR",
                                ),
                                name="line_year_planned_progress_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("year_actual_progress__isnull", True),
                                    ("year_actual_progress__range", (0, 100)),
                                    _connector="OR",
                                ),
                                name="line_year_actual_progress_is_percent",
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
                                name="line_delay_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "accountability__in",
                                        ["", "own", "other", "contractor", "shared", "nobody"],
                                    )
                                ),
                                name="line_accountability_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["draft", "signed", "submitted", "endorsed", "returned", "accepted"],
                                    )
                                ),
                                name="line_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "draft"), ("moved_at__isnull", False), _connector="OR"
                                ),
                                name="line_state_has_its_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("correcting", True), ("state", "accepted"), _negated=True
                                ),
                                name="line_is_correcting_until_accepted",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("correcting", True)),
                                fields=["report"],
                                name="line_correcting",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("act", models.CharField(max_length=20)),
                        (
                            "from_state",
                            models.CharField(
                                choices=[
                                    ("draft", "填報中"),
                                    ("signed", "已核稿"),
                                    ("submitted", "已送出"),
                                    ("endorsed", "待複審"),
                                    ("returned", "已退回"),
                                    ("accepted", "已核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "to_state",
                            models.CharField(
                                choices=[
                                    ("draft", "填報中"),
                                    ("signed", "已核稿"),
                                    ("submitted", "已送出"),
                                    ("endorsed", "待複審"),
                                    ("returned", "已退回"),
                                    ("accepted", "已核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("comment", models.TextField(blank=True)),
                        (
                            "actor",
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
                                related_name="events",
                                to="reports.report",
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
                            "other",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ministries.organisation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("act__in", ("moved_out", "moved_in")), ("other__isnull", False)
                                    ),
                                    models.Q(
                                        models.Q(("act__in", ("moved_out", "moved_in")), _negated=True),
                                        ("actor__isnull", False),
                                        ("other__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="report_event_by_somebody_unless_lines_move",
                            )
                        ],
                    },
                ),
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
                                name="target_proposal_has_a_value_where_it_needs_one",
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
                                name="target_proposal_range_has_two_ends",
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
                                name="target_proposal_about_has_a_tolerance",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("year__isnull", True), ("frequency", "annual"), _connector="OR"
                                ),
                                name="target_proposal_year_only_where_annual",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ground", ""), _negated=True),
                                name="target_proposal_has_a_ground",
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
                                        models.Q(("state", "approved"), _negated=True),
                                        ("target__isnull", True),
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
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="program_revision_withdrawn_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_for__isnull", True),
                                        ("decided_at__isnull", False),
                                        _connector="OR",
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at__isnull", True),
                                    ("decided_at__gte", models.F("proposed_at")),
                                    _connector="OR",
                                ),
                                name="program_revision_decided_after_proposed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True),
                                    ("withdrawn_at__gte", models.F("proposed_at")),
                                    _connector="OR",
                                ),
                                name="program_revision_withdrawn_after_proposed",
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
                            models.UniqueConstraint(
                                fields=("revision", "code"), name="proposed_milestone_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("deed", "add"), ("milestone__isnull", True)),
                                    models.Q(("deed__in", ["change", "drop"]), ("milestone__isnull", False)),
                                    _connector="OR",
                                ),
                                name="proposed_milestone_is_new_or_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name_zh", ""), _negated=True),
                                name="proposed_milestone_named",
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
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="program_release_withdrawn_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_for__isnull", True),
                                        ("decided_at__isnull", False),
                                        _connector="OR",
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at__isnull", True),
                                    ("decided_at__gte", models.F("proposed_at")),
                                    _connector="OR",
                                ),
                                name="program_release_decided_after_proposed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True),
                                    ("withdrawn_at__gte", models.F("proposed_at")),
                                    _connector="OR",
                                ),
                                name="program_release_withdrawn_after_proposed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LineRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("revision", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("content", models.JSONField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="revisions",
                                to="reports.line",
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
                    ],
                    options={
                        "ordering": ["line", "revision"],
                        "constraints": [
                            models.UniqueConstraint(fields=("line", "revision"), name="line_revision_once"),
                            models.CheckConstraint(
                                condition=models.Q(("revision__gt", 0)), name="line_revision_counts_from_one"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LineStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("act", models.CharField(max_length=20)),
                        (
                            "from_state",
                            models.CharField(
                                choices=[
                                    ("draft", "填報中"),
                                    ("signed", "已核稿"),
                                    ("submitted", "已送出"),
                                    ("endorsed", "待複審"),
                                    ("returned", "已退回"),
                                    ("accepted", "已核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "to_state",
                            models.CharField(
                                choices=[
                                    ("draft", "填報中"),
                                    ("signed", "已核稿"),
                                    ("submitted", "已送出"),
                                    ("endorsed", "待複審"),
                                    ("returned", "已退回"),
                                    ("accepted", "已核定"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("revision", models.PositiveIntegerField()),
                        ("comment", models.TextField(blank=True)),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="reports.reportevent",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="reports.line",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "line"), name="line_step_once_per_act"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("from_state", models.F("to_state")), _negated=True),
                                    ("act", "moved"),
                                    _connector="OR",
                                ),
                                name="line_step_changes_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("act__in", ["return", "reopen", "withdraw", "send_back", "cancel"]),
                                    ("comment", ""),
                                    _negated=True,
                                ),
                                name="line_step_back_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("to_state", "accepted"), _negated=True),
                                    ("from_state__in", ["submitted", "endorsed"]),
                                    models.Q(("act", "cancel"), ("from_state", "returned")),
                                    _connector="OR",
                                ),
                                name="line_step_accepts_what_was_handed_in",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("act", "cancel"), _negated=True),
                                    models.Q(("from_state", "returned"), ("to_state", "accepted")),
                                    _connector="OR",
                                ),
                                name="line_step_cancels_what_was_opened",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=80, unique=True)),
                        ("issued_at", models.DateTimeField()),
                        ("content", models.JSONField()),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt",
                                to="reports.reportevent",
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="reports.report",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="SecondReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("from_at", models.DateTimeField()),
                        ("until_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "from_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="second_reviews",
                                to="programs.plan",
                            ),
                        ),
                        (
                            "until_by",
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
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("until_at__isnull", True)),
                                fields=("plan",),
                                name="second_review_required_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("until_at__isnull", True), ("until_by__isnull", True)),
                                    models.Q(
                                        ("until_at__gte", models.F("from_at")), ("until_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="second_review_ended_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignOffWaiver",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("from_at", models.DateTimeField()),
                        ("until_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "from_by",
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
                                related_name="sign_off_waivers",
                                to="ministries.organisation",
                            ),
                        ),
                        (
                            "until_by",
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
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("until_at__isnull", True)),
                                fields=("organisation",),
                                name="sign_off_waived_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("until_at__isnull", True), ("until_by__isnull", True)),
                                    models.Q(
                                        ("until_at__gte", models.F("from_at")), ("until_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="sign_off_waiver_ended_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Evidence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(choices=[("file", "檔案"), ("link", "連結")], max_length=10),
                        ),
                        ("title", models.CharField(max_length=120)),
                        ("original_name", models.CharField(blank=True, max_length=120)),
                        (
                            "media_type",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("application/pdf", "PDF"),
                                    ("application/vnd.oasis.opendocument.text", "ODF 文字文件"),
                                    ("application/vnd.oasis.opendocument.spreadsheet", "ODF 試算表"),
                                    ("application/vnd.oasis.opendocument.presentation", "ODF 簡報"),
                                    (
                                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                        "Word",
                                    ),
                                    (
                                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                                        "Excel",
                                    ),
                                    (
                                        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                                        "PowerPoint",
                                    ),
                                    ("text/csv", "CSV"),
                                    ("text/plain", "純文字"),
                                    ("image/png", "PNG"),
                                    ("image/jpeg", "JPEG"),
                                ],
                                max_length=100,
                            ),
                        ),
                        ("size", models.PositiveBigIntegerField(blank=True, null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("stored_name", models.CharField(blank=True, max_length=100)),
                        (
                            "scan_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("clean", "未發現病毒"),
                                    ("not_scanned", "未經掃毒"),
                                    ("infected", "含有惡意程式"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("scanner", models.CharField(blank=True, max_length=60)),
                        ("scanned_at", models.DateTimeField(blank=True, null=True)),
                        ("url", models.CharField(blank=True, max_length=2000)),
                        ("added_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                        ("is_kept", models.BooleanField(default=True)),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "added_on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="reports.line",
                            ),
                        ),
                        (
                            "removed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "removed_on_behalf_of",
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
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("original_name", ""), _negated=True),
                                        models.Q(
                                            (
                                                "media_type__in",
                                                [
                                                    "application/pdf",
                                                    "application/vnd.oasis.opendocument.text",
                                                    "application/vnd.oasis.opendocument.spreadsheet",
                                                    "application/vnd.oasis.opendocument.presentation",
                                                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                                                    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                                                    "text/csv",
                                                    "text/plain",
                                                    "image/png",
                                                    "image/jpeg",
                                                ],
                                            )
                                        ),
                                        models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                        models.Q(
                                            ("stored_name__regex", "^[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{16}$")
                                        ),
                                        models.Q(("scan_state__in", ["clean", "not_scanned", "infected"])),
                                        ("kind", "file"),
                                        ("size__gt", 0),
                                        ("url", ""),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("url__startswith", "https://"),
                                            ("url__startswith", "http://"),
                                            _connector="OR",
                                        ),
                                        ("kind", "link"),
                                        ("media_type", ""),
                                        ("original_name", ""),
                                        ("scan_state", ""),
                                        ("sha256", ""),
                                        ("size__isnull", True),
                                        ("stored_name", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="evidence_is_a_file_or_an_address",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("title", ""), _negated=True), name="evidence_has_a_title"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("scan_state__in", ["", "not_scanned"]),
                                        ("scanned_at__isnull", True),
                                        ("scanner", ""),
                                    ),
                                    models.Q(
                                        ("scan_state__in", ["clean", "infected"]),
                                        ("scanned_at__isnull", False),
                                        models.Q(("scanner", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="evidence_scanned_by_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                                    models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="evidence_removed_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("removed_on_behalf_of__isnull", True),
                                    ("removed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="evidence_removed_for_somebody_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("removed_at__isnull", True),
                                    ("removed_at__gte", models.F("added_at")),
                                    _connector="OR",
                                ),
                                name="evidence_removed_after_it_was_added",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_kept", True), ("removed_at__isnull", False), _connector="OR"
                                ),
                                name="evidence_kept_while_it_hangs",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "file")),
                                fields=("stored_name",),
                                name="evidence_file_stored_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "file"), ("removed_at__isnull", True)),
                                fields=("line", "sha256"),
                                name="evidence_file_hangs_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "link"), ("removed_at__isnull", True)),
                                fields=("line", "url"),
                                name="evidence_link_hangs_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LineComment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("words", models.TextField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="reports.line",
                            ),
                        ),
                        (
                            "mentions",
                            models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL),
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
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True),
                                name="line_comment_says_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("on_behalf_of__isnull", True),
                                    models.Q(("on_behalf_of", models.F("by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="line_comment_for_somebody_else",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Extension",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "待答復"),
                                    ("granted", "同意展延"),
                                    ("refused", "不同意展延"),
                                    ("withdrawn", "已撤回"),
                                ],
                                default="asked",
                                max_length=20,
                            ),
                        ),
                        ("until_asked", models.DateField()),
                        ("reason", models.TextField()),
                        ("asked_at", models.DateTimeField()),
                        ("until_granted", models.DateField(blank=True, null=True)),
                        ("words", models.TextField(blank=True)),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "answered_on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_on_behalf_of",
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
                                related_name="extensions",
                                to="reports.report",
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
                            "withdrawn_on_behalf_of",
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
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("report",),
                                name="extension_one_open_per_report",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answered_at__isnull", True),
                                        ("state", "asked"),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("state", "granted"),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("state", "refused"),
                                        ("withdrawn_at__isnull", True),
                                        models.Q(("words", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", True),
                                        ("state", "withdrawn"),
                                        ("withdrawn_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="extension_state_has_its_moments",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "granted"), ("until_granted__isnull", False)),
                                    models.Q(
                                        models.Q(("state", "granted"), _negated=True),
                                        ("until_granted__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="extension_granted_until_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="extension_says_why"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at__isnull", True), ("answered_by__isnull", True)),
                                    models.Q(("answered_at__isnull", False), ("answered_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="extension_answered_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="extension_withdrawn_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("asked_on_behalf_of__isnull", True),
                                    ("asked_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="extension_asked_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answered_on_behalf_of__isnull", True),
                                    ("answered_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="extension_answered_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_on_behalf_of__isnull", True),
                                    ("withdrawn_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="extension_withdrawn_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answered_at__isnull", True),
                                    ("answered_at__gte", models.F("asked_at")),
                                    _connector="OR",
                                ),
                                name="extension_answered_after_asked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True),
                                    ("withdrawn_at__gte", models.F("asked_at")),
                                    _connector="OR",
                                ),
                                name="extension_withdrawn_after_asked",
                            ),
                        ],
                    },
                ),
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
                            models.ManyToManyField(
                                blank=True, related_name="+", to="ministries.organisation"
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
                            models.UniqueConstraint(
                                fields=("plan", "year", "number"), name="decision_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1), ("revision__gte", 1)),
                                name="decision_counts_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="decision_says_something",
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
                                    models.Q(
                                        ("closed_at__isnull", True), ("closing_reason", ""), ("state", "open")
                                    ),
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
                        "indexes": [
                            models.Index(fields=["organisation", "state"], name="decision_owner_state")
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
                                condition=models.Q(("revision__gte", 1)),
                                name="decision_progress_counts_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outlook__in", ["in_progress", "proposes_closing", "blocked"])
                                ),
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
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
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
                            models.UniqueConstraint(
                                fields=("decision", "revision"), name="decision_step_once"
                            ),
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
                                condition=models.Q(("text", ""), _negated=True),
                                name="decision_step_says_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoordinationNeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.TextField()),
                        ("asked_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "asked_on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="needs",
                                to="reports.line",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="needs_asked",
                                to="ministries.organisation",
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
                            "withdrawn_on_behalf_of",
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
                        "ordering": ["-asked_at", "-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at__isnull", True)),
                                fields=("line", "organisation"),
                                name="coordination_need_stands_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="coordination_need_has_words",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True),
                                    ("withdrawn_at__gte", models.F("asked_at")),
                                    _connector="OR",
                                ),
                                name="coordination_need_withdrawn_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="coordination_need_withdrawn_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_on_behalf_of__isnull", True),
                                    ("withdrawn_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="coordination_need_withdrawn_on_behalf_of_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PublicationProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "待確認"),
                                    ("confirmed", "已確認，待公布"),
                                    ("published", "已公布"),
                                    ("refused", "未獲同意"),
                                    ("withdrawn", "已撤回"),
                                ],
                                default="proposed",
                                max_length=20,
                            ),
                        ),
                        ("not_before", models.DateTimeField(blank=True, null=True)),
                        ("content", models.TextField(blank=True)),
                        ("digest", models.CharField(max_length=64)),
                        ("proposed_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("words", models.TextField(blank=True)),
                        ("checked_at", models.DateTimeField(blank=True, null=True)),
                        ("fell_back_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "fell_back_because",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("content", "數據或目標已有變動"),
                                    ("undecided", "有已送出的報告待審"),
                                    ("reopened", "本季重新開放填報"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
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
                            "publication",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposal",
                                to="kpis.publication",
                            ),
                        ),
                        (
                            "reporting_quarter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="publication_proposals",
                                to="reports.reportingquarter",
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
                            "withdrawn_on_behalf_of",
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
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["proposed", "confirmed", "published"])),
                                fields=("reporting_quarter",),
                                name="publication_proposal_one_per_quarter",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("state", "proposed"),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("checked_at__isnull", False),
                                        ("decided_at__isnull", False),
                                        ("not_before__isnull", False),
                                        ("state", "confirmed"),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("state__in", ["published", "refused"]),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    models.Q(("state", "withdrawn"), ("withdrawn_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="publication_proposal_state_has_its_moments",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_at__isnull", True),
                                    ("decided_at__gte", models.F("proposed_at")),
                                    _connector="OR",
                                ),
                                name="publication_proposal_decided_after_proposed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["proposed", "confirmed"]),
                                        models.Q(("content", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state__in", ["proposed", "confirmed"]), _negated=True),
                                        ("content", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="publication_proposal_holds_its_text_while_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("publication__isnull", False), ("state", "published")),
                                    models.Q(
                                        models.Q(("state", "published"), _negated=True),
                                        ("publication__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="publication_proposal_published_is_a_publication",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "refused"), models.Q(("words", ""), _negated=True)),
                                    models.Q(models.Q(("state", "refused"), _negated=True), ("words", "")),
                                    _connector="OR",
                                ),
                                name="publication_proposal_refused_with_words",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fell_back_at__isnull", True), ("fell_back_because", "")),
                                    models.Q(
                                        ("fell_back_at__isnull", False),
                                        ("fell_back_because__in", ["content", "undecided", "reopened"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="publication_proposal_falls_back_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
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
                                name="publication_proposal_decided_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="publication_proposal_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="publication_proposal_withdrawn_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("proposed_on_behalf_of__isnull", True),
                                    ("proposed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="publication_proposal_proposed_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_on_behalf_of__isnull", True),
                                    ("decided_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="publication_proposal_decided_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_on_behalf_of__isnull", True),
                                    ("withdrawn_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="publication_proposal_withdrawn_on_behalf_of_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_at__isnull", True),
                                    ("withdrawn_at__gte", models.F("proposed_at")),
                                    _connector="OR",
                                ),
                                name="publication_proposal_withdrawn_after_proposed",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(KEPT, KEPT_NO_MORE),
    ]
