"""A responsibility can say that one unit of the ministry does most of it (為主)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_facts_append_only")]
    operations = [
        migrations.AddField(
            model_name="responsibility",
            name="unit_is_principal",
            field=models.BooleanField(default=False),
        ),
    ]
