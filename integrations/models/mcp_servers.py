"""A tenant's MCP servers, and how each was found to be."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.domain.mcp_catalogue import NO_VERSION
from integrations.domain.mcp_servers import (
    USUAL_WINDOW_SECONDS,
    McpAuth,
    McpLookKind,
    McpServerStatus,
    McpTransport,
)
from integrations.models.ids import new_mcp_server_id
from integrations.models.watched import Watched, due_and_given
from m25console.fields import choices_of, one_of
from m25console.models import Tenant

IS_USED = ~Q(status=McpServerStatus.DISABLED.value)


class McpServerQuerySet(models.QuerySet["McpServer"]):
    def for_tenant(self, tenant: Tenant) -> "McpServerQuerySet":
        return self.filter(tenant=tenant)

    def in_use(self) -> "McpServerQuerySet":
        """Those that nobody took away."""
        return self.filter(IS_USED)

    def of_version(self, version: str) -> "McpServerQuerySet":
        """Those whose registry, if they came from one, told this version."""
        told = Q(metadata__registry_version=version)
        untold = Q(metadata__registry_version__isnull=True) | Q(metadata__registry_version="")
        return self.filter(told | untold if version == NO_VERSION else told)

    def newest_first(self) -> "McpServerQuerySet":
        return self.order_by("-registered_at", "-id")


class McpServer(Watched):
    """One server of tools, by its address; a disabled one stays for its history."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_mcp_server_id, editable=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=128)
    description = models.TextField(default="", blank=True)
    url = models.CharField(max_length=512)
    transport = models.CharField(
        max_length=32, choices=choices_of(McpTransport), default=McpTransport.HTTP
    )
    auth_type = models.CharField(max_length=32, choices=choices_of(McpAuth), default=McpAuth.NONE)
    credential_ref = models.TextField(
        default="", blank=True, help_text="Where the key lies; never the key"
    )
    status = models.CharField(
        max_length=32, choices=choices_of(McpServerStatus), default=McpServerStatus.PENDING
    )
    last_health_check_at = models.DateTimeField(null=True, blank=True)
    last_discovery_at = models.DateTimeField(null=True, blank=True)
    health_check_failures = models.PositiveIntegerField(default=0, help_text="In a row")
    last_error = models.TextField(default="", blank=True)
    capabilities = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    protocol_version = models.CharField(max_length=16, default="", blank=True)
    tool_count = models.PositiveIntegerField(default=0)
    resource_count = models.PositiveIntegerField(default=0)
    requires_approval = models.BooleanField(
        default=True, help_text="Its tools are called only once somebody has approved them"
    )
    default_policy_id = models.CharField(max_length=64, default="", blank=True)
    rate_limit_requests = models.PositiveIntegerField(null=True, blank=True)
    rate_limit_window_seconds = models.PositiveIntegerField(default=USUAL_WINDOW_SECONDS)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    next_discovery_at = models.DateTimeField(
        null=True, blank=True, help_text="From when on a look asks for its tools"
    )
    asked_at = models.DateTimeField(null=True, blank=True, help_text="Last by a person")
    registered_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = McpServerQuerySet.as_manager()

    class Meta:
        db_table = "mcp_servers"
        verbose_name = "MCP server"
        constraints = [
            one_of("transport", McpTransport, name="mcp_server_transport_known"),
            one_of("auth_type", McpAuth, name="mcp_server_auth_known"),
            one_of("status", McpServerStatus, name="mcp_server_status_known"),
            models.CheckConstraint(condition=~Q(name=""), name="mcp_server_has_a_name"),
            models.CheckConstraint(condition=~Q(url=""), name="mcp_server_has_an_address"),
            models.CheckConstraint(
                condition=Q(auth_type=McpAuth.NONE.value) | ~Q(credential_ref=""),
                name="mcp_server_key_has_a_reference",
            ),
            models.CheckConstraint(
                condition=Q(rate_limit_window_seconds__gte=1), name="mcp_server_window_lasts"
            ),
            models.CheckConstraint(
                condition=IS_USED | Q(next_check_at__isnull=True, next_discovery_at__isnull=True),
                name="mcp_server_disabled_is_left_alone",
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=IS_USED, name="mcp_server_name_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "url"], condition=IS_USED, name="mcp_server_url_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-registered_at", "-id"], name="mcp_server_newest"),
            models.Index(fields=["tenant", "status"], name="mcp_server_by_status"),
            *due_and_given("mcp_server"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def looked_at(self) -> datetime | None:
        """When it was last asked anything."""
        return max(
            (one for one in (self.last_health_check_at, self.last_discovery_at) if one),
            default=None,
        )


class McpLook(models.Model):
    """One time a server was asked how it is, or for its tools."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    server = models.ForeignKey(
        McpServer, on_delete=models.PROTECT, related_name="looks", db_index=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=choices_of(McpLookKind))
    is_healthy = models.BooleanField()
    error = models.CharField(max_length=64, default="", blank=True)
    message = models.TextField(default="", blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    by_person = models.BooleanField(default=False)

    class Meta:
        db_table = "mcp_looks"
        verbose_name = "look at an MCP server"
        verbose_name_plural = "looks at MCP servers"
        constraints = [one_of("kind", McpLookKind, name="mcp_look_kind_known")]
        indexes = [
            models.Index(fields=["server", "-at", "-id"], name="mcp_look_newest"),
            models.Index(fields=["at"], name="mcp_look_age"),
        ]

    def __str__(self) -> str:
        return f"{self.server_id} {self.kind}"
