"""What is looked at by the clock: when the next look is due, and who has leave to make it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from m25console.models import Tenant


class Watched(models.Model):
    """Something that workers are called to look at, one at a time: a look holds the latest ticket,
    and has until its lease ends."""

    tenant: "models.ForeignKey[Tenant, Tenant]"

    next_check_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is looked at again; empty: not by itself"
    )
    ticket = models.CharField(max_length=32, default="", blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Awaited(Watched):
    """The same, where somebody may ask for a look and wait for it."""

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", help_text="Who waits for the look that is due",
    )  # fmt: skip

    class Meta:
        abstract = True


def due_and_given(noun: str) -> list[models.Index]:
    """By these the looks that are due are found, and those that were given out are counted."""
    return [
        models.Index(
            fields=["next_check_at", "id"],
            condition=Q(next_check_at__isnull=False),
            name=f"{noun}_check_due",
        ),
        models.Index(fields=["next_check_at"], condition=~Q(ticket=""), name=f"{noun}_check_given"),
    ]
