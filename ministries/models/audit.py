"""Who said what when: rows are only ever added, sealed in a chain, and the database refuses to change or remove one.

How a chain is made and proved is said by `ministries.chain` and the services beside it.
"""

from django.conf import settings
from django.db import models

from ministries.models.organisations import Organisation

DIGEST_LENGTH = 64
"""SHA-256 in hexadecimal digits."""


class AuditEntry(models.Model):
    """One act of one person upon one record, with what it changed. `act` is a word of `ministries.permissions`.

    `on_behalf_of` is the person whose deputy the actor was, where the actor had no right of their own. Only an
    attempt to log in to an account that does not exist has no record that it is about.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="audit_entries",
        db_index=False,
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    act = models.CharField(max_length=60)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        # Each ends in the order in which the log is read, so that a page costs the same however long it grows.
        indexes = [
            models.Index(fields=["at", "id"], name="audit_entry_at"),
            models.Index(fields=["actor", "at", "id"], name="audit_entry_actor"),
            models.Index(
                fields=["on_behalf_of", "at", "id"],
                name="audit_entry_on_behalf",
                condition=models.Q(on_behalf_of__isnull=False),
            ),
            models.Index(fields=["organisation", "at", "id"], name="audit_entry_organisation"),
            models.Index(fields=["act", "at", "id"], name="audit_entry_act"),
            models.Index(fields=["subject_type", "subject_id", "at", "id"], name="audit_entry_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject_id__isnull=False) | models.Q(act="account.sign_in_failed"),
                name="audit_entry_has_a_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act} {self.subject_type} {self.subject_id}"


class UnsealedEntry(models.Model):
    """An entry that waits for its seal: a trigger notes every one in the transaction that adds it.

    That is how a sealer finds what is new at a constant cost, however late the transaction of an entry ends.
    """

    entry_id = models.BigIntegerField(primary_key=True)
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["entry_id"]

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditSeal(models.Model):
    """An entry's place in the chain: `digest` covers the entry and the digest before it (`previous`).

    Addresses and code are what they were when the entry was sealed. The database takes a seal only at the end.
    """

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    actor_email = models.CharField(max_length=254, blank=True)
    on_behalf_of_email = models.CharField(max_length=254, blank=True)
    organisation_code = models.CharField(max_length=40, blank=True)
    previous = models.CharField(max_length=DIGEST_LENGTH)
    digest = models.CharField(max_length=DIGEST_LENGTH)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(condition=models.Q(position__gte=1), name="audit_seal_counts_from_one")
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.digest}"


class AuditCheck(models.Model):
    """One proof of the chain: it holds up to `position`, whose digest is `digest`; `wrong` is what breaks it after that.

    The newest one is in force: where something is wrong it is the alarm.
    """

    checked_at = models.DateTimeField()
    position = models.BigIntegerField()
    digest = models.CharField(max_length=DIGEST_LENGTH)
    wrong = models.TextField(blank=True)

    class Meta:
        ordering = ["-checked_at", "-id"]

    def __str__(self) -> str:
        return f"{self.checked_at} · {self.position} {self.wrong}"
