"""Who said that a tool may be called: a dangerous one at all, or a single call."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.domain.mcp_approvals import MAX_REASON
from integrations.domain.mcp_states import ApprovalReach, ApprovalStatus, McpActor
from integrations.domain.mcp_tools import McpRisk
from integrations.models.ids import new_mcp_approval_id
from integrations.models.mcp_tools import McpTool
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class McpAllowance(models.Model):
    """An admin's explicit word that a dangerous tool may be called."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    tool = models.OneToOneField(McpTool, on_delete=models.CASCADE, related_name="allowance")
    reason = models.CharField(max_length=MAX_REASON)
    allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    allowed_at = models.DateTimeField()

    class Meta:
        db_table = "mcp_allowances"
        verbose_name = "MCP allowance"

    def __str__(self) -> str:
        return f"{self.tool_id} allowed"


class McpApprovalQuerySet(models.QuerySet["McpApproval"]):
    def for_tenant(self, tenant: Tenant) -> "McpApprovalQuerySet":
        return self.filter(tenant=tenant)


class McpApproval(models.Model):
    """A question whether one caller may call one tool with these arguments, and its answer."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_mcp_approval_id, editable=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    server_id = models.CharField(max_length=64)
    tool_id = models.CharField(max_length=64)
    tool_name = models.CharField(max_length=128)
    tool_fingerprint = models.CharField(max_length=64, help_text="Of the version asked about")
    risk_level = models.CharField(max_length=16, choices=choices_of(McpRisk))
    input_hash = models.CharField(max_length=64)
    input_preview = models.TextField(default="", blank=True, help_text="Without secrets, cut")
    run_id = models.CharField(max_length=100, default="", blank=True)
    actor_type = models.CharField(max_length=16, choices=choices_of(McpActor))
    actor_id = models.CharField(max_length=100)
    actor_label = models.CharField(max_length=254)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", help_text="Who may not answer it",
    )  # fmt: skip
    asked_at = models.DateTimeField()
    status = models.CharField(
        max_length=16, choices=choices_of(ApprovalStatus), default=ApprovalStatus.PENDING
    )
    reach = models.CharField(
        max_length=16, choices=choices_of(ApprovalReach), default=ApprovalReach.CALL
    )
    votes_needed = models.PositiveSmallIntegerField()
    ends_at = models.DateTimeField(help_text="Until when an answer is awaited, or holds")
    decided_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    used_for = models.CharField(max_length=64, default="", blank=True, help_text="The call")

    objects = McpApprovalQuerySet.as_manager()

    class Meta:
        db_table = "mcp_approvals"
        verbose_name = "MCP approval"
        constraints = [
            one_of("risk_level", McpRisk, name="mcp_approval_risk_known"),
            one_of("actor_type", McpActor, name="mcp_approval_actor_known"),
            one_of("status", ApprovalStatus, name="mcp_approval_status_known"),
            one_of("reach", ApprovalReach, name="mcp_approval_reach_known"),
            models.CheckConstraint(
                condition=~Q(risk_level=McpRisk.CRITICAL.value)
                | Q(votes_needed__gte=2, reach=ApprovalReach.CALL.value),
                name="mcp_approval_critical_by_two",
            ),
            models.CheckConstraint(
                condition=Q(status=ApprovalStatus.USED.value) ^ Q(used_at__isnull=True),
                name="mcp_approval_used_says_when",
            ),
            models.UniqueConstraint(
                fields=["tenant", "tool_id", "actor_id", "input_hash", "tool_fingerprint"],
                condition=Q(status=ApprovalStatus.PENDING.value),
                name="mcp_approval_asked_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-asked_at", "-id"], name="mcp_approval_newest"),
            models.Index(
                fields=["tenant", "status", "-asked_at", "-id"], name="mcp_approval_of_status"
            ),
            models.Index(
                fields=["tenant", "tool_id", "actor_id", "ends_at"], name="mcp_approval_of_caller"
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(status=ApprovalStatus.PENDING.value),
                name="mcp_approval_lapsing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool_name} for {self.actor_label}"


class McpApprovalVote(models.Model):
    """What one person said to a question; history."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    approval = models.ForeignKey(McpApproval, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approves = models.BooleanField()
    reason = models.CharField(max_length=MAX_REASON)
    at = models.DateTimeField()

    class Meta:
        db_table = "mcp_approval_votes"
        verbose_name = "MCP approval vote"
        constraints = [
            models.UniqueConstraint(fields=["approval", "person"], name="mcp_approval_vote_once")
        ]

    def __str__(self) -> str:
        return f"{self.approval_id}: {'yes' if self.approves else 'no'}"
