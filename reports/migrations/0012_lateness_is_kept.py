"""How late a report first came in is counted once and kept; a longer time rests on a request that was granted."""

from django.db import migrations, models

FIRST_SUBMISSIONS = """
UPDATE reports_report r
SET first_submitted_at = first.at,
    days_late = greatest(0, (first.at AT TIME ZONE 'Asia/Taipei')::date - q.due_on)
FROM reports_reportingquarter q, (
    SELECT r.id, least(min(e.at), r.submitted_at) AS at
    FROM reports_report r
    LEFT JOIN reports_reportevent e ON e.report_id = r.id AND e.act = 'submit'
    WHERE r.submitted_at IS NOT NULL
    GROUP BY r.id
) first
WHERE q.id = r.reporting_quarter_id AND first.id = r.id
"""
KEEP_FIRST_SUBMISSION = """
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
"""
FORGET_FIRST_SUBMISSION = """
DROP TRIGGER report_first_submission_is_kept ON reports_report;
DROP FUNCTION keep_first_submission();
"""
EXTEND_WHAT_WAS_GRANTED = """
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
"""
EXTEND_ANYTHING = """
DROP TRIGGER report_starts_unextended ON reports_report;
DROP TRIGGER report_extended_as_granted ON reports_report;
DROP FUNCTION extend_what_was_granted();
"""
KEEP_REQUESTS = """
CREATE TRIGGER extension_never_removed BEFORE DELETE ON reports_extension
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER extension_kept_once_answered BEFORE UPDATE ON reports_extension
FOR EACH ROW WHEN (
    OLD.state <> 'asked'
    OR (OLD.report_id, OLD.until_asked, OLD.reason, OLD.asked_at, OLD.asked_by_id, OLD.asked_on_behalf_of_id)
        IS DISTINCT FROM
       (NEW.report_id, NEW.until_asked, NEW.reason, NEW.asked_at, NEW.asked_by_id, NEW.asked_on_behalf_of_id)
) EXECUTE FUNCTION refuse_change();
"""
FORGET_REQUESTS = """
DROP TRIGGER extension_kept_once_answered ON reports_extension;
DROP TRIGGER extension_never_removed ON reports_extension;
"""


class Migration(migrations.Migration):
    dependencies = [("ministries", "0002_append_only"), ("reports", "0011_extensions")]
    operations = [
        migrations.RunSQL(FIRST_SUBMISSIONS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("days_late__isnull", True), ("first_submitted_at__isnull", True)),
                    models.Q(("days_late__isnull", False), ("first_submitted_at__isnull", False)),
                    _connector="OR",
                ),
                name="report_first_handed_in_so_late",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("submitted_at__isnull", True),
                    ("first_submitted_at__lte", models.F("submitted_at")),
                    _connector="OR",
                ),
                name="report_first_handed_in_before_last",
            ),
        ),
        migrations.RunSQL(KEEP_FIRST_SUBMISSION, FORGET_FIRST_SUBMISSION),
        migrations.RunSQL(EXTEND_WHAT_WAS_GRANTED, EXTEND_ANYTHING),
        migrations.RunSQL(KEEP_REQUESTS, FORGET_REQUESTS),
    ]
