"""What was refused for want of a right, counted by the hour; models.py makes it known to Django."""

from django.db import models
from django.db.models import Q


class AccessDenial(models.Model):
    """Somebody asked the API for what they may not do, so many times within an hour."""

    tenant = models.ForeignKey(
        "m25console.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    hour = models.DateTimeField()
    actor_label = models.CharField(max_length=254)
    permission = models.CharField(max_length=64)
    method = models.CharField(max_length=8)
    route = models.CharField(max_length=200)
    times = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "access_denials"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "hour", "actor_label", "permission", "method", "route"],
                name="access_denial_once_an_hour",
            ),
            models.CheckConstraint(condition=Q(times__gte=1), name="access_denial_happened"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-last_at", "-id"], name="access_denial_newest"),
            models.Index(fields=["hour"], name="access_denial_age"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.permission}"
