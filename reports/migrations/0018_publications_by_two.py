"""A quarter is published through a proposal that another person confirmed; what was confirmed is what appears."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP = """
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
FORGET = """
DROP TRIGGER quarter_published_by_two ON reports_reportingquarter;
DROP FUNCTION publish_by_two();
DROP TRIGGER publication_proposal_kept ON reports_publicationproposal;
DROP FUNCTION keep_publication_proposal();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0012_corrections"),
        ("reports", "0017_a_report_may_be_owed_no_longer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                                models.Q(("state", "published"), _negated=True), ("publication__isnull", True)
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
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
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
                ],
            },
        ),
        migrations.RunSQL(KEEP, FORGET),
    ]
