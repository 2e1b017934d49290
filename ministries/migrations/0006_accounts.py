"""Accounts are disabled at a moment for a reason, and nothing about people is ever removed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

DISABLED_BEFORE = """
UPDATE ministries_user SET disabled_at = now(), sessions_since = now(), disabled_because = 'installation'
WHERE NOT is_active;
"""
KEPT = ("user", "membership", "deputyship", "invitation")


def keeps(table: str) -> migrations.RunSQL:
    trigger, name = f"{table}_is_kept", f"ministries_{table}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {trigger} BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER {trigger} ON {name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0005_notices_and_letters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("invited_at", models.DateTimeField()),
                (
                    "invited_by",
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
                        related_name="+",
                        to="ministries.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-invited_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PastPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128)),
                ("set_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="past_passwords",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-set_at", "-id"],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="started_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="disabled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="disabled_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("act", "由帳號管理人停用"),
                    ("left", "職務已移交"),
                    ("idle", "閒置逾期未登入"),
                    ("installation", "由系統安裝作業停用"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="disabled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="enabled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="enabled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="sessions_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(DISABLED_BEFORE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_by__isnull", True), ("ended_at__isnull", False), _connector="OR"),
                name="membership_ended_at_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("disabled_at__isnull", True),
                        ("disabled_because", ""),
                        ("disabled_by__isnull", True),
                        ("is_active", True),
                    ),
                    models.Q(
                        ("disabled_at__isnull", False),
                        ("disabled_because__in", ["act", "left"]),
                        ("disabled_by__isnull", False),
                        ("is_active", False),
                    ),
                    models.Q(
                        ("disabled_at__isnull", False),
                        ("disabled_because__in", ["idle", "installation"]),
                        ("disabled_by__isnull", True),
                        ("is_active", False),
                    ),
                    _connector="OR",
                ),
                name="user_disabled_at_a_moment_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("enabled_by__isnull", True), ("enabled_at__isnull", False), _connector="OR"
                ),
                name="user_enabled_at_a_moment",
            ),
        ),
        *[keeps(table) for table in KEPT],
    ]
