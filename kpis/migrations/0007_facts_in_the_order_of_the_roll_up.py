"""An indicator's facts in force lie together in one index, with all that the roll-up needs of them."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0006_rollup_checks"),
        ("ministries", "0003_one_demonstration_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="observation",
            name="observation_one_in_force",
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
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
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("superseded_at__isnull", False)),
                fields=["indicator", "quarter"],
                name="observation_replaced",
            ),
        ),
    ]
