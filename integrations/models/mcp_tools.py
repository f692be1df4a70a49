"""What MCP servers offer: each tool, every version of it that was seen, and who allowed which.

Versions and decisions are history: they outlive their tool, and the ledger tells if one has none.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.domain.mcp_tools import (
    CallableState,
    McpRisk,
    ToolState,
    ToolVerdict,
    callable_state,
)
from integrations.models.ids import new_mcp_tool_id
from integrations.models.mcp_servers import McpServer
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class McpToolQuerySet(models.QuerySet["McpTool"]):
    def for_tenant(self, tenant: Tenant) -> "McpToolQuerySet":
        return self.filter(tenant=tenant)

    def enabled(self) -> "McpToolQuerySet":
        return self.filter(enabled=True)


class McpTool(models.Model):
    """One tool of a server as it was last listed, and what people decided about it."""

    id = models.CharField(primary_key=True, max_length=64, default=new_mcp_tool_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    server = models.ForeignKey(
        McpServer, on_delete=models.CASCADE, related_name="tools", db_index=False
    )
    name = models.CharField(max_length=128)
    description = models.TextField(default="", blank=True)
    input_schema = models.JSONField(default=dict, blank=True)
    output_schema = models.JSONField(null=True, blank=True)
    annotations = models.JSONField(default=dict, blank=True, help_text="What the server claims")
    requires_policy = models.BooleanField(default=True)
    policy_id = models.CharField(max_length=64, default="", blank=True)
    risk_level = models.CharField(
        max_length=16, choices=choices_of(McpRisk), default=McpRisk.MEDIUM
    )
    risk_by_person = models.BooleanField(default=False, help_text="Then never lowered by itself")
    enabled = models.BooleanField(default=True)
    state = models.CharField(
        max_length=16, choices=choices_of(ToolState), default=ToolState.PENDING
    )
    version = models.PositiveIntegerField(default=1, help_text="Goes up with every change seen")
    fingerprint = models.CharField(max_length=64)
    approved_version = models.PositiveIntegerField(null=True, blank=True)
    approved_fingerprint = models.CharField(max_length=64, default="", blank=True)
    vanished_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the server no longer lists it"
    )
    changed_at = models.DateTimeField(default=timezone.now, help_text="When this version was seen")
    invocation_count = models.PositiveBigIntegerField(default=0)
    failure_count = models.PositiveBigIntegerField(default=0)
    last_invoked_at = models.DateTimeField(null=True, blank=True)
    last_failed_call = models.CharField(
        max_length=64, default="", blank=True, help_text="Its id; what the tool fails like, if so"
    )
    metadata = models.JSONField(default=dict, blank=True)
    discovered_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = McpToolQuerySet.as_manager()

    class Meta:
        db_table = "mcp_tools"
        verbose_name = "MCP tool"
        constraints = [
            one_of("risk_level", McpRisk, name="mcp_tool_risk_known"),
            one_of("state", ToolState, name="mcp_tool_state_known"),
            models.CheckConstraint(
                condition=Q(vanished_at__isnull=True) | Q(enabled=False),
                name="mcp_tool_vanished_is_disabled",
            ),
            models.CheckConstraint(
                condition=~Q(state=ToolState.ALLOWED.value)
                | Q(fingerprint=models.F("approved_fingerprint")),
                name="mcp_tool_allowed_as_it_is",
            ),
            models.CheckConstraint(
                condition=Q(approved_version__isnull=True, approved_fingerprint="")
                | (Q(approved_version__isnull=False) & ~Q(approved_fingerprint="")),
                name="mcp_tool_approval_whole",
            ),
            models.UniqueConstraint(fields=["server", "name"], name="mcp_tool_name_once"),
        ]
        indexes = [
            models.Index(fields=["enabled", "server"], name="mcp_tool_enabled"),
            models.Index(fields=["tenant", "-changed_at", "-id"], name="mcp_tool_changed"),
            models.Index(
                fields=["tenant", "-changed_at", "-id"],
                condition=Q(state__in=[ToolState.DRIFTED.value, ToolState.PENDING.value])
                | Q(vanished_at__isnull=False),
                name="mcp_tool_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def callable_state(self) -> CallableState:
        """Whether it may be called, as far as the tool itself goes."""
        return callable_state(state=ToolState(self.state), enabled=self.enabled)


class McpToolVersion(models.Model):
    """What a tool was, each time it had changed; history."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    tool = models.ForeignKey(
        McpTool, on_delete=models.DO_NOTHING, db_constraint=False, related_name="versions",
        db_index=False,
    )  # fmt: skip
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    document = models.JSONField(help_text="Name, description, schemas and hints")
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "mcp_tool_versions"
        verbose_name = "MCP tool version"
        constraints = [
            models.UniqueConstraint(fields=["tool", "number"], name="mcp_tool_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tool_id} version {self.number}"


class McpToolDecision(models.Model):
    """What one person said about one version of a tool; history."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    tool = models.ForeignKey(
        McpTool, on_delete=models.DO_NOTHING, db_constraint=False, related_name="decisions",
        db_index=False,
    )  # fmt: skip
    version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=16, choices=choices_of(ToolVerdict))
    reason = models.TextField(default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "mcp_tool_decisions"
        verbose_name = "MCP tool decision"
        constraints = [one_of("verdict", ToolVerdict, name="mcp_tool_verdict_known")]
        indexes = [models.Index(fields=["tool", "-at", "-id"], name="mcp_tool_decision_newest")]

    def __str__(self) -> str:
        return f"{self.tool_id} version {self.version}: {self.verdict}"


class McpConfig(models.Model):
    """What a tenant chose for all its MCP servers."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    two_people = models.BooleanField(
        default=False, help_text="A changed tool is approved by two people"
    )
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "mcp_configs"
        verbose_name = "MCP setting"

    def __str__(self) -> str:
        return f"{self.tenant_id}: {'two people' if self.two_people else 'one person'}"
