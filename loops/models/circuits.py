"""Hosts of a tenant's channels that fail, and since when they are left alone."""

from django.db import models

from m25console.models import Tenant


class HostCircuit(models.Model):
    """The circuit of one host; without failures it has no row."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    host = models.CharField(max_length=300, help_text="With its port")
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    opened_at = models.DateTimeField(null=True, blank=True)
    trials = models.PositiveSmallIntegerField(default=0)
    successes = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "host_circuits"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "host"], name="circuit_once_per_host"),
            models.CheckConstraint(
                condition=models.Q(failures__gt=0), name="circuit_is_of_a_host_that_failed"
            ),
        ]

    def __str__(self) -> str:
        return self.host
