"""The agents that routing is about, and how their decisions went."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from m25console.models import Tenant


class AgentQuerySet(models.QuerySet["Agent"]):
    def for_tenant(self, tenant: Tenant) -> "AgentQuerySet":
        return self.filter(tenant=tenant)


class Agent(models.Model):
    """An agent that somebody reported traffic or incidents of."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="agents", db_index=False
    )
    agent_id = models.CharField(max_length=255, help_text="As its senders call it")
    capability = models.CharField(max_length=255, null=True, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    objects = AgentQuerySet.as_manager()

    class Meta:
        db_table = "agents"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "agent_id"], name="agent_once_per_tenant"),
            models.CheckConstraint(condition=~Q(agent_id=""), name="agent_has_a_name"),
        ]
        indexes = [
            models.Index(fields=["tenant", "capability", "agent_id"], name="agent_by_capability"),
            models.Index(fields=["tenant", "-last_seen_at", "-id"], name="agent_latest"),
        ]

    def __str__(self) -> str:
        return self.agent_id


class AgentTraffic(models.Model):
    """How an agent's decisions went in one hour (UTC), summed over its reports."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="traffic", db_index=False
    )
    hour = models.DateTimeField(help_text="Its first moment")
    decisions = models.PositiveBigIntegerField(default=0)
    successes = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "agent_traffic"
        constraints = [
            models.UniqueConstraint(fields=["agent", "hour"], name="traffic_once_per_hour"),
            models.CheckConstraint(
                condition=Q(successes__lte=F("decisions")),
                name="traffic_successes_within_decisions",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "hour"], name="traffic_by_hour")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.hour:%F %H}: {self.successes} of {self.decisions}"


class TrafficReport(models.Model):
    """A report already counted, so that sending it again changes nothing."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    report_id = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "traffic_reports"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "report_id"], name="traffic_report_once"),
        ]

    def __str__(self) -> str:
        return self.report_id
