import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import integrations.domain.connectors
import integrations.domain.mcp_servers
import integrations.domain.mcp_states
import integrations.domain.mcp_tools
import integrations.domain.sources
import integrations.domain.states
import integrations.models.ids
import integrations.models.limits
from django.conf import settings
from django.db import migrations, models

from m25console.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("m25console", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Connector",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_connector_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=255)),
                        (
                            "connector_type",
                            models.CharField(
                                choices=[
                                    ("http", "Http"),
                                    ("sql", "Sql"),
                                    ("mcp", "Mcp"),
                                    ("vector", "Vector"),
                                    ("file", "File"),
                                    ("serverless", "Serverless"),
                                    ("stream", "Stream"),
                                    ("custom", "Custom"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "config",
                            models.JSONField(blank=True, default=dict, help_text="No secrets"),
                        ),
                        (
                            "credential_ref",
                            models.TextField(
                                blank=True,
                                default="",
                                help_text="Where its secret lies; never the secret",
                            ),
                        ),
                        ("metadata", models.JSONField(blank=True, default=dict)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("registered", "Registered"),
                                    ("configuring", "Configuring"),
                                    ("ready", "Ready"),
                                    ("connected", "Connected"),
                                    ("disconnected", "Disconnected"),
                                    ("error", "Error"),
                                    ("deprecated", "Deprecated"),
                                ],
                                default=integrations.domain.connectors.ConnectorStatus[
                                    "REGISTERED"
                                ],
                                max_length=16,
                            ),
                        ),
                        ("last_connected_at", models.DateTimeField(blank=True, null=True)),
                        ("last_error", models.TextField(blank=True, default="")),
                        (
                            "last_stages",
                            models.JSONField(
                                blank=True, default=list, help_text="Of its last test"
                            ),
                        ),
                        ("tested_at", models.DateTimeField(blank=True, null=True)),
                        ("connection_count", models.PositiveIntegerField(default=0)),
                        ("error_count", models.PositiveIntegerField(default=0)),
                        (
                            "recent_calls",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DateTimeField(),
                                blank=True,
                                default=list,
                                help_text="Of the last minute",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("deleted_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "cus_connectors",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="connector_newest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "connector_type__in",
                                        [
                                            "http",
                                            "sql",
                                            "mcp",
                                            "vector",
                                            "file",
                                            "serverless",
                                            "stream",
                                            "custom",
                                        ],
                                    )
                                ),
                                name="connector_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "registered",
                                            "configuring",
                                            "ready",
                                            "connected",
                                            "disconnected",
                                            "error",
                                            "deprecated",
                                        ],
                                    )
                                ),
                                name="connector_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="connector_has_a_name",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at__isnull", True)),
                                fields=("tenant", "name"),
                                name="connector_name_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Credential",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_credential_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=128)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("api_key", "Api key"),
                                    ("oauth", "Oauth"),
                                    ("database", "Database"),
                                    ("bearer_token", "Bearer token"),
                                    ("basic_auth", "Basic auth"),
                                    ("ssh_key", "Ssh key"),
                                    ("certificate", "Certificate"),
                                    ("custom", "Custom"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("description", models.TextField(blank=True, default="")),
                        (
                            "tags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=50), blank=True, default=list
                            ),
                        ),
                        (
                            "store",
                            models.CharField(
                                choices=[
                                    ("sealed", "Sealed"),
                                    ("hashicorp", "Hashicorp"),
                                    ("aws_secrets", "Aws"),
                                ],
                                default=integrations.domain.states.Store["SEALED"],
                                max_length=16,
                            ),
                        ),
                        ("sealed_secret", models.BinaryField(blank=True, null=True)),
                        (
                            "key_version",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of the master key that sealed it",
                                max_length=8,
                            ),
                        ),
                        (
                            "outside_version",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of the secret where it lies outside",
                                max_length=64,
                            ),
                        ),
                        (
                            "fault",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Why it could not be read the last time",
                                max_length=16,
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(
                                default=1, help_text="Goes up with every new secret"
                            ),
                        ),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("rotate_every_days", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "secret_rotated_at",
                            models.DateTimeField(default=django.utils.timezone.now),
                        ),
                        ("last_accessed_at", models.DateTimeField(blank=True, null=True)),
                        ("access_count", models.PositiveIntegerField(default=0)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("deleted_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "cus_credentials",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="credential_newest"
                            ),
                            models.Index(
                                condition=models.Q(("sealed_secret__isnull", False)),
                                fields=["key_version", "id"],
                                name="credential_by_key",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "api_key",
                                            "oauth",
                                            "database",
                                            "bearer_token",
                                            "basic_auth",
                                            "ssh_key",
                                            "certificate",
                                            "custom",
                                        ],
                                    )
                                ),
                                name="credential_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("store__in", ["sealed", "hashicorp", "aws_secrets"])
                                ),
                                name="credential_store_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deleted_at__isnull", False),
                                    models.Q(("sealed_secret__isnull", False), ("store", "sealed")),
                                    models.Q(
                                        models.Q(("store", "sealed"), _negated=True),
                                        ("sealed_secret__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="credential_kept_in_one_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="credential_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deleted_at__isnull", True),
                                    ("sealed_secret__isnull", True),
                                    _connector="OR",
                                ),
                                name="credential_deleted_keeps_no_secret",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at__isnull", True)),
                                fields=("tenant", "name"),
                                name="credential_name_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SecretLeft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("credential_id", models.CharField(max_length=64)),
                        (
                            "store",
                            models.CharField(
                                choices=[
                                    ("sealed", "Sealed"),
                                    ("hashicorp", "Hashicorp"),
                                    ("aws_secrets", "Aws"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("tries", models.PositiveIntegerField(default=0)),
                        ("error", models.CharField(blank=True, default="", max_length=300)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "cus_secrets_left",
                        "verbose_name": "secret left outside",
                        "verbose_name_plural": "secrets left outside",
                        "indexes": [models.Index(fields=["due_at", "id"], name="secret_left_due")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("store__in", ["sealed", "hashicorp", "aws_secrets"])
                                ),
                                name="secret_left_store_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("store", "sealed"), _negated=True),
                                name="secret_left_lies_outside",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "credential_id"), name="secret_left_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CredentialAccess",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("credential_id", models.CharField(max_length=64)),
                        (
                            "accessor",
                            models.CharField(
                                choices=[
                                    ("human", "Human"),
                                    ("machine", "Machine"),
                                    ("mcp_tool", "Mcp tool"),
                                    ("system", "System"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("accessor_label", models.CharField(max_length=254)),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("store", "Store"),
                                    ("get", "Get"),
                                    ("update", "Update"),
                                    ("delete", "Delete"),
                                    ("rotate", "Rotate"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("success", models.BooleanField()),
                        ("rule", models.CharField(blank=True, default="", max_length=64)),
                        ("error", models.CharField(blank=True, default="", max_length=64)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "cus_credential_accesses",
                        "verbose_name_plural": "credential accesses",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "credential_id", "-at", "-id"],
                                name="credential_access_newest",
                            ),
                            models.Index(
                                fields=["tenant", "-at", "-id"], name="credential_access_of_tenant"
                            ),
                            models.Index(
                                fields=["tenant", "accessor", "-at", "-id"],
                                name="credential_access_by_reader",
                            ),
                            models.Index(
                                condition=models.Q(("success", False)),
                                fields=["tenant", "-at", "-id"],
                                name="credential_access_refused",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accessor__in", ["human", "machine", "mcp_tool", "system"])
                                ),
                                name="credential_access_accessor_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("action__in", ["store", "get", "update", "delete", "rotate"])
                                ),
                                name="credential_access_action_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsageRecord",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_usage_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("integration_id", models.CharField(max_length=64)),
                        ("session_id", models.UUIDField(blank=True, null=True)),
                        ("agent_id", models.CharField(blank=True, max_length=100, null=True)),
                        ("call_id", models.CharField(max_length=100)),
                        ("provider", models.CharField(max_length=50)),
                        ("model", models.CharField(max_length=100)),
                        ("tokens_in", models.PositiveIntegerField()),
                        ("tokens_out", models.PositiveIntegerField()),
                        (
                            "cost_cents",
                            models.PositiveIntegerField(help_text="What counts against the budget"),
                        ),
                        (
                            "reported_cents",
                            models.PositiveIntegerField(help_text="As the caller thought"),
                        ),
                        (
                            "price_version",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Empty: the model is unpriced",
                                max_length=32,
                            ),
                        ),
                        ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "policy_result",
                            models.CharField(
                                choices=[
                                    ("allowed", "Allowed"),
                                    ("warned", "Warned"),
                                    ("blocked", "Blocked"),
                                ],
                                default=integrations.domain.states.PolicyResult["ALLOWED"],
                                max_length=20,
                            ),
                        ),
                        ("error_code", models.CharField(blank=True, max_length=50, null=True)),
                        ("error_message", models.TextField(blank=True, null=True)),
                        ("metadata", models.JSONField(blank=True, default=dict)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "cus_llm_usage",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="usage_newest"
                            ),
                            models.Index(
                                fields=["tenant", "integration_id", "-created_at", "-id"],
                                name="usage_of_integration",
                            ),
                            models.Index(
                                fields=["tenant", "agent_id", "-created_at"], name="usage_of_agent"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("policy_result__in", ["allowed", "warned", "blocked"])
                                ),
                                name="usage_result_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("tokens_in__gte", 0), ("tokens_out__gte", 0)),
                                name="usage_tokens_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cost_cents__gte", 0), ("reported_cents__gte", 0)
                                ),
                                name="usage_cost_not_negative",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "call_id"), name="usage_call_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsageMeter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("integration_id", models.CharField(max_length=64)),
                        ("month", models.DateField(help_text="Its first day, in UTC")),
                        ("share", models.PositiveSmallIntegerField()),
                        ("cents", models.PositiveBigIntegerField(default=0)),
                        ("tokens", models.PositiveBigIntegerField(default=0)),
                        ("calls", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "cus_usage_meters",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "integration_id", "month", "share"),
                                name="usage_meter_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsageDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("integration_id", models.CharField(max_length=64)),
                        ("date", models.DateField()),
                        ("total_calls", models.PositiveIntegerField(default=0)),
                        ("total_tokens_in", models.PositiveBigIntegerField(default=0)),
                        ("total_tokens_out", models.PositiveBigIntegerField(default=0)),
                        ("total_cost_cents", models.PositiveBigIntegerField(default=0)),
                        ("avg_latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                        ("error_count", models.PositiveIntegerField(default=0)),
                        ("blocked_count", models.PositiveIntegerField(default=0)),
                        ("unpriced_count", models.PositiveIntegerField(default=0)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "cus_usage_daily",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "date", "integration_id"), name="usage_day_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total_calls__gte", models.F("error_count"))),
                                name="usage_day_errors_are_calls",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsageSlice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("integration_id", models.CharField(max_length=64)),
                        ("date", models.DateField()),
                        ("provider", models.CharField(max_length=50)),
                        ("model", models.CharField(max_length=100)),
                        ("policy_result", models.CharField(max_length=20)),
                        ("error_code", models.CharField(blank=True, default="", max_length=50)),
                        ("total_calls", models.PositiveIntegerField(default=0)),
                        ("total_tokens_in", models.PositiveBigIntegerField(default=0)),
                        ("total_tokens_out", models.PositiveBigIntegerField(default=0)),
                        ("total_cost_cents", models.PositiveBigIntegerField(default=0)),
                        ("unpriced_count", models.PositiveIntegerField(default=0)),
                        (
                            "our_cents",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Of the calls with a price"
                            ),
                        ),
                        (
                            "their_cents",
                            models.PositiveBigIntegerField(
                                default=0, help_text="What the senders of these calls thought"
                            ),
                        ),
                        (
                            "timed_count",
                            models.PositiveIntegerField(
                                default=0, help_text="Calls that told how long"
                            ),
                        ),
                        (
                            "latency_ms",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Of all of these together"
                            ),
                        ),
                        (
                            "latency_counts",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveIntegerField(),
                                default=list,
                                help_text="By LATENCY_BOUNDS",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "cus_usage_slices",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "tenant",
                                    "date",
                                    "integration_id",
                                    "provider",
                                    "model",
                                    "policy_result",
                                    "error_code",
                                ),
                                name="usage_slice_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Integration",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_integration_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=255)),
                        (
                            "provider_type",
                            models.CharField(
                                choices=[
                                    ("openai", "Openai"),
                                    ("anthropic", "Anthropic"),
                                    ("azure_openai", "Azure openai"),
                                    ("bedrock", "Bedrock"),
                                    ("custom", "Custom"),
                                ],
                                max_length=50,
                            ),
                        ),
                        (
                            "credential_ref",
                            models.TextField(help_text="Where the key lies; never the key"),
                        ),
                        (
                            "config",
                            models.JSONField(blank=True, default=dict, help_text="No secrets"),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("created", "Created"),
                                    ("enabled", "Enabled"),
                                    ("disabled", "Disabled"),
                                    ("error", "Error"),
                                ],
                                default=integrations.domain.states.IntegrationStatus["CREATED"],
                                max_length=20,
                            ),
                        ),
                        (
                            "health_state",
                            models.CharField(
                                choices=[
                                    ("unknown", "Unknown"),
                                    ("healthy", "Healthy"),
                                    ("degraded", "Degraded"),
                                    ("failing", "Failing"),
                                ],
                                default=integrations.domain.states.HealthState["UNKNOWN"],
                                max_length=20,
                            ),
                        ),
                        ("health_checked_at", models.DateTimeField(blank=True, null=True)),
                        ("health_message", models.TextField(blank=True, default="")),
                        (
                            "next_check_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When it is looked at again; empty: not by itself",
                                null=True,
                            ),
                        ),
                        ("check_every_seconds", models.PositiveIntegerField(default=300)),
                        (
                            "tested_at",
                            models.DateTimeField(
                                blank=True, help_text="Last by a person", null=True
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who waits for the look that is due",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ticket", models.CharField(blank=True, default="", max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "failing_since",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the trouble began that the loop was told of",
                                null=True,
                            ),
                        ),
                        ("default_model", models.CharField(blank=True, max_length=100, null=True)),
                        (
                            "budget_limit_cents",
                            models.PositiveIntegerField(
                                default=0, help_text="A month; 0: no limit"
                            ),
                        ),
                        (
                            "token_limit_month",
                            models.PositiveBigIntegerField(default=0, help_text="0: no limit"),
                        ),
                        (
                            "rate_limit_rpm",
                            models.PositiveIntegerField(
                                default=0, help_text="A minute; 0: no limit"
                            ),
                        ),
                        (
                            "enforces",
                            models.BooleanField(
                                default=True,
                                help_text="Else its limits only tell what they would have stopped",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("deleted_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "cus_integrations",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="integration_newest"
                            ),
                            models.Index(
                                condition=models.Q(("next_check_at__isnull", False)),
                                fields=["next_check_at", "id"],
                                name="integration_check_due",
                            ),
                            models.Index(
                                condition=models.Q(("ticket", ""), _negated=True),
                                fields=["next_check_at"],
                                name="integration_check_given",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "provider_type__in",
                                        [
                                            "openai",
                                            "anthropic",
                                            "azure_openai",
                                            "bedrock",
                                            "custom",
                                        ],
                                    )
                                ),
                                name="integration_provider_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["created", "enabled", "disabled", "error"])
                                ),
                                name="integration_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "health_state__in",
                                        ["unknown", "healthy", "degraded", "failing"],
                                    )
                                ),
                                name="integration_health_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="integration_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("check_every_seconds__range", (60, 86400))),
                                name="integration_check_interval_in_bounds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("credential_ref", ""), _negated=True),
                                name="integration_has_a_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deleted_at__isnull", True),
                                    ("status", "disabled"),
                                    _connector="OR",
                                ),
                                name="integration_deleted_is_disabled",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at__isnull", True)),
                                fields=("tenant", "name"),
                                name="integration_name_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EnforcementConfig",
                    fields=[
                        (
                            "tenant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "fail_mode",
                            models.CharField(
                                choices=[("open", "Open"), ("closed", "Closed")],
                                default=integrations.domain.states.FailMode["OPEN"],
                                max_length=8,
                            ),
                        ),
                        (
                            "warn_at",
                            models.JSONField(
                                default=integrations.models.limits.usual_thresholds,
                                help_text="Percent of a month's limit, each told of once",
                            ),
                        ),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "cus_enforcement_configs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("fail_mode__in", ["open", "closed"])),
                                name="fail_mode_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EnforcementDecision",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_decision_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("integration_id", models.CharField(max_length=64)),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("hard_blocked", "Hard blocked"),
                                    ("blocked", "Blocked"),
                                    ("throttled", "Throttled"),
                                    ("warned", "Warned"),
                                    ("allowed", "Allowed"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "would_be",
                            models.CharField(
                                choices=[
                                    ("hard_blocked", "Hard blocked"),
                                    ("blocked", "Blocked"),
                                    ("throttled", "Throttled"),
                                    ("warned", "Warned"),
                                    ("allowed", "Allowed"),
                                ],
                                help_text="What its limits say, where they only observe",
                                max_length=16,
                            ),
                        ),
                        ("degraded", models.BooleanField(default=False)),
                        (
                            "enforces",
                            models.BooleanField(
                                default=True, help_text="Whether its limits stop calls"
                            ),
                        ),
                        (
                            "fail_mode",
                            models.CharField(
                                choices=[("open", "Open"), ("closed", "Closed")],
                                default=integrations.domain.states.FailMode["OPEN"],
                                max_length=8,
                            ),
                        ),
                        (
                            "rules",
                            models.CharField(
                                blank=True, default="", help_text="Their version", max_length=32
                            ),
                        ),
                        ("price_version", models.CharField(blank=True, default="", max_length=32)),
                        ("raised_until", models.DateTimeField(blank=True, null=True)),
                        ("reasons", models.JSONField(default=list)),
                        (
                            "looked",
                            models.JSONField(default=list, help_text="Each limit as it stood"),
                        ),
                        ("wanted_cents", models.PositiveIntegerField(default=0)),
                        ("wanted_tokens", models.PositiveIntegerField(default=0)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "cus_enforcement_decisions",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-at", "-id"], name="enforcement_of_tenant"
                            ),
                            models.Index(
                                fields=["tenant", "result", "-at", "-id"], name="enforcement_result"
                            ),
                            models.Index(
                                fields=["tenant", "integration_id", "-at", "-id"],
                                name="enforcement_newest",
                            ),
                            models.Index(fields=["at"], name="enforcement_age"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "result__in",
                                        [
                                            "hard_blocked",
                                            "blocked",
                                            "throttled",
                                            "warned",
                                            "allowed",
                                        ],
                                    )
                                ),
                                name="enforcement_result_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "would_be__in",
                                        [
                                            "hard_blocked",
                                            "blocked",
                                            "throttled",
                                            "warned",
                                            "allowed",
                                        ],
                                    )
                                ),
                                name="enforcement_would_be_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fail_mode__in", ["open", "closed"])),
                                name="enforcement_fail_mode_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EnforcementTally",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "integration_id",
                            models.CharField(
                                help_text="Empty: there was no such one", max_length=64
                            ),
                        ),
                        ("day", models.DateField()),
                        ("share", models.PositiveSmallIntegerField()),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("hard_blocked", "Hard blocked"),
                                    ("blocked", "Blocked"),
                                    ("throttled", "Throttled"),
                                    ("warned", "Warned"),
                                    ("allowed", "Allowed"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "would_be",
                            models.CharField(
                                choices=[
                                    ("hard_blocked", "Hard blocked"),
                                    ("blocked", "Blocked"),
                                    ("throttled", "Throttled"),
                                    ("warned", "Warned"),
                                    ("allowed", "Allowed"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, default="", max_length=8)),
                        ("answers", models.PositiveBigIntegerField(default=0)),
                        ("wanted_cents", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "cus_enforcement_tallies",
                        "verbose_name_plural": "enforcement tallies",
                        "indexes": [models.Index(fields=["day"], name="enforcement_tally_age")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "tenant",
                                    "integration_id",
                                    "day",
                                    "result",
                                    "would_be",
                                    "reason",
                                    "share",
                                ),
                                name="enforcement_tally_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpServer",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_mcp_server_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=128)),
                        ("description", models.TextField(blank=True, default="")),
                        ("url", models.CharField(max_length=512)),
                        (
                            "transport",
                            models.CharField(
                                choices=[
                                    ("http", "Http"),
                                    ("https", "Https"),
                                    ("sse", "Sse"),
                                    ("stdio", "Stdio"),
                                    ("websocket", "Websocket"),
                                ],
                                default=integrations.domain.mcp_servers.McpTransport["HTTP"],
                                max_length=32,
                            ),
                        ),
                        (
                            "auth_type",
                            models.CharField(
                                choices=[
                                    ("none", "None"),
                                    ("api_key", "Api key"),
                                    ("bearer", "Bearer"),
                                    ("basic", "Basic"),
                                    ("oauth", "Oauth"),
                                ],
                                default=integrations.domain.mcp_servers.McpAuth["NONE"],
                                max_length=32,
                            ),
                        ),
                        (
                            "credential_ref",
                            models.TextField(
                                blank=True,
                                default="",
                                help_text="Where the key lies; never the key",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("active", "Active"),
                                    ("degraded", "Degraded"),
                                    ("offline", "Offline"),
                                    ("error", "Error"),
                                    ("disabled", "Disabled"),
                                ],
                                default=integrations.domain.mcp_servers.McpServerStatus["PENDING"],
                                max_length=32,
                            ),
                        ),
                        ("last_health_check_at", models.DateTimeField(blank=True, null=True)),
                        ("last_discovery_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "health_check_failures",
                            models.PositiveIntegerField(default=0, help_text="In a row"),
                        ),
                        ("last_error", models.TextField(blank=True, default="")),
                        (
                            "capabilities",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=64), blank=True, default=list
                            ),
                        ),
                        (
                            "protocol_version",
                            models.CharField(blank=True, default="", max_length=16),
                        ),
                        ("tool_count", models.PositiveIntegerField(default=0)),
                        ("resource_count", models.PositiveIntegerField(default=0)),
                        (
                            "requires_approval",
                            models.BooleanField(
                                default=True,
                                help_text="Its tools are called only once somebody has approved them",
                            ),
                        ),
                        (
                            "default_policy_id",
                            models.CharField(blank=True, default="", max_length=64),
                        ),
                        ("rate_limit_requests", models.PositiveIntegerField(blank=True, null=True)),
                        ("rate_limit_window_seconds", models.PositiveIntegerField(default=60)),
                        (
                            "tags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=50), blank=True, default=list
                            ),
                        ),
                        ("metadata", models.JSONField(blank=True, default=dict)),
                        (
                            "next_check_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When it is looked at again; empty: not by itself",
                                null=True,
                            ),
                        ),
                        ("next_discovery_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asked_at",
                            models.DateTimeField(
                                blank=True, help_text="Last by a person", null=True
                            ),
                        ),
                        ("registered_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "registered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "mcp_servers",
                        "verbose_name": "MCP server",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-registered_at", "-id"], name="mcp_server_newest"
                            ),
                            models.Index(fields=["tenant", "status"], name="mcp_server_by_status"),
                            models.Index(
                                condition=models.Q(("next_check_at__isnull", False)),
                                fields=["next_check_at", "id"],
                                name="mcp_server_check_due",
                            ),
                            models.Index(
                                condition=models.Q(("next_discovery_at__isnull", False)),
                                fields=["next_discovery_at", "id"],
                                name="mcp_server_discovery_due",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "transport__in",
                                        ["http", "https", "sse", "stdio", "websocket"],
                                    )
                                ),
                                name="mcp_server_transport_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "auth_type__in",
                                        ["none", "api_key", "bearer", "basic", "oauth"],
                                    )
                                ),
                                name="mcp_server_auth_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "pending",
                                            "active",
                                            "degraded",
                                            "offline",
                                            "error",
                                            "disabled",
                                        ],
                                    )
                                ),
                                name="mcp_server_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="mcp_server_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("url", ""), _negated=True),
                                name="mcp_server_has_an_address",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("auth_type", "none"),
                                    models.Q(("credential_ref", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="mcp_server_key_has_a_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rate_limit_window_seconds__gte", 1)),
                                name="mcp_server_window_lasts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "disabled"), _negated=True),
                                    models.Q(
                                        ("next_check_at__isnull", True),
                                        ("next_discovery_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="mcp_server_disabled_is_left_alone",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "disabled"), _negated=True),
                                fields=("tenant", "name"),
                                name="mcp_server_name_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "disabled"), _negated=True),
                                fields=("tenant", "url"),
                                name="mcp_server_url_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpConfig",
                    fields=[
                        (
                            "tenant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "two_people",
                            models.BooleanField(
                                default=False, help_text="A changed tool is approved by two people"
                            ),
                        ),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "mcp_configs",
                        "verbose_name": "MCP setting",
                    },
                ),
                migrations.CreateModel(
                    name="McpApproval",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_mcp_approval_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("server_id", models.CharField(max_length=64)),
                        ("tool_id", models.CharField(max_length=64)),
                        ("tool_name", models.CharField(max_length=128)),
                        (
                            "tool_fingerprint",
                            models.CharField(help_text="Of the version asked about", max_length=64),
                        ),
                        (
                            "risk_level",
                            models.CharField(
                                choices=[
                                    ("low", "Low"),
                                    ("medium", "Medium"),
                                    ("high", "High"),
                                    ("critical", "Critical"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("input_hash", models.CharField(max_length=64)),
                        (
                            "input_preview",
                            models.TextField(
                                blank=True, default="", help_text="Without secrets, cut"
                            ),
                        ),
                        ("run_id", models.CharField(blank=True, default="", max_length=100)),
                        (
                            "actor_type",
                            models.CharField(
                                choices=[
                                    ("human", "Human"),
                                    ("machine", "Machine"),
                                    ("system", "System"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("actor_id", models.CharField(max_length=100)),
                        ("actor_label", models.CharField(max_length=254)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who may not answer it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("approved", "Approved"),
                                    ("denied", "Denied"),
                                    ("used", "Used"),
                                    ("lapsed", "Lapsed"),
                                ],
                                default=integrations.domain.mcp_states.ApprovalStatus["PENDING"],
                                max_length=16,
                            ),
                        ),
                        (
                            "reach",
                            models.CharField(
                                choices=[("call", "Call"), ("tool", "Tool")],
                                default=integrations.domain.mcp_states.ApprovalReach["CALL"],
                                max_length=16,
                            ),
                        ),
                        ("votes_needed", models.PositiveSmallIntegerField()),
                        (
                            "ends_at",
                            models.DateTimeField(
                                help_text="Until when an answer is awaited, or holds"
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "used_for",
                            models.CharField(
                                blank=True, default="", help_text="The call", max_length=64
                            ),
                        ),
                    ],
                    options={
                        "db_table": "mcp_approvals",
                        "verbose_name": "MCP approval",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-asked_at", "-id"], name="mcp_approval_newest"
                            ),
                            models.Index(
                                fields=["tenant", "status", "-asked_at", "-id"],
                                name="mcp_approval_of_status",
                            ),
                            models.Index(
                                fields=["tenant", "tool_id", "actor_id", "ends_at"],
                                name="mcp_approval_of_caller",
                            ),
                            models.Index(
                                condition=models.Q(("status", "pending")),
                                fields=["ends_at"],
                                name="mcp_approval_lapsing",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("risk_level__in", ["low", "medium", "high", "critical"])
                                ),
                                name="mcp_approval_risk_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("actor_type__in", ["human", "machine", "system"])
                                ),
                                name="mcp_approval_actor_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["pending", "approved", "denied", "used", "lapsed"],
                                    )
                                ),
                                name="mcp_approval_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reach__in", ["call", "tool"])),
                                name="mcp_approval_reach_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("risk_level", "critical"), _negated=True),
                                    models.Q(("reach", "call"), ("votes_needed__gte", 2)),
                                    _connector="OR",
                                ),
                                name="mcp_approval_critical_by_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status", "used"), ("used_at__isnull", True), _connector="XOR"
                                ),
                                name="mcp_approval_used_says_when",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "pending")),
                                fields=(
                                    "tenant",
                                    "tool_id",
                                    "actor_id",
                                    "input_hash",
                                    "tool_fingerprint",
                                ),
                                name="mcp_approval_asked_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpOpenCall",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_mcp_invocation_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("server_id", models.CharField(max_length=64)),
                        ("tool_id", models.CharField(blank=True, max_length=64, null=True)),
                        ("tool_name", models.CharField(max_length=128)),
                        (
                            "tool_fingerprint",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of the version that was called",
                                max_length=64,
                            ),
                        ),
                        ("run_id", models.CharField(blank=True, default="", max_length=100)),
                        ("step_index", models.PositiveIntegerField(blank=True, null=True)),
                        ("trace_id", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "actor_type",
                            models.CharField(
                                choices=[
                                    ("human", "Human"),
                                    ("machine", "Machine"),
                                    ("system", "System"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("actor_id", models.CharField(max_length=100)),
                        ("actor_label", models.CharField(max_length=254)),
                        ("input_hash", models.CharField(max_length=64)),
                        (
                            "input_preview",
                            models.TextField(
                                blank=True, default="", help_text="Without secrets, cut"
                            ),
                        ),
                        ("policy_id", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "policy_decision",
                            models.CharField(
                                choices=[
                                    ("allowed", "Allowed"),
                                    ("blocked", "Blocked"),
                                    ("flagged", "Flagged"),
                                    ("pending", "Pending"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("policy_reason", models.CharField(blank=True, default="", max_length=64)),
                        ("approval_id", models.CharField(blank=True, default="", max_length=64)),
                        ("invoked_at", models.DateTimeField()),
                        (
                            "ends_by",
                            models.DateTimeField(
                                help_text="After it nobody works on the call any more"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "mcp_open_calls",
                        "verbose_name": "open MCP call",
                        "indexes": [
                            models.Index(fields=["ends_by", "id"], name="mcp_open_call_overdue"),
                            models.Index(
                                fields=["tenant", "server_id", "tool_id"],
                                name="mcp_open_call_of_tool",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpToolInvocation",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_mcp_invocation_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("server_id", models.CharField(max_length=64)),
                        ("tool_id", models.CharField(blank=True, max_length=64, null=True)),
                        ("tool_name", models.CharField(max_length=128)),
                        (
                            "tool_fingerprint",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of the version that was called",
                                max_length=64,
                            ),
                        ),
                        ("run_id", models.CharField(blank=True, default="", max_length=100)),
                        ("step_index", models.PositiveIntegerField(blank=True, null=True)),
                        ("trace_id", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "actor_type",
                            models.CharField(
                                choices=[
                                    ("human", "Human"),
                                    ("machine", "Machine"),
                                    ("system", "System"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("actor_id", models.CharField(max_length=100)),
                        ("actor_label", models.CharField(max_length=254)),
                        ("input_hash", models.CharField(max_length=64)),
                        (
                            "input_preview",
                            models.TextField(
                                blank=True, default="", help_text="Without secrets, cut"
                            ),
                        ),
                        ("policy_id", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "policy_decision",
                            models.CharField(
                                choices=[
                                    ("allowed", "Allowed"),
                                    ("blocked", "Blocked"),
                                    ("flagged", "Flagged"),
                                    ("pending", "Pending"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("policy_reason", models.CharField(blank=True, default="", max_length=64)),
                        ("approval_id", models.CharField(blank=True, default="", max_length=64)),
                        ("invoked_at", models.DateTimeField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("success", "Success"),
                                    ("failure", "Failure"),
                                    ("timeout", "Timeout"),
                                    ("blocked", "Blocked"),
                                    ("pending", "Pending"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("output_hash", models.CharField(blank=True, max_length=64, null=True)),
                        ("error_code", models.CharField(blank=True, default="", max_length=64)),
                        ("error_message", models.TextField(blank=True, default="")),
                        ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("completed_at", models.DateTimeField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "mcp_tool_invocations",
                        "verbose_name": "MCP tool invocation",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-invoked_at", "-id"],
                                name="mcp_invocation_newest",
                            ),
                            models.Index(
                                fields=["tenant", "server_id", "-invoked_at", "-id"],
                                name="mcp_invocation_of_server",
                            ),
                            models.Index(
                                fields=["tenant", "tool_id", "-invoked_at", "-id"],
                                name="mcp_invocation_of_tool",
                            ),
                            models.Index(
                                condition=models.Q(("run_id", ""), _negated=True),
                                fields=["tenant", "run_id"],
                                name="mcp_invocation_of_run",
                            ),
                            models.Index(
                                condition=models.Q(("outcome", "success"), _negated=True),
                                fields=["tenant", "outcome", "-invoked_at", "-id"],
                                name="mcp_invocation_went_wrong",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("actor_type__in", ["human", "machine", "system"])
                                ),
                                name="mcp_invocation_actor_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "policy_decision__in",
                                        ["allowed", "blocked", "flagged", "pending"],
                                    )
                                ),
                                name="mcp_invocation_decision_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "outcome__in",
                                        ["success", "failure", "timeout", "blocked", "pending"],
                                    )
                                ),
                                name="mcp_invocation_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "success"), _negated=True),
                                    ("output_hash__isnull", False),
                                    _connector="OR",
                                ),
                                name="mcp_invocation_success_has_output",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpChain",
                    fields=[
                        (
                            "tenant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "number",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Of the last event"
                            ),
                        ),
                        (
                            "last_hash",
                            models.CharField(
                                default="0000000000000000000000000000000000000000000000000000000000000000",
                                max_length=64,
                            ),
                        ),
                        ("stopped_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "stopped_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("stopped_because", models.TextField(blank=True, default="")),
                    ],
                    options={
                        "db_table": "mcp_chains",
                        "verbose_name": "MCP audit chain",
                    },
                ),
                migrations.CreateModel(
                    name="McpAuditEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("number", models.PositiveBigIntegerField()),
                        ("event_id", models.CharField(max_length=64, unique=True)),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("tool_invocation_requested", "Requested"),
                                    ("tool_invocation_allowed", "Allowed"),
                                    ("tool_invocation_denied", "Denied"),
                                    ("tool_invocation_started", "Started"),
                                    ("tool_invocation_completed", "Completed"),
                                    ("tool_invocation_failed", "Failed"),
                                    ("server_registered", "Server registered"),
                                    ("server_unregistered", "Server unregistered"),
                                    ("server_health_changed", "Server health changed"),
                                    ("policy_updated", "Policy updated"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("server_id", models.CharField(blank=True, default="", max_length=64)),
                        ("tool_id", models.CharField(blank=True, default="", max_length=64)),
                        ("tool_name", models.CharField(blank=True, default="", max_length=128)),
                        ("invocation_id", models.CharField(blank=True, default="", max_length=64)),
                        ("run_id", models.CharField(blank=True, default="", max_length=100)),
                        ("actor", models.CharField(blank=True, default="", max_length=254)),
                        ("decision", models.CharField(blank=True, default="", max_length=16)),
                        ("policy_id", models.CharField(blank=True, default="", max_length=64)),
                        ("deny_reason", models.CharField(blank=True, default="", max_length=64)),
                        ("input_hash", models.CharField(blank=True, default="", max_length=64)),
                        ("output_hash", models.CharField(blank=True, default="", max_length=64)),
                        ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                        ("error", models.TextField(blank=True, default="")),
                        ("trace_id", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "metadata",
                            models.TextField(help_text="Canonical JSON, exactly as it was sealed"),
                        ),
                        ("previous_hash", models.CharField(max_length=64)),
                        ("integrity_hash", models.CharField(max_length=64)),
                    ],
                    options={
                        "db_table": "mcp_audit_events",
                        "verbose_name": "MCP audit event",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "invocation_id"], name="mcp_audit_of_call"
                            ),
                            models.Index(
                                fields=["tenant", "type", "-number", "-id"],
                                name="mcp_audit_of_type",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "type__in",
                                        [
                                            "tool_invocation_requested",
                                            "tool_invocation_allowed",
                                            "tool_invocation_denied",
                                            "tool_invocation_started",
                                            "tool_invocation_completed",
                                            "tool_invocation_failed",
                                            "server_registered",
                                            "server_unregistered",
                                            "server_health_changed",
                                            "policy_updated",
                                        ],
                                    )
                                ),
                                name="mcp_audit_type_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "number"), name="mcp_audit_number_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OwnPrice",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_price_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "model",
                            models.CharField(
                                help_text="Its name or its beginning, in small letters",
                                max_length=100,
                            ),
                        ),
                        (
                            "dollars_in",
                            models.DecimalField(
                                decimal_places=8, help_text="Of 1,000 tokens", max_digits=14
                            ),
                        ),
                        (
                            "dollars_out",
                            models.DecimalField(
                                decimal_places=8, help_text="Of 1,000 tokens", max_digits=14
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("valid_from", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "cus_own_prices",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="own_price_newest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("dollars_in__gte", 0), ("dollars_out__gte", 0)),
                                name="own_price_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("model", ""), _negated=True),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                name="own_price_has_model_and_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RepricingRun",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_repricing_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "model",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Empty: every model",
                                max_length=100,
                            ),
                        ),
                        (
                            "priced_too",
                            models.BooleanField(
                                default=False, help_text="Also calls that have a price"
                            ),
                        ),
                        ("reason", models.TextField()),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        (
                            "place_at",
                            models.DateTimeField(
                                help_text="The moment of the last call that was looked at"
                            ),
                        ),
                        ("place_id", models.CharField(blank=True, default="", max_length=64)),
                        ("looked", models.PositiveBigIntegerField(default=0)),
                        ("changed", models.PositiveBigIntegerField(default=0)),
                        ("change_cents", models.BigIntegerField(default=0)),
                        ("created_at", models.DateTimeField()),
                        (
                            "started_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "cus_repricing_runs",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="repricing_newest"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("finished_at__isnull", True)),
                                fields=("tenant",),
                                name="repricing_one_at_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("since__lte", models.F("until"))),
                                name="repricing_has_a_span",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DataSource",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_source_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=255)),
                        (
                            "source_type",
                            models.CharField(
                                choices=[
                                    ("database", "Database"),
                                    ("document", "Document"),
                                    ("file", "File"),
                                    ("vector", "Vector"),
                                    ("api", "Api"),
                                    ("stream", "Stream"),
                                    ("custom", "Custom"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "config",
                            models.JSONField(
                                blank=True, default=dict, help_text="Secrets are marked by ***"
                            ),
                        ),
                        (
                            "config_version",
                            models.PositiveIntegerField(
                                default=1, help_text="Goes up with every change"
                            ),
                        ),
                        (
                            "credential_ref",
                            models.TextField(
                                blank=True,
                                default="",
                                help_text="Where its secrets lie; empty: it has none",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("configuring", "Configuring"),
                                    ("active", "Active"),
                                    ("inactive", "Inactive"),
                                    ("error", "Error"),
                                    ("deprecated", "Deprecated"),
                                ],
                                default=integrations.domain.sources.SourceStatus["PENDING"],
                                max_length=16,
                            ),
                        ),
                        (
                            "status_before_error",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("pending", "Pending"),
                                    ("configuring", "Configuring"),
                                    ("active", "Active"),
                                    ("inactive", "Inactive"),
                                    ("error", "Error"),
                                    ("deprecated", "Deprecated"),
                                ],
                                max_length=16,
                                null=True,
                            ),
                        ),
                        ("description", models.TextField(blank=True, default="")),
                        (
                            "tags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=50), blank=True, default=list
                            ),
                        ),
                        ("metadata", models.JSONField(blank=True, default=dict)),
                        (
                            "access_roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=16),
                                blank=True,
                                default=list,
                                help_text="Empty: all roles",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "proven_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Last good look at this configuration",
                                null=True,
                            ),
                        ),
                        (
                            "tested_at",
                            models.DateTimeField(blank=True, help_text="Last asked for", null=True),
                        ),
                        ("last_connected_at", models.DateTimeField(blank=True, null=True)),
                        ("last_error", models.TextField(blank=True, default="")),
                        ("connection_count", models.PositiveIntegerField(default=0)),
                        ("error_count", models.PositiveIntegerField(default=0)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("deleted_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "cus_data_sources",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="data_source_newest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "source_type__in",
                                        [
                                            "database",
                                            "document",
                                            "file",
                                            "vector",
                                            "api",
                                            "stream",
                                            "custom",
                                        ],
                                    )
                                ),
                                name="data_source_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "pending",
                                            "configuring",
                                            "active",
                                            "inactive",
                                            "error",
                                            "deprecated",
                                        ],
                                    )
                                ),
                                name="data_source_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status_before_error__in",
                                        [
                                            "pending",
                                            "configuring",
                                            "active",
                                            "inactive",
                                            "error",
                                            "deprecated",
                                        ],
                                    )
                                ),
                                name="data_source_earlier_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="data_source_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("status", "error"), ("status_before_error__isnull", False)
                                    ),
                                    models.Q(
                                        models.Q(("status", "error"), _negated=True),
                                        ("status_before_error__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="data_source_error_knows_the_way_back",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deleted_at__isnull", True),
                                    ("credential_ref", ""),
                                    _connector="OR",
                                ),
                                name="data_source_deleted_has_no_secret",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at__isnull", True)),
                                fields=("tenant", "name"),
                                name="data_source_name_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConnectorAction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "connector",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="actions",
                                to="integrations.connector",
                            ),
                        ),
                        ("name", models.CharField(max_length=64)),
                        ("description", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "method",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("GET", "Get"),
                                    ("POST", "Post"),
                                    ("PUT", "Put"),
                                    ("PATCH", "Patch"),
                                    ("DELETE", "Delete"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("path", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "request_schema",
                            models.JSONField(
                                blank=True, default=dict, help_text="JSON Schema of a payload"
                            ),
                        ),
                        (
                            "sql",
                            models.TextField(
                                blank=True, default="", help_text="With :name for each parameter"
                            ),
                        ),
                        ("parameters", models.JSONField(blank=True, default=list)),
                        ("is_read_only", models.BooleanField(default=True)),
                        ("max_rows", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "timeout_seconds",
                            models.PositiveSmallIntegerField(blank=True, null=True),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "cus_connector_actions",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="connector_action_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sql", ""), ("path", ""), _connector="XOR"),
                                name="connector_action_is_path_or_statement",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("path", ""),
                                    ("method__in", ["GET", "POST", "PUT", "PATCH", "DELETE"]),
                                    _connector="OR",
                                ),
                                name="connector_action_method_known",
                            ),
                            models.UniqueConstraint(
                                fields=("connector", "name"), name="connector_action_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConnectorCall",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_connector_call_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "connector",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="integrations.connector",
                            ),
                        ),
                        ("action", models.CharField(max_length=128)),
                        ("caller", models.CharField(max_length=254)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("ok", "Ok"),
                                    ("failed", "Failed"),
                                    ("refused", "Refused"),
                                    ("dry_run", "Dry run"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "sent",
                            models.JSONField(
                                blank=True, default=dict, help_text="As it left, without secrets"
                            ),
                        ),
                        ("status_code", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("error_code", models.CharField(blank=True, default="", max_length=64)),
                        ("error", models.TextField(blank=True, default="")),
                        ("row_count", models.PositiveIntegerField(blank=True, null=True)),
                        ("response_bytes", models.PositiveIntegerField(default=0)),
                        (
                            "token_count",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="Characters sent and bytes received, a crude measure",
                            ),
                        ),
                        ("is_truncated", models.BooleanField(default=False)),
                        ("duration_ms", models.PositiveIntegerField(default=0)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "cus_connector_calls",
                        "indexes": [
                            models.Index(
                                fields=["connector", "-at", "-id"], name="connector_call_newest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outcome__in", ["ok", "failed", "refused", "dry_run"])
                                ),
                                name="connector_call_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("error_code", ""), ("outcome", "ok")),
                                    models.Q(("error_code", ""), ("outcome", "dry_run")),
                                    models.Q(
                                        ("outcome__in", ["failed", "refused"]),
                                        models.Q(("error_code", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="connector_call_error_is_told",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CredentialRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "accessor",
                            models.CharField(
                                choices=[
                                    ("human", "Human"),
                                    ("machine", "Machine"),
                                    ("mcp_tool", "Mcp tool"),
                                    ("system", "System"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "credential",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: every one of the tenant",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rules",
                                to="integrations.credential",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "cus_credential_rules",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accessor__in", ["human", "machine", "mcp_tool", "system"])
                                ),
                                name="credential_rule_accessor_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "accessor", "credential"),
                                name="credential_rule_once",
                                nulls_distinct=False,
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsageRepricing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.repricingrun",
                            ),
                        ),
                        (
                            "usage",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="repricings",
                                to="integrations.usagerecord",
                            ),
                        ),
                        ("happened_at", models.DateTimeField(help_text="When the call was made")),
                        ("old_cents", models.PositiveIntegerField()),
                        ("old_version", models.CharField(blank=True, default="", max_length=32)),
                        ("new_cents", models.PositiveIntegerField()),
                        ("new_version", models.CharField(max_length=32)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "cus_usage_repricings",
                        "indexes": [
                            models.Index(fields=["usage", "-id"], name="usage_repriced_last"),
                            models.Index(fields=["happened_at"], name="usage_repriced_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "usage"), name="usage_repriced_once_a_run"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("new_version", ""), _negated=True),
                                name="usage_repriced_by_a_price",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HealthCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "integration",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="health_checks",
                                to="integrations.integration",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("unknown", "Unknown"),
                                    ("healthy", "Healthy"),
                                    ("degraded", "Degraded"),
                                    ("failing", "Failing"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("error", models.CharField(blank=True, default="", max_length=64)),
                        ("message", models.TextField(blank=True, default="")),
                        ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                        ("stages", models.JSONField(blank=True, default=list)),
                        ("by_person", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "cus_health_checks",
                        "indexes": [
                            models.Index(
                                fields=["integration", "-at", "-id"], name="health_check_newest"
                            ),
                            models.Index(fields=["at"], name="health_check_age"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["unknown", "healthy", "degraded", "failing"])
                                ),
                                name="health_check_state_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IntegrationKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "integration",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="keys",
                                to="integrations.integration",
                            ),
                        ),
                        (
                            "prefix",
                            models.CharField(
                                help_text="The secret's beginning, to tell keys apart",
                                max_length=12,
                            ),
                        ),
                        ("secret_hash", models.BinaryField(max_length=32, unique=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "cus_integration_keys",
                        "indexes": [
                            models.Index(
                                fields=["integration", "-id"], name="integration_key_newest"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LimitRaise",
                    fields=[
                        (
                            "integration",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="raised",
                                serialize=False,
                                to="integrations.integration",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("budget_limit_cents", models.PositiveIntegerField(default=0)),
                        ("token_limit_month", models.PositiveBigIntegerField(default=0)),
                        ("rate_limit_rpm", models.PositiveIntegerField(default=0)),
                        ("until", models.DateTimeField()),
                        ("reason", models.TextField()),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "cus_limit_raises",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("budget_limit_cents__gt", 0),
                                    ("token_limit_month__gt", 0),
                                    ("rate_limit_rpm__gt", 0),
                                    _connector="OR",
                                ),
                                name="limit_raise_raises",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="limit_raise_has_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LimitWarning",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_warning_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "integration",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="integrations.integration",
                            ),
                        ),
                        ("limit_type", models.CharField(max_length=8)),
                        ("month", models.DateField(help_text="Its first day, in UTC")),
                        (
                            "percent",
                            models.PositiveSmallIntegerField(
                                help_text="The threshold, not how much is used"
                            ),
                        ),
                        ("used", models.PositiveBigIntegerField()),
                        ("limit_value", models.PositiveBigIntegerField()),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "cus_limit_warnings",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-at", "-id"], name="limit_warning_newest"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("integration", "month", "limit_type", "percent"),
                                name="limit_warned_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpLook",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "server",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="looks",
                                to="integrations.mcpserver",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("health", "Health"), ("discovery", "Discovery")],
                                max_length=16,
                            ),
                        ),
                        ("is_healthy", models.BooleanField()),
                        ("error", models.CharField(blank=True, default="", max_length=64)),
                        ("message", models.TextField(blank=True, default="")),
                        ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                        ("by_person", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "mcp_looks",
                        "verbose_name": "look at an MCP server",
                        "verbose_name_plural": "looks at MCP servers",
                        "indexes": [
                            models.Index(fields=["server", "-at", "-id"], name="mcp_look_newest"),
                            models.Index(fields=["at"], name="mcp_look_age"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["health", "discovery"])),
                                name="mcp_look_kind_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpTool",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=integrations.models.ids.new_mcp_tool_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "server",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tools",
                                to="integrations.mcpserver",
                            ),
                        ),
                        ("name", models.CharField(max_length=128)),
                        ("description", models.TextField(blank=True, default="")),
                        ("input_schema", models.JSONField(blank=True, default=dict)),
                        ("output_schema", models.JSONField(blank=True, null=True)),
                        (
                            "annotations",
                            models.JSONField(
                                blank=True, default=dict, help_text="What the server claims"
                            ),
                        ),
                        ("requires_policy", models.BooleanField(default=True)),
                        ("policy_id", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "risk_level",
                            models.CharField(
                                choices=[
                                    ("low", "Low"),
                                    ("medium", "Medium"),
                                    ("high", "High"),
                                    ("critical", "Critical"),
                                ],
                                default=integrations.domain.mcp_tools.McpRisk["MEDIUM"],
                                max_length=16,
                            ),
                        ),
                        (
                            "risk_by_person",
                            models.BooleanField(
                                default=False, help_text="Then never lowered by itself"
                            ),
                        ),
                        ("enabled", models.BooleanField(default=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("allowed", "Allowed"),
                                    ("denied", "Denied"),
                                    ("drifted", "Drifted"),
                                ],
                                default=integrations.domain.mcp_tools.ToolState["PENDING"],
                                max_length=16,
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(
                                default=1, help_text="Goes up with every change seen"
                            ),
                        ),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("approved_version", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "approved_fingerprint",
                            models.CharField(blank=True, default="", max_length=64),
                        ),
                        (
                            "vanished_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Since when the server no longer lists it",
                                null=True,
                            ),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now,
                                help_text="When this version was seen",
                            ),
                        ),
                        ("invocation_count", models.PositiveBigIntegerField(default=0)),
                        ("failure_count", models.PositiveBigIntegerField(default=0)),
                        ("last_invoked_at", models.DateTimeField(blank=True, null=True)),
                        ("metadata", models.JSONField(blank=True, default=dict)),
                        ("discovered_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "mcp_tools",
                        "verbose_name": "MCP tool",
                        "indexes": [
                            models.Index(fields=["enabled", "server"], name="mcp_tool_enabled"),
                            models.Index(
                                fields=["tenant", "-changed_at", "-id"], name="mcp_tool_changed"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["drifted", "pending"]),
                                    ("vanished_at__isnull", False),
                                    _connector="OR",
                                ),
                                fields=["tenant", "-changed_at", "-id"],
                                name="mcp_tool_to_look_at",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("risk_level__in", ["low", "medium", "high", "critical"])
                                ),
                                name="mcp_tool_risk_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["pending", "allowed", "denied", "drifted"])
                                ),
                                name="mcp_tool_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("vanished_at__isnull", True),
                                    ("enabled", False),
                                    _connector="OR",
                                ),
                                name="mcp_tool_vanished_is_disabled",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "allowed"), _negated=True),
                                    ("fingerprint", models.F("approved_fingerprint")),
                                    _connector="OR",
                                ),
                                name="mcp_tool_allowed_as_it_is",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("approved_fingerprint", ""),
                                        ("approved_version__isnull", True),
                                    ),
                                    models.Q(
                                        ("approved_version__isnull", False),
                                        models.Q(("approved_fingerprint", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="mcp_tool_approval_whole",
                            ),
                            models.UniqueConstraint(
                                fields=("server", "name"), name="mcp_tool_name_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpApprovalVote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "approval",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="votes",
                                to="integrations.mcpapproval",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("approves", models.BooleanField()),
                        ("reason", models.CharField(max_length=1000)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "mcp_approval_votes",
                        "verbose_name": "MCP approval vote",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("approval", "person"), name="mcp_approval_vote_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SourceCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checks",
                                to="integrations.datasource",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("is_good", models.BooleanField()),
                        (
                            "error",
                            models.CharField(
                                blank=True, default="", help_text="Stage that failed", max_length=16
                            ),
                        ),
                        ("message", models.TextField(blank=True, default="")),
                        ("latency_ms", models.PositiveIntegerField()),
                        ("stages", models.JSONField(blank=True, default=list)),
                        (
                            "names",
                            models.JSONField(
                                blank=True, default=list, help_text="Of some of what is there"
                            ),
                        ),
                        ("by_label", models.CharField(max_length=254)),
                    ],
                    options={
                        "db_table": "cus_data_source_checks",
                        "indexes": [
                            models.Index(
                                fields=["source", "-at", "-id"], name="data_source_check_newest"
                            ),
                            models.Index(fields=["at"], name="data_source_check_age"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("error", ""), ("is_good", True)),
                                    models.Q(
                                        ("is_good", False), models.Q(("error", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="data_source_check_fails_at_a_stage",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpToolVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "tool",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="versions",
                                to="integrations.mcptool",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("fingerprint", models.CharField(max_length=64)),
                        (
                            "document",
                            models.JSONField(help_text="Name, description, schemas and hints"),
                        ),
                        ("seen_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "mcp_tool_versions",
                        "verbose_name": "MCP tool version",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tool", "number"), name="mcp_tool_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpToolDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "tool",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="decisions",
                                to="integrations.mcptool",
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("approved", "Approved"), ("denied", "Denied")],
                                max_length=16,
                            ),
                        ),
                        ("reason", models.TextField(blank=True, default="")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "mcp_tool_decisions",
                        "verbose_name": "MCP tool decision",
                        "indexes": [
                            models.Index(
                                fields=["tool", "-at", "-id"], name="mcp_tool_decision_newest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("verdict__in", ["approved", "denied"])),
                                name="mcp_tool_verdict_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="McpAllowance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "tool",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="allowance",
                                to="integrations.mcptool",
                            ),
                        ),
                        ("reason", models.CharField(max_length=1000)),
                        (
                            "allowed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("allowed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "mcp_allowances",
                        "verbose_name": "MCP allowance",
                    },
                ),
            ]
        ),
    ]
