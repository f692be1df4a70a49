"""Calls of MCP tools: each one that was asked for, those under way, and the chain that tells."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.domain.mcp_audit import START, Event, Link
from integrations.domain.mcp_states import AuditType, McpActor, Outcome, PolicyDecision
from integrations.models.ids import new_mcp_invocation_id
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class _Call(models.Model):
    """What is known of a call from the moment it is asked for. Server and tool are named and not
    referred to: the row outlives them."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_mcp_invocation_id, editable=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    server_id = models.CharField(max_length=64)
    tool_id = models.CharField(max_length=64, null=True, blank=True)
    tool_name = models.CharField(max_length=128)
    tool_fingerprint = models.CharField(
        max_length=64, default="", blank=True, help_text="Of the version that was called"
    )
    run_id = models.CharField(max_length=100, default="", blank=True)
    step_index = models.PositiveIntegerField(null=True, blank=True)
    trace_id = models.CharField(max_length=64, default="", blank=True)
    actor_type = models.CharField(max_length=16, choices=choices_of(McpActor))
    actor_id = models.CharField(max_length=100)
    actor_label = models.CharField(max_length=254)
    input_hash = models.CharField(max_length=64)
    input_preview = models.TextField(default="", blank=True, help_text="Without secrets, cut")
    policy_id = models.CharField(max_length=64, default="", blank=True)
    policy_decision = models.CharField(max_length=16, choices=choices_of(PolicyDecision))
    policy_reason = models.CharField(max_length=64, default="", blank=True)
    approval_id = models.CharField(max_length=64, default="", blank=True)
    invoked_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.pk


class McpOpenCall(_Call):
    """A call that a server is working on; gone as soon as its end is written down."""

    ends_by = models.DateTimeField(help_text="After it nobody works on the call any more")

    class Meta:
        db_table = "mcp_open_calls"
        verbose_name = "open MCP call"
        indexes = [
            models.Index(fields=["ends_by", "id"], name="mcp_open_call_overdue"),
            models.Index(fields=["tenant", "server_id", "tool_id"], name="mcp_open_call_of_tool"),
        ]


class McpInvocationQuerySet(models.QuerySet["McpToolInvocation"]):
    def for_tenant(self, tenant: Tenant) -> "McpInvocationQuerySet":
        return self.filter(tenant=tenant)


class McpToolInvocation(_Call):
    """One call that was asked for and what became of it; history."""

    outcome = models.CharField(max_length=16, choices=choices_of(Outcome))
    output_hash = models.CharField(max_length=64, null=True, blank=True)
    error_code = models.CharField(max_length=64, default="", blank=True)
    error_message = models.TextField(default="", blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    completed_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = McpInvocationQuerySet.as_manager()

    class Meta:
        db_table = "mcp_tool_invocations"
        verbose_name = "MCP tool invocation"
        constraints = [
            one_of("actor_type", McpActor, name="mcp_invocation_actor_known"),
            one_of("policy_decision", PolicyDecision, name="mcp_invocation_decision_known"),
            one_of("outcome", Outcome, name="mcp_invocation_outcome_known"),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.SUCCESS.value) | Q(output_hash__isnull=False),
                name="mcp_invocation_success_has_output",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-invoked_at", "-id"], name="mcp_invocation_newest"),
            models.Index(
                fields=["tenant", "server_id", "-invoked_at", "-id"],
                name="mcp_invocation_of_server",
            ),
            models.Index(
                fields=["tenant", "tool_id", "-invoked_at", "-id"], name="mcp_invocation_of_tool"
            ),
            models.Index(
                fields=["tenant", "run_id"], condition=~Q(run_id=""), name="mcp_invocation_of_run"
            ),
            models.Index(
                fields=["tenant", "outcome", "-invoked_at", "-id"],
                condition=~Q(outcome=Outcome.SUCCESS.value),
                name="mcp_invocation_went_wrong",
            ),
        ]


class McpChain(models.Model):
    """Where a tenant's chain of events ends, and whether its calls are stopped. Whoever writes an
    event, or decides about a call, holds this row first."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveBigIntegerField(default=0, help_text="Of the last event")
    last_hash = models.CharField(max_length=64, default=START)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stopped_because = models.TextField(default="", blank=True)

    class Meta:
        db_table = "mcp_chains"
        verbose_name = "MCP audit chain"

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.number}"


class McpAuditEventQuerySet(models.QuerySet["McpAuditEvent"]):
    def for_tenant(self, tenant: Tenant) -> "McpAuditEventQuerySet":
        return self.filter(tenant=tenant)


class McpAuditEvent(models.Model):
    """One link of a tenant's chain; history."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveBigIntegerField()
    event_id = models.CharField(max_length=64, unique=True)
    type = models.CharField(max_length=32, choices=choices_of(AuditType))
    at = models.DateTimeField()
    server_id = models.CharField(max_length=64, default="", blank=True)
    tool_id = models.CharField(max_length=64, default="", blank=True)
    tool_name = models.CharField(max_length=128, default="", blank=True)
    invocation_id = models.CharField(max_length=64, default="", blank=True)
    run_id = models.CharField(max_length=100, default="", blank=True)
    actor = models.CharField(max_length=254, default="", blank=True)
    decision = models.CharField(max_length=16, default="", blank=True)
    policy_id = models.CharField(max_length=64, default="", blank=True)
    deny_reason = models.CharField(max_length=64, default="", blank=True)
    input_hash = models.CharField(max_length=64, default="", blank=True)
    output_hash = models.CharField(max_length=64, default="", blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(default="", blank=True)
    trace_id = models.CharField(max_length=64, default="", blank=True)
    metadata = models.TextField(help_text="Canonical JSON, exactly as it was sealed")
    previous_hash = models.CharField(max_length=64)
    integrity_hash = models.CharField(max_length=64)

    objects = McpAuditEventQuerySet.as_manager()

    class Meta:
        db_table = "mcp_audit_events"
        verbose_name = "MCP audit event"
        constraints = [
            one_of("type", AuditType, name="mcp_audit_type_known"),
            models.UniqueConstraint(fields=["tenant", "number"], name="mcp_audit_number_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "invocation_id"], name="mcp_audit_of_call"),
            models.Index(fields=["tenant", "type", "-number", "-id"], name="mcp_audit_of_type"),
        ]

    def __str__(self) -> str:
        return self.event_id

    def link(self) -> Link:
        """As the chain's rules read it."""
        names = ("tenant_id", "number", "event_id", "at", "previous_hash", "integrity_hash")
        told = {name: getattr(self, name) for name in Event.__dataclass_fields__}
        place = {name: getattr(self, name) for name in names}
        return Link(event=Event(**(told | {"type": AuditType(self.type)})), **place)
