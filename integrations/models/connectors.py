"""What a tenant's agents reach through the console, what they may do there, and what they did."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.domain.connectors import ConnectorStatus, ConnectorType, Method, Outcome
from integrations.models.credentials import name_behind_reference
from integrations.models.ids import new_connector_call_id, new_connector_id
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class ConnectorQuerySet(models.QuerySet["Connector"]):
    def for_tenant(self, tenant: Tenant) -> "ConnectorQuerySet":
        """Those that are there: a deleted one is found nowhere but in its history."""
        return self.filter(tenant=tenant, deleted_at__isnull=True)

    def with_key_name(self) -> "ConnectorQuerySet":
        """Each with `key_name`, as the stored credential is called that it uses, or None."""
        return self.annotate(key_name=name_behind_reference())

    def by_name(self) -> "ConnectorQuerySet":
        return self.order_by("name", "id")


class Connector(models.Model):
    """One server, service or storage, and how it is reached."""

    id = models.CharField(primary_key=True, max_length=64, default=new_connector_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    connector_type = models.CharField(max_length=16, choices=choices_of(ConnectorType))
    config = models.JSONField(default=dict, blank=True, help_text="No secrets")
    credential_ref = models.TextField(
        default="", blank=True, help_text="Where its secret lies; never the secret"
    )
    metadata = models.JSONField(default=dict, blank=True)
    status = models.CharField(
        max_length=16, choices=choices_of(ConnectorStatus), default=ConnectorStatus.REGISTERED
    )
    last_connected_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(default="", blank=True)
    last_stages = models.JSONField(default=list, blank=True, help_text="Of its last test")
    tested_at = models.DateTimeField(null=True, blank=True)
    connection_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="Calls in a row until now")
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="When the trouble began that the loop was told of"
    )
    recent_calls = ArrayField(
        models.DateTimeField(), default=list, blank=True, help_text="Of the last minute"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectorQuerySet.as_manager()

    class Meta:
        db_table = "cus_connectors"
        constraints = [
            one_of("connector_type", ConnectorType, name="connector_type_known"),
            one_of("status", ConnectorStatus, name="connector_status_known"),
            models.CheckConstraint(condition=~Q(name=""), name="connector_has_a_name"),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=Q(deleted_at__isnull=True),
                name="connector_name_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="connector_newest")]

    def __str__(self) -> str:
        return self.name


class ConnectorAction(models.Model):
    """One thing that may be done: a request with a path, or a statement with parameters."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    connector = models.ForeignKey(
        Connector, on_delete=models.PROTECT, related_name="actions", db_index=False
    )
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=500, default="", blank=True)
    method = models.CharField(max_length=8, default="", blank=True, choices=choices_of(Method))
    path = models.CharField(max_length=500, default="", blank=True)
    request_schema = models.JSONField(
        default=dict, blank=True, help_text="JSON Schema of a payload"
    )
    sql = models.TextField(default="", blank=True, help_text="With :name for each parameter")
    parameters = models.JSONField(default=list, blank=True)
    is_read_only = models.BooleanField(default=True)
    max_rows = models.PositiveIntegerField(null=True, blank=True)
    timeout_seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cus_connector_actions"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="connector_action_has_a_name"),
            models.CheckConstraint(
                condition=Q(sql="") ^ Q(path=""), name="connector_action_is_path_or_statement"
            ),
            models.CheckConstraint(
                condition=Q(path="") | Q(method__in=[one.value for one in Method]),
                name="connector_action_method_known",
            ),
            models.UniqueConstraint(fields=["connector", "name"], name="connector_action_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ConnectorCall(models.Model):
    """One call, or what one would have been; history."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_connector_call_id, editable=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    connector = models.ForeignKey(
        Connector, on_delete=models.PROTECT, related_name="calls", db_index=False
    )
    action = models.CharField(max_length=128)
    caller = models.CharField(max_length=254)
    outcome = models.CharField(max_length=8, choices=choices_of(Outcome))
    sent = models.JSONField(default=dict, blank=True, help_text="As it left, without secrets")
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=64, default="", blank=True)
    error = models.TextField(default="", blank=True)
    row_count = models.PositiveIntegerField(null=True, blank=True)
    response_bytes = models.PositiveIntegerField(default=0)
    token_count = models.PositiveIntegerField(
        default=0, help_text="Characters sent and bytes received, a crude measure"
    )
    is_truncated = models.BooleanField(default=False)
    duration_ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        db_table = "cus_connector_calls"
        constraints = [
            one_of("outcome", Outcome, name="connector_call_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.OK.value, error_code="")
                | Q(outcome=Outcome.DRY_RUN.value, error_code="")
                | (
                    Q(outcome__in=[Outcome.FAILED.value, Outcome.REFUSED.value]) & ~Q(error_code="")
                ),
                name="connector_call_error_is_told",
            ),
        ]
        indexes = [
            models.Index(fields=["connector", "-at", "-id"], name="connector_call_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.outcome}"
