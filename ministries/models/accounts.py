"""How people come to their account, and which passwords they had: letters of invitation and the last hashes.

It keeps no link and no password: a link is made when the letter is written, a password is known by its hash alone.
"""

from __future__ import annotations

from django.db import models

from ministries.models.organisations import Organisation
from ministries.models.people import User


class Invitation(models.Model):
    """A person was asked, by a letter with a link that works once, to set the first password of their account."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-invited_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user} · {self.invited_at:%Y-%m-%d}"


class PastPassword(models.Model):
    """A password that a person has or had, as its hash."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="past_passwords")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-set_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user} · {self.set_at:%Y-%m-%d}"
