"""Every change of what the public may read is counted by the database, whatever road it took; what was kept before it is old.

Triggers write these rows, in the transaction of the change itself; see the migrations called `public_changes`.
"""

from django.db import models
from django.db.models.functions import Now


class PublicChange(models.Model):
    """That something public changed; their number and the newest key together are the version of all public pages."""

    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk} · {self.at}"
