"""Notices of publications: asked for, and what became of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ministries", "0008_sign_off_asked"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="noticepreference",
            name="notice_preference_known",
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("due_soon", "填報期限將屆"),
                    ("due_today", "今日為填報期限"),
                    ("overdue", "填報逾期"),
                    ("returned", "填報內容退回"),
                    ("sign_off_asked", "請求核稿"),
                    ("sent_back", "核稿退回承辦"),
                    ("submitted", "填報內容送出"),
                    ("mentioned", "留言提及"),
                    ("coordination", "須協調事項"),
                    ("extension_asked", "申請展延"),
                    ("extension_answered", "展延申請結果"),
                    ("change_proposed", "計畫修正申請"),
                    ("change_decided", "計畫修正結果"),
                    ("decision_made", "新增列管事項"),
                    ("decision_due", "列管事項將屆期"),
                    ("publication_asked", "請求確認公布"),
                    ("publication_told", "公布作業結果"),
                    ("deputy_named", "代理人異動"),
                    ("account", "帳號通知"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="noticepreference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("due_soon", "填報期限將屆"),
                    ("due_today", "今日為填報期限"),
                    ("overdue", "填報逾期"),
                    ("returned", "填報內容退回"),
                    ("sign_off_asked", "請求核稿"),
                    ("sent_back", "核稿退回承辦"),
                    ("submitted", "填報內容送出"),
                    ("mentioned", "留言提及"),
                    ("coordination", "須協調事項"),
                    ("extension_asked", "申請展延"),
                    ("extension_answered", "展延申請結果"),
                    ("change_proposed", "計畫修正申請"),
                    ("change_decided", "計畫修正結果"),
                    ("decision_made", "新增列管事項"),
                    ("decision_due", "列管事項將屆期"),
                    ("publication_asked", "請求確認公布"),
                    ("publication_told", "公布作業結果"),
                    ("deputy_named", "代理人異動"),
                    ("account", "帳號通知"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "due_soon",
                            "due_today",
                            "overdue",
                            "returned",
                            "sign_off_asked",
                            "sent_back",
                            "submitted",
                            "mentioned",
                            "coordination",
                            "extension_asked",
                            "extension_answered",
                            "change_proposed",
                            "change_decided",
                            "decision_made",
                            "decision_due",
                            "publication_asked",
                            "publication_told",
                            "deputy_named",
                            "account",
                        ],
                    )
                ),
                name="notice_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticepreference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "due_soon",
                            "due_today",
                            "overdue",
                            "returned",
                            "sign_off_asked",
                            "sent_back",
                            "submitted",
                            "mentioned",
                            "coordination",
                            "extension_asked",
                            "extension_answered",
                            "change_proposed",
                            "change_decided",
                            "decision_made",
                            "decision_due",
                            "publication_asked",
                            "publication_told",
                            "deputy_named",
                            "account",
                        ],
                    ),
                    ("timing__in", ["at_once", "daily", "never"]),
                ),
                name="notice_preference_known",
            ),
        ),
    ]
