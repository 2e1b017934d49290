"""A published quarter never changes: its figures are frozen as text under a digest, and the database keeps them so."""

import hashlib

from django.conf import settings
from django.db import models

from programs.models import Plan
from programs.quarters import QuarterField


def digest_of(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class Publication(models.Model):
    """A quarter as the public was told it. `content` is canonical JSON, `digest` the SHA-256 of its UTF-8 bytes."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="publications")
    quarter = QuarterField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content = models.TextField()
    digest = models.CharField(max_length=64)
    algebra_version = models.PositiveSmallIntegerField()
    is_demonstration = models.BooleanField(default=False)

    class Meta:
        ordering = ["-quarter"]
        constraints = [models.UniqueConstraint(fields=["plan", "quarter"], name="quarter_published_once")]

    def __str__(self) -> str:
        return f"{self.plan} · {self.quarter}"
