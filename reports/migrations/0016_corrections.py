"""Lines that were opened for correction after their quarter was published."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0012_corrections"),
        ("programs", "0007_governed_changes"),
        ("reports", "0015_lines_follow_what_is_owed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="line",
            name="correcting",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(
                condition=models.Q(("correcting", True)), fields=["report"], name="line_correcting"
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(("correcting", True), ("state", "accepted"), _negated=True),
                name="line_is_correcting_until_accepted",
            ),
        ),
    ]
