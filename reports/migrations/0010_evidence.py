"""Evidence and conversations of lines: what was handed in or said is never changed or removed by anybody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EVIDENCE = """
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
"""
NO_EVIDENCE = """
DROP TRIGGER evidence_append_only ON reports_evidence;
DROP FUNCTION refuse_change_of_evidence();
"""
COMMENTS = ("reports_linecomment", "reports_linecomment_mentions")


def said_for_good(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER comment_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER comment_append_only ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0002_append_only"),
        ("reports", "0009_history_of_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=[("file", "檔案"), ("link", "連結")], max_length=10)),
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
                            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
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
                                models.Q(("stored_name__regex", "^[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{16}$")),
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
                        condition=models.Q(("is_kept", True), ("removed_at__isnull", False), _connector="OR"),
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
                        condition=models.Q(("words", ""), _negated=True), name="line_comment_says_something"
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
        migrations.RunSQL(EVIDENCE, NO_EVIDENCE),
        *[said_for_good(table) for table in COMMENTS],
    ]
