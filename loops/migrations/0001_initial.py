import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.math
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import loops.domain.states.audit
import loops.domain.states.checkpoints
import loops.domain.states.graduation
import loops.domain.states.incidents
import loops.domain.states.loop
import loops.domain.states.notifications
import loops.domain.states.policies
import loops.domain.states.recoveries
import loops.domain.states.reviewing
import loops.models.checkpoint_configs
import loops.models.ids
import loops.models.traces
import uuid
from decimal import Decimal
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
                    name="Agent",
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
                                related_name="agents",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "agent_id",
                            models.CharField(help_text="As its senders call it", max_length=255),
                        ),
                        ("capability", models.CharField(blank=True, max_length=255, null=True)),
                        ("first_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "agents",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "capability", "agent_id"],
                                name="agent_by_capability",
                            ),
                            models.Index(
                                fields=["tenant", "-last_seen_at", "-id"], name="agent_latest"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "agent_id"), name="agent_once_per_tenant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("agent_id", ""), _negated=True),
                                name="agent_has_a_name",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrafficReport",
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
                        ("report_id", models.CharField(max_length=200)),
                        ("body_hash", models.CharField(max_length=64)),
                        ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "traffic_reports",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "report_id"), name="traffic_report_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditTally",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=64)),
                        ("labels", models.CharField(blank=True, default="", max_length=100)),
                        ("value", models.FloatField(default=0)),
                    ],
                    options={
                        "verbose_name_plural": "audit tallies",
                        "db_table": "audit_tallies",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "name", "labels"),
                                name="audit_tally_once_per_label",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkRun",
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
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bulk_runs",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "label",
                            models.CharField(help_text="The person as they acted", max_length=254),
                        ),
                        (
                            "door",
                            models.CharField(
                                choices=[
                                    ("web", "Web"),
                                    ("api", "Api"),
                                    ("admin", "Admin"),
                                    ("system", "System"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("approve", "Approve"),
                                    ("reject", "Reject"),
                                    ("defer", "Defer"),
                                    ("claim", "Claim"),
                                    ("release", "Release"),
                                    ("snooze", "Snooze"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        (
                            "reason_code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("wrong_pattern", "Wrong pattern"),
                                    ("wrong_action", "Wrong action"),
                                    ("too_broad", "Too broad"),
                                    ("unsafe", "Unsafe"),
                                    ("stale", "Stale"),
                                    ("other", "Other"),
                                ],
                                default="",
                                max_length=16,
                            ),
                        ),
                        (
                            "until",
                            models.DateTimeField(blank=True, help_text="Of a snooze", null=True),
                        ),
                        ("despite_claim", models.BooleanField(default=False)),
                        (
                            "group_key",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of equivalent questions, if it was one",
                                max_length=64,
                            ),
                        ),
                        ("total", models.PositiveSmallIntegerField()),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "bulk_runs",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("finished_at__isnull", True)),
                                fields=["id"],
                                name="bulk_run_unfinished",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("door__in", ["web", "api", "admin", "system"])),
                                name="bulk_run_door_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "act__in",
                                        [
                                            "approve",
                                            "reject",
                                            "defer",
                                            "claim",
                                            "release",
                                            "snooze",
                                        ],
                                    )
                                ),
                                name="bulk_run_act_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total__gte", 1), ("total__lte", 500)),
                                name="bulk_run_is_bounded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("act", "snooze"), ("until__isnull", False)),
                                    models.Q(
                                        models.Q(("act", "snooze"), _negated=True),
                                        ("until__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bulk_run_until_iff_snooze",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckpointConfig",
                    fields=[
                        (
                            "tenant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="checkpoint_config",
                                serialize=False,
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "enabled_types",
                            models.JSONField(default=loops.models.checkpoint_configs.every_type),
                        ),
                        ("priority_overrides", models.JSONField(blank=True, default=dict)),
                        (
                            "blocking_checkpoints",
                            models.JSONField(
                                default=loops.models.checkpoint_configs.blocking_types
                            ),
                        ),
                        ("auto_approve_confidence", models.FloatField(default=0.95)),
                        ("auto_dismiss_after_hours", models.PositiveSmallIntegerField(default=48)),
                        ("max_pending_checkpoints", models.PositiveSmallIntegerField(default=10)),
                        (
                            "hold_seconds",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="How long an answer given on a page can be undone",
                            ),
                        ),
                        (
                            "two_people_from",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                choices=[(1, "Low"), (2, "Medium"), (3, "High")],
                                help_text="The least risk that two different people must agree to",
                                null=True,
                            ),
                        ),
                        (
                            "blind_second_opinion",
                            models.BooleanField(
                                default=False,
                                help_text="The second does not see the first one's answer before their own",
                            ),
                        ),
                        ("claim_minutes", models.PositiveSmallIntegerField(default=30)),
                        (
                            "silence",
                            models.JSONField(
                                blank=True,
                                db_default={},
                                default=dict,
                                help_text="By type, what it means that nobody answers; never yes",
                            ),
                        ),
                        (
                            "quiet_hours",
                            models.JSONField(
                                blank=True,
                                help_text="When nobody is disturbed and clocks rest, if ever",
                                null=True,
                            ),
                        ),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "checkpoint_configs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("hold_seconds__lte", 300)),
                                name="config_holds_five_minutes_at_most",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("claim_minutes__gte", 1), ("claim_minutes__lte", 1440)
                                ),
                                name="config_claims_lapse_within_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("silence__approve_policy", "lapse"), _negated=True
                                ),
                                name="config_approve_policy_never_lapses",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("silence__override_guardrail", "lapse"), _negated=True
                                ),
                                name="config_override_guardrail_never_lapses",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("silence__revert_loop", "lapse"), _negated=True
                                ),
                                name="config_revert_loop_never_lapses",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("auto_approve_confidence__gte", 0),
                                    ("auto_approve_confidence__lte", 1),
                                ),
                                name="config_auto_approve_is_probability",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("auto_dismiss_after_hours__gte", 1)),
                                name="config_dismisses_after_an_hour",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "enabled_types__contains",
                                        ["approve_policy", "override_guardrail", "revert_loop"],
                                    )
                                ),
                                name="config_mandatory_types_stay_on",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HostCircuit",
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
                        ("host", models.CharField(help_text="With its port", max_length=300)),
                        ("failures", models.PositiveIntegerField(default=0, help_text="In a row")),
                        ("opened_at", models.DateTimeField(blank=True, null=True)),
                        ("trials", models.PositiveSmallIntegerField(default=0)),
                        ("successes", models.PositiveSmallIntegerField(default=0)),
                        ("tried_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "host_circuits",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "host"), name="circuit_once_per_host"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("failures__gt", 0)),
                                name="circuit_is_of_a_host_that_failed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationChannel",
                    fields=[
                        (
                            "sealed_previous",
                            models.BinaryField(
                                blank=True,
                                help_text="The secret before it, which still signs for a while",
                                null=True,
                            ),
                        ),
                        ("previous_until", models.DateTimeField(blank=True, null=True)),
                        ("tested_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "test_result",
                            models.JSONField(
                                blank=True, help_text="What the last test came to", null=True
                            ),
                        ),
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_channel_id,
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
                            "person",
                            models.ForeignKey(
                                blank=True,
                                help_text="Whose it is; empty: the tenant's",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notification_channels",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("email", "Email"),
                                    ("webhook", "Webhook"),
                                    ("slack", "Slack"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        (
                            "address",
                            models.CharField(
                                help_text="Of Slack only the host: the rest of it is a secret",
                                max_length=2048,
                            ),
                        ),
                        (
                            "sealed_secret",
                            models.BinaryField(
                                blank=True,
                                help_text="What signs a webhook, or Slack's whole address; encrypted",
                                null=True,
                            ),
                        ),
                        ("events", models.JSONField()),
                        (
                            "least_risk",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "Low"), (2, "Medium"), (3, "High")],
                                default=loops.domain.states.reviewing.Risk["LOW"],
                            ),
                        ),
                        ("is_enabled", models.BooleanField(default=True)),
                        (
                            "fault",
                            models.TextField(
                                blank=True, default="", help_text="Why the last delivery failed"
                            ),
                        ),
                        (
                            "failures",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="Deliveries that failed since the last one that arrived",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "notification_channels",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=["tenant", "created_at", "id"],
                                name="channel_in_use",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("failures__gte", 3),
                                    ("is_enabled", True),
                                    ("removed_at__isnull", True),
                                ),
                                fields=["tenant"],
                                name="channel_failing",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["email", "webhook", "slack"])),
                                name="channel_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("least_risk__in", [1, 2, 3])),
                                name="channel_risk_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="channel_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.Exact(
                                        models.Func(
                                            models.F("events"),
                                            function="jsonb_typeof",
                                            output_field=models.TextField(),
                                        ),
                                        "array",
                                    ),
                                    (
                                        "events__contained_by",
                                        [
                                            "asked",
                                            "decided",
                                            "delegated",
                                            "escalated",
                                            "held_refused",
                                            "lapsed",
                                            "mentioned",
                                            "policy_shadowed",
                                            "reminded",
                                            "routing_rolled_back",
                                            "vote_dropped",
                                        ],
                                    ),
                                    models.Q(("events", []), _negated=True),
                                ),
                                name="channel_events_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "email"), ("sealed_secret__isnull", True)),
                                    models.Q(
                                        models.Q(("kind", "email"), _negated=True),
                                        ("sealed_secret__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_secret_unless_mail",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("previous_until__isnull", True),
                                        ("sealed_previous__isnull", True),
                                    ),
                                    models.Q(
                                        ("kind", "webhook"),
                                        ("previous_until__isnull", False),
                                        ("sealed_previous__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="channel_previous_secret_ends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationMark",
                    fields=[
                        (
                            "source",
                            models.CharField(max_length=32, primary_key=True, serialize=False),
                        ),
                        (
                            "number",
                            models.BigIntegerField(
                                default=0, help_text="The last row seen, by its number"
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                blank=True, help_text="Seen up to then, by its time", null=True
                            ),
                        ),
                        (
                            "began_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="What is older was there before anybody looked",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "notification_marks",
                    },
                ),
                migrations.CreateModel(
                    name="SuggestionAction",
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
                        ("action_code", models.CharField(max_length=64, unique=True)),
                        ("name", models.CharField(max_length=128)),
                        ("description", models.TextField(blank=True, default="")),
                        (
                            "action_type",
                            models.CharField(
                                choices=[
                                    ("rate_limit", "Rate limit"),
                                    ("retry", "Retry"),
                                    ("escalate", "Escalate"),
                                    ("block", "Block"),
                                    ("fallback", "Fallback"),
                                    ("notify", "Notify"),
                                    ("reconfigure", "Reconfigure"),
                                    ("rollback", "Rollback"),
                                    ("manual", "Manual"),
                                    ("skip", "Skip"),
                                    ("none", "None"),
                                    ("unknown", "Unknown"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("template", models.JSONField(blank=True, default=dict)),
                        (
                            "applies_to_error_codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=64), blank=True, default=list
                            ),
                        ),
                        (
                            "applies_to_skills",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=64), blank=True, default=list
                            ),
                        ),
                        ("preconditions", models.JSONField(blank=True, default=dict)),
                        ("success_rate", models.FloatField(default=0)),
                        ("total_applications", models.PositiveIntegerField(default=0)),
                        ("successful_applications", models.PositiveIntegerField(default=0)),
                        ("is_automated", models.BooleanField(default=False)),
                        ("requires_approval", models.BooleanField(default=True)),
                        ("priority", models.PositiveSmallIntegerField(default=50)),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "created_by",
                            models.CharField(blank=True, default="system", max_length=150),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        "db_table": "suggestion_action",
                        "ordering": ["-priority", "action_code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "action_type__in",
                                        [
                                            "rate_limit",
                                            "retry",
                                            "escalate",
                                            "block",
                                            "fallback",
                                            "notify",
                                            "reconfigure",
                                            "rollback",
                                            "manual",
                                            "skip",
                                            "none",
                                            "unknown",
                                        ],
                                    )
                                ),
                                name="action_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("success_rate__gte", 0), ("success_rate__lte", 1)
                                ),
                                name="action_success_rate_is_share",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("priority__lte", 100)),
                                name="action_priority_bound",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("successful_applications__lte", models.F("total_applications"))
                                ),
                                name="action_successes_within_applications",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyChange",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                    options={
                        "db_table": "policy_changes",
                        "indexes": [
                            models.Index(fields=["tenant", "id"], name="policy_change_by_tenant")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
                    fields=[
                        (
                            "sealed_previous",
                            models.BinaryField(
                                blank=True,
                                help_text="The secret before it, which still signs for a while",
                                null=True,
                            ),
                        ),
                        ("previous_until", models.DateTimeField(blank=True, null=True)),
                        ("tested_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "test_result",
                            models.JSONField(
                                blank=True, help_text="What the last test came to", null=True
                            ),
                        ),
                        (
                            "tenant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="webhook_endpoint",
                                serialize=False,
                                to="m25console.tenant",
                            ),
                        ),
                        ("url", models.URLField(max_length=2048)),
                        (
                            "sealed_secret",
                            models.BinaryField(
                                help_text="The signing secret, encrypted; never shown again"
                            ),
                        ),
                        ("is_enabled", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "webhook_endpoints",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("previous_until__isnull", True),
                                        ("sealed_previous__isnull", True),
                                    ),
                                    models.Q(
                                        ("previous_until__isnull", False),
                                        ("sealed_previous__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="endpoint_previous_secret_ends",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Figure",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("hour", models.DateTimeField(help_text="Its first moment")),
                        (
                            "series",
                            models.CharField(
                                choices=[
                                    ("loops", "Loops"),
                                    ("bands", "Bands"),
                                    ("decisions", "Decisions"),
                                    ("waits", "Waits"),
                                    ("rejections", "Rejections"),
                                    ("decided_by", "Decided by"),
                                    ("verifications", "Verifications"),
                                    ("preventions", "Preventions"),
                                    ("regrets", "Regrets"),
                                    ("policy_moves", "Policy moves"),
                                    ("deliveries", "Deliveries"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("label", models.CharField(max_length=64)),
                        ("value", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "figures",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "series__in",
                                        [
                                            "loops",
                                            "bands",
                                            "decisions",
                                            "waits",
                                            "rejections",
                                            "decided_by",
                                            "verifications",
                                            "preventions",
                                            "regrets",
                                            "policy_moves",
                                            "deliveries",
                                        ],
                                    )
                                ),
                                name="figure_series_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "hour", "series", "label"),
                                include=("value",),
                                name="figure_once_per_hour",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StaleHour",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("hour", models.DateTimeField(help_text="Its first moment")),
                    ],
                    options={
                        "db_table": "stale_hours",
                        "indexes": [models.Index(fields=["-hour", "id"], name="stale_hour_newest")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "hour"), name="stale_hour_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FigureMark",
                    fields=[
                        (
                            "tenant",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="m25console.tenant",
                            ),
                        ),
                        ("looked_until", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "figure_marks",
                    },
                ),
                migrations.CreateModel(
                    name="CapabilityLockout",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="capabilities",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "capability",
                            models.CharField(
                                choices=[
                                    ("auto_apply_recovery", "Auto apply recovery"),
                                    ("auto_activate_policy", "Auto activate policy"),
                                    ("full_auto_routing", "Full auto routing"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "requires_gate",
                            models.CharField(
                                choices=[
                                    ("prevention", "Prevention"),
                                    ("rollback", "Rollback"),
                                    ("timeline", "Timeline"),
                                    ("all", "All"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("is_unlocked", models.BooleanField(default=False)),
                        ("unlocked_at", models.DateTimeField(blank=True, null=True)),
                        ("last_checked", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "capability_lockouts",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "capability__in",
                                        [
                                            "auto_apply_recovery",
                                            "auto_activate_policy",
                                            "full_auto_routing",
                                        ],
                                    )
                                ),
                                name="capability_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "requires_gate__in",
                                        ["prevention", "rollback", "timeline", "all"],
                                    )
                                ),
                                name="capability_gate_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "capability"), name="capability_once_per_tenant"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GraduationStatus",
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
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("alpha", "Alpha"),
                                    ("beta", "Beta"),
                                    ("candidate", "Candidate"),
                                    ("complete", "Complete"),
                                    ("degraded", "Degraded"),
                                ],
                                default=loops.domain.states.graduation.GraduationLevel["ALPHA"],
                                max_length=32,
                            ),
                        ),
                        ("label", models.CharField(max_length=64)),
                        (
                            "gates",
                            models.JSONField(
                                default=dict,
                                help_text="By gate: passed, passed_at, score, evidence",
                            ),
                        ),
                        ("is_graduated", models.BooleanField(default=False)),
                        ("graduated_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "degraded_from",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("alpha", "Alpha"),
                                    ("beta", "Beta"),
                                    ("candidate", "Candidate"),
                                    ("complete", "Complete"),
                                    ("degraded", "Degraded"),
                                ],
                                max_length=32,
                                null=True,
                            ),
                        ),
                        ("degradation_reason", models.TextField(blank=True, default="")),
                        ("last_checked", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "verbose_name_plural": "graduation statuses",
                        "db_table": "m25_graduation_status",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "level__in",
                                        ["alpha", "beta", "candidate", "complete", "degraded"],
                                    )
                                ),
                                name="graduation_level_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "degraded_from__in",
                                        ["alpha", "beta", "candidate", "complete", "degraded"],
                                    )
                                ),
                                name="graduation_degraded_from_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant",),
                                name="graduation_once_per_tenant",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("degraded_from__isnull", False), ("level", "degraded")
                                    ),
                                    models.Q(
                                        models.Q(("level", "degraded"), _negated=True),
                                        ("degraded_from__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="graduation_degraded_says_from_what",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GraduationHistory",
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
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("alpha", "Alpha"),
                                    ("beta", "Beta"),
                                    ("candidate", "Candidate"),
                                    ("complete", "Complete"),
                                    ("degraded", "Degraded"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("gates", models.JSONField(help_text="By gate: passed, score, degraded")),
                        ("is_degraded", models.BooleanField(default=False)),
                        (
                            "degraded_from",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("alpha", "Alpha"),
                                    ("beta", "Beta"),
                                    ("candidate", "Candidate"),
                                    ("complete", "Complete"),
                                    ("degraded", "Degraded"),
                                ],
                                max_length=32,
                                null=True,
                            ),
                        ),
                        ("degradation_reason", models.TextField(blank=True, default="")),
                        (
                            "evidence",
                            models.JSONField(
                                help_text="Counts, rates, and the ids they were counted from"
                            ),
                        ),
                        ("computed_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "graduation history",
                        "db_table": "graduation_history",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-computed_at", "-id"], name="graduation_latest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "level__in",
                                        ["alpha", "beta", "candidate", "complete", "degraded"],
                                    )
                                ),
                                name="graduation_history_level_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdvanceSlot",
                    fields=[
                        (
                            "number",
                            models.PositiveSmallIntegerField(primary_key=True, serialize=False),
                        ),
                        ("ticket", models.CharField(blank=True, default="", max_length=32)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("sends", models.PositiveIntegerField(default=0)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("beat_at", models.DateTimeField(blank=True, null=True)),
                        ("worker", models.CharField(blank=True, default="", max_length=150)),
                        (
                            "holding",
                            models.JSONField(
                                blank=True, default=list, help_text="Loops in the batch under way"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "advance_slots",
                    },
                ),
                migrations.CreateModel(
                    name="Heartbeat",
                    fields=[
                        (
                            "name",
                            models.CharField(max_length=150, primary_key=True, serialize=False),
                        ),
                        ("role", models.CharField(max_length=32)),
                        ("beat_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "heartbeats",
                    },
                ),
                migrations.CreateModel(
                    name="FeedEntry",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("kind", models.CharField(max_length=32)),
                        ("trace_id", models.CharField(max_length=64)),
                        ("incident_id", models.CharField(max_length=100)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "verbose_name_plural": "feed entries",
                        "db_table": "feed_entries",
                    },
                ),
                migrations.CreateModel(
                    name="PeriodicJob",
                    fields=[
                        (
                            "name",
                            models.CharField(max_length=64, primary_key=True, serialize=False),
                        ),
                        ("next_run_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("ticket", models.CharField(blank=True, default="", max_length=32)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("took_ms", models.PositiveIntegerField(blank=True, null=True)),
                        ("runs", models.PositiveBigIntegerField(default=0)),
                        (
                            "result",
                            models.JSONField(
                                blank=True, help_text="What it said it did", null=True
                            ),
                        ),
                        ("last_error", models.TextField(blank=True, default="")),
                    ],
                    options={
                        "db_table": "periodic_jobs",
                    },
                ),
                migrations.CreateModel(
                    name="Delegation",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "delegator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations_given",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "delegate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations_held",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Taken back before its time", null=True
                            ),
                        ),
                    ],
                    options={
                        "db_table": "delegations",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="delegation_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="delegation_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("delegator", models.F("delegate")), _negated=True
                                ),
                                name="delegation_is_to_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
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
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        (
                            "query",
                            models.CharField(
                                blank=True, help_text="The address after its ?", max_length=2000
                            ),
                        ),
                        ("is_shared", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "saved_views",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_shared", True)),
                                fields=["tenant", "name"],
                                name="saved_view_shared",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="saved_view_has_a_name",
                            ),
                            models.UniqueConstraint(
                                models.F("tenant"),
                                models.F("owner"),
                                django.db.models.functions.text.Lower("name"),
                                name="saved_view_name_once_per_owner",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgentTraffic",
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
                            "agent",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="traffic",
                                to="loops.agent",
                            ),
                        ),
                        ("hour", models.DateTimeField(help_text="Its first moment")),
                        ("decisions", models.PositiveBigIntegerField(default=0)),
                        ("successes", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "agent_traffic",
                        "indexes": [
                            models.Index(fields=["tenant", "hour"], name="traffic_by_hour")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agent", "hour"), name="traffic_once_per_hour"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("successes__lte", models.F("decisions"))),
                                name="traffic_successes_within_decisions",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_delivery_id,
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
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="loops.notificationchannel",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("sending", "Sending"),
                                    ("sent", "Sent"),
                                    ("failed", "Failed"),
                                    ("skipped", "Skipped"),
                                ],
                                default=loops.domain.states.notifications.DeliveryStatus["WAITING"],
                                max_length=16,
                            ),
                        ),
                        ("is_urgent", models.BooleanField(default=False)),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        (
                            "next_try_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a worker should send it; empty: it rests",
                                null=True,
                            ),
                        ),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("ticket", models.CharField(blank=True, default="", max_length=32)),
                        (
                            "subject",
                            models.TextField(
                                blank=True, default="", help_text="As it was last sent"
                            ),
                        ),
                        ("error", models.TextField(blank=True, default="")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name_plural": "deliveries",
                        "db_table": "notification_deliveries",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_try_at__isnull", False)),
                                fields=["next_try_at", "id"],
                                name="delivery_due",
                            ),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="delivery_newest"
                            ),
                            models.Index(
                                condition=models.Q(("next_try_at__isnull", False)),
                                fields=["tenant", "created_at"],
                                name="delivery_under_way",
                            ),
                            models.Index(
                                condition=models.Q(("finished_at__isnull", False)),
                                fields=["tenant", "finished_at"],
                                name="delivery_by_end",
                            ),
                            models.Index(
                                condition=models.Q(("status", "failed")),
                                fields=["created_at"],
                                name="delivery_failed",
                            ),
                            models.Index(
                                fields=["tenant", "status", "-created_at", "-id"],
                                name="delivery_by_status",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("status", "waiting"), ("ticket", ""), ("tries", 0)
                                ),
                                fields=["channel", "id"],
                                name="delivery_gathering",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["waiting", "sending", "sent", "failed", "skipped"],
                                    )
                                ),
                                name="delivery_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("finished_at__isnull", True),
                                        ("next_try_at__isnull", False),
                                        ("status__in", ["waiting", "sending"]),
                                    ),
                                    models.Q(
                                        ("finished_at__isnull", False),
                                        ("next_try_at__isnull", True),
                                        ("status__in", ["sent", "failed", "skipped"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="delivery_finished_or_due",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Incident",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_incident_id,
                                editable=False,
                                max_length=100,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="m25console.tenant",
                            ),
                        ),
                        ("title", models.CharField(max_length=255)),
                        (
                            "severity",
                            models.CharField(
                                choices=[
                                    ("critical", "Critical"),
                                    ("high", "High"),
                                    ("medium", "Medium"),
                                    ("low", "Low"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "lifecycle_state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("acked", "Acked"),
                                    ("resolved", "Resolved"),
                                ],
                                db_default="active",
                                default=loops.domain.states.incidents.IncidentState["ACTIVE"],
                                max_length=16,
                            ),
                        ),
                        (
                            "status",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(
                                        lifecycle_state="active", then=models.Value("open")
                                    ),
                                    models.When(
                                        lifecycle_state="acked", then=models.Value("acknowledged")
                                    ),
                                    default=models.Value("resolved"),
                                ),
                                output_field=models.CharField(max_length=20),
                            ),
                        ),
                        ("error_type", models.CharField(max_length=128)),
                        ("error_code", models.CharField(blank=True, max_length=255, null=True)),
                        ("error_message", models.TextField(blank=True, null=True)),
                        ("context", models.JSONField(blank=True, db_default={}, default=dict)),
                        (
                            "affected_agent_id",
                            models.CharField(blank=True, max_length=255, null=True),
                        ),
                        (
                            "agent_capability",
                            models.CharField(blank=True, max_length=255, null=True),
                        ),
                        ("api_endpoint", models.CharField(blank=True, max_length=2048, null=True)),
                        ("status_code", models.IntegerField(blank=True, null=True)),
                        ("source_run_id", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "trigger_type",
                            models.CharField(
                                db_default="run_failure", default="run_failure", max_length=50
                            ),
                        ),
                        ("trigger_value", models.TextField(blank=True, null=True)),
                        ("category", models.CharField(blank=True, max_length=50, null=True)),
                        ("description", models.TextField(blank=True, null=True)),
                        (
                            "source_type",
                            models.CharField(
                                choices=[
                                    ("run", "Run"),
                                    ("killswitch", "Killswitch"),
                                    ("policy", "Policy"),
                                    ("manual", "Manual"),
                                    ("api", "Api"),
                                ],
                                db_default="run",
                                default=loops.domain.states.incidents.SourceType["RUN"],
                                max_length=16,
                            ),
                        ),
                        (
                            "cause_type",
                            models.CharField(
                                choices=[
                                    ("llm_run", "Llm run"),
                                    ("system", "System"),
                                    ("human", "Human"),
                                ],
                                db_default="system",
                                default=loops.domain.states.incidents.CauseType["SYSTEM"],
                                max_length=16,
                            ),
                        ),
                        ("impact_scope", models.CharField(blank=True, max_length=50, null=True)),
                        ("affected_count", models.IntegerField(db_default=1, default=1)),
                        ("calls_affected", models.IntegerField(db_default=0, default=0)),
                        (
                            "related_call_ids",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=100),
                                blank=True,
                                db_default=[],
                                default=list,
                                size=1000,
                            ),
                        ),
                        (
                            "cost_delta_cents",
                            models.DecimalField(
                                db_default=0, decimal_places=4, default=0, max_digits=10
                            ),
                        ),
                        (
                            "cost_impact",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=12, null=True
                            ),
                        ),
                        (
                            "error_rate",
                            models.DecimalField(
                                blank=True, decimal_places=4, max_digits=5, null=True
                            ),
                        ),
                        ("auto_action", models.CharField(blank=True, max_length=50, null=True)),
                        ("action_details", models.JSONField(blank=True, null=True)),
                        (
                            "source",
                            models.CharField(blank=True, db_default="", default="", max_length=100),
                        ),
                        ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "idempotency_key",
                            models.CharField(blank=True, max_length=255, null=True),
                        ),
                        ("body_hash", models.CharField(max_length=64)),
                        (
                            "started_at",
                            models.DateTimeField(
                                help_text="When the failure happened, as reported"
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("duration_seconds", models.IntegerField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        ("resolved_at", models.DateTimeField(blank=True, null=True)),
                        ("resolved_by", models.CharField(blank=True, max_length=100, null=True)),
                        (
                            "resolution_method",
                            models.CharField(blank=True, max_length=20, null=True),
                        ),
                        ("resolution_type", models.CharField(blank=True, max_length=50, null=True)),
                        ("resolution_summary", models.TextField(blank=True, null=True)),
                        ("resolution_notes", models.TextField(blank=True, null=True)),
                        ("escalated", models.BooleanField(db_default=False, default=False)),
                        ("escalated_at", models.DateTimeField(blank=True, null=True)),
                        ("escalated_to", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "matched_pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="loops.failurepattern",
                            ),
                        ),
                        ("loop_trace_id", models.CharField(blank=True, max_length=64, null=True)),
                        ("match_confidence", models.FloatField(blank=True, null=True)),
                        (
                            "match_confidence_band",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("strong_match", "Strong"),
                                    ("weak_match", "Weak"),
                                    ("novel", "Novel"),
                                ],
                                max_length=32,
                                null=True,
                            ),
                        ),
                        (
                            "recurrence_signature",
                            models.CharField(blank=True, max_length=128, null=True),
                        ),
                        (
                            "signature_version",
                            models.CharField(blank=True, max_length=20, null=True),
                        ),
                        ("prediction_was_correct", models.BooleanField(blank=True, null=True)),
                        (
                            "calibration_recorded",
                            models.BooleanField(db_default=False, default=False),
                        ),
                        ("is_synthetic", models.BooleanField(db_default=False, default=False)),
                        (
                            "synthetic_scenario_id",
                            models.CharField(blank=True, max_length=64, null=True),
                        ),
                    ],
                    options={
                        "db_table": "incidents",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="incident_newest"
                            ),
                            models.Index(
                                fields=["tenant", "severity", "-created_at", "-id"],
                                name="incident_by_severity",
                            ),
                            models.Index(
                                condition=models.Q(("matched_pattern__isnull", False)),
                                fields=["tenant", "matched_pattern", "-created_at", "-id"],
                                name="incident_by_pattern",
                            ),
                            models.Index(
                                fields=["tenant", "error_type", "-created_at", "-id"],
                                name="incident_by_error_type",
                            ),
                            models.Index(
                                fields=["tenant", "status", "-created_at", "-id"],
                                name="incident_by_status",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("severity__in", ["critical", "high", "medium", "low"])
                                ),
                                name="incident_severity_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lifecycle_state__in", ["active", "acked", "resolved"])
                                ),
                                name="incident_lifecycle_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cause_type__in", ["llm_run", "system", "human"])
                                ),
                                name="incident_cause_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "source_type__in",
                                        ["run", "killswitch", "policy", "manual", "api"],
                                    )
                                ),
                                name="incident_source_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "match_confidence_band__in",
                                        ["strong_match", "weak_match", "novel"],
                                    )
                                ),
                                name="incident_band_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("error_type", ""), _negated=True),
                                name="incident_error_type_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("match_confidence__isnull", True),
                                    models.Q(
                                        ("match_confidence__gte", 0), ("match_confidence__lte", 1)
                                    ),
                                    _connector="OR",
                                ),
                                name="incident_match_confidence_is_probability",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("match_confidence__isnull", True),
                                        ("match_confidence_band__isnull", True),
                                        ("matched_pattern__isnull", True),
                                    ),
                                    models.Q(
                                        ("match_confidence__isnull", False),
                                        ("match_confidence_band__isnull", False),
                                        ("matched_pattern__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="incident_match_is_whole",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "id"), name="incident_in_tenant"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("external_id__isnull", False)),
                                fields=("tenant", "source", "external_id"),
                                name="incident_once_per_external_id",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("idempotency_key__isnull", False)),
                                fields=("tenant", "idempotency_key"),
                                name="incident_once_per_idempotency_key",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LoopTrace",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_loop_id,
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
                                related_name="loops",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "incident",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="loop",
                                to="loops.incident",
                            ),
                        ),
                        (
                            "current_stage",
                            models.CharField(
                                choices=[
                                    ("incident_created", "Incident created"),
                                    ("pattern_matched", "Pattern matched"),
                                    ("recovery_suggested", "Recovery suggested"),
                                    ("policy_generated", "Policy generated"),
                                    ("routing_adjusted", "Routing adjusted"),
                                    ("loop_complete", "Loop complete"),
                                ],
                                db_default="incident_created",
                                default=loops.domain.states.loop.Stage["INCIDENT_CREATED"],
                                max_length=32,
                            ),
                        ),
                        (
                            "attempt",
                            models.PositiveSmallIntegerField(
                                db_default=1,
                                default=1,
                                help_text="Which try of the current stage this is",
                            ),
                        ),
                        (
                            "stages",
                            models.JSONField(
                                blank=True,
                                db_default={"completed": [], "failed": []},
                                default=loops.models.traces.no_stages,
                            ),
                        ),
                        (
                            "failure_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("match_failed", "Match failed"),
                                    ("match_low_confidence", "Match low confidence"),
                                    ("recovery_rejected", "Recovery rejected"),
                                    ("recovery_not_applicable", "Recovery not applicable"),
                                    ("policy_low_confidence", "Policy low confidence"),
                                    ("policy_rejected", "Policy rejected"),
                                    ("policy_shadow_mode", "Policy shadow mode"),
                                    ("routing_adjustment_skipped", "Routing adjustment skipped"),
                                    ("routing_guardrail_blocked", "Routing guardrail blocked"),
                                    ("human_checkpoint_pending", "Human checkpoint pending"),
                                    ("timeout", "Timeout"),
                                    ("error", "Error"),
                                    ("human_checkpoint_rejected", "Human checkpoint rejected"),
                                    ("human_checkpoint_expired", "Human checkpoint expired"),
                                    ("routing_kpi_regression", "Routing kpi regression"),
                                    ("reverted", "Reverted"),
                                ],
                                max_length=64,
                                null=True,
                            ),
                        ),
                        ("failure_detail", models.TextField(blank=True, db_default="", default="")),
                        ("is_complete", models.BooleanField(db_default=False, default=False)),
                        ("is_blocked", models.BooleanField(db_default=False, default=False)),
                        (
                            "outcome",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(is_complete=True, then=models.Value("complete")),
                                    models.When(is_blocked=True, then=models.Value("waiting")),
                                    models.When(
                                        failure_state__isnull=True, then=models.Value("running")
                                    ),
                                    models.When(
                                        failure_state__in=[
                                            "error",
                                            "match_failed",
                                            "match_low_confidence",
                                            "policy_rejected",
                                            "recovery_not_applicable",
                                            "recovery_rejected",
                                            "routing_kpi_regression",
                                            "timeout",
                                        ],
                                        then=models.Value("failed"),
                                    ),
                                    default=models.Value("ended"),
                                ),
                                output_field=models.CharField(max_length=16),
                            ),
                        ),
                        (
                            "pending_checkpoints",
                            models.JSONField(blank=True, db_default=[], default=list),
                        ),
                        ("narrative", models.JSONField(blank=True, null=True)),
                        (
                            "started_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        (
                            "last_activity_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        ("completed_at", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(db_default=1, default=1)),
                        ("reverted_at", models.DateTimeField(blank=True, null=True)),
                        ("reverted_by", models.CharField(blank=True, max_length=150, null=True)),
                        ("reverted_reason", models.TextField(blank=True, null=True)),
                        (
                            "next_run_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a worker should advance it; empty: it rests",
                                null=True,
                            ),
                        ),
                        (
                            "crashes",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="Workers that died while holding it",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "loop_traces",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_run_at__isnull", False)),
                                fields=["next_run_at", "id"],
                                name="loop_due",
                            ),
                            models.Index(
                                fields=["tenant", "-started_at", "-id"], name="loop_newest"
                            ),
                            models.Index(
                                fields=["tenant", "outcome", "-last_activity_at", "-id"],
                                name="loop_by_outcome",
                            ),
                            models.Index(
                                fields=["tenant", "outcome", "-started_at", "-incident"],
                                name="loop_begun_by_outcome",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "current_stage__in",
                                        [
                                            "incident_created",
                                            "pattern_matched",
                                            "recovery_suggested",
                                            "policy_generated",
                                            "routing_adjusted",
                                            "loop_complete",
                                        ],
                                    )
                                ),
                                name="loop_stage_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "failure_state__in",
                                        [
                                            "match_failed",
                                            "match_low_confidence",
                                            "recovery_rejected",
                                            "recovery_not_applicable",
                                            "policy_low_confidence",
                                            "policy_rejected",
                                            "policy_shadow_mode",
                                            "routing_adjustment_skipped",
                                            "routing_guardrail_blocked",
                                            "human_checkpoint_pending",
                                            "timeout",
                                            "error",
                                            "human_checkpoint_rejected",
                                            "human_checkpoint_expired",
                                            "routing_kpi_regression",
                                            "reverted",
                                        ],
                                    )
                                ),
                                name="loop_failure_known",
                            ),
                            models.UniqueConstraint(fields=("tenant", "id"), name="loop_in_tenant"),
                            models.UniqueConstraint(
                                fields=("tenant", "incident"), name="loop_once_per_incident"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_complete", False),
                                    models.Q(
                                        ("failure_state__isnull", True), ("is_blocked", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="loop_complete_is_neither_blocked_nor_failed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("completed_at__isnull", False), ("is_complete", True)
                                    ),
                                    models.Q(
                                        ("completed_at__isnull", True), ("is_complete", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="loop_completed_at_iff_complete",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_blocked", False),
                                    ("failure_state", "human_checkpoint_pending"),
                                    _connector="OR",
                                ),
                                name="loop_blocked_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("next_run_at__isnull", True),
                                    models.Q(
                                        ("failure_state__isnull", True),
                                        ("is_blocked", False),
                                        ("is_complete", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="loop_due_only_while_running",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reverted_at__isnull", True),
                                        ("reverted_by__isnull", True),
                                        ("reverted_reason__isnull", True),
                                    ),
                                    models.Q(
                                        ("reverted_at__isnull", False),
                                        ("reverted_by__isnull", False),
                                        ("reverted_reason__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="loop_reverted_is_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FailurePattern",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_pattern_id,
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
                                related_name="patterns",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "pattern_type",
                            models.CharField(
                                choices=[
                                    ("policy_violation", "Policy violation"),
                                    ("error", "Error"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("error_type", models.CharField(max_length=128)),
                        ("signature", models.JSONField(blank=True, default=dict)),
                        ("signature_hash", models.CharField(max_length=64)),
                        ("signature_version", models.CharField(max_length=20)),
                        (
                            "message_template",
                            models.JSONField(
                                blank=True,
                                help_text="What was learned of its messages (signature version 2)",
                                null=True,
                            ),
                        ),
                        (
                            "template_text",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The template, readable: <*> varies",
                            ),
                        ),
                        (
                            "first_incident",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="patterns_begun",
                                to="loops.incident",
                            ),
                        ),
                        (
                            "recovery_template",
                            models.JSONField(
                                blank=True, help_text="{action_type, action_params}", null=True
                            ),
                        ),
                        (
                            "auto_apply_recovery",
                            models.BooleanField(db_default=False, default=False),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="Where its incidents are counted now; empty unless it was merged",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "apart_from",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=64),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="Patterns that people told apart from it, as the pairs that stand say",
                            ),
                        ),
                        ("occurrence_count", models.PositiveIntegerField(db_default=0, default=0)),
                        (
                            "last_occurrence_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "failure_patterns",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("message_template__isnull", True)),
                                fields=[
                                    "tenant",
                                    "error_type",
                                    "-occurrence_count",
                                    "created_at",
                                    "id",
                                ],
                                name="pattern_by_fields",
                            ),
                            models.Index(
                                fields=["tenant", "-occurrence_count", "-id"],
                                name="pattern_frequent",
                            ),
                            models.Index(
                                fields=["tenant", "-last_occurrence_at", "-id"],
                                name="pattern_latest",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("pattern_type__in", ["policy_violation", "error"])
                                ),
                                name="pattern_type_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "signature_hash"),
                                name="pattern_once_per_signature",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "id"), name="pattern_in_tenant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("merged_into__isnull", True),
                                    models.Q(("merged_into", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="pattern_is_not_its_own_heir",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("recovery_template__isnull", True),
                                    ("recovery_template__has_key", "action_type"),
                                    _connector="OR",
                                ),
                                name="pattern_template_names_its_action",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BoundScope",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_scope_id,
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
                            "incident",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="scopes",
                                to="loops.incident",
                            ),
                        ),
                        ("allowed_action", models.CharField(max_length=64)),
                        ("intent", models.TextField(blank=True, default="")),
                        (
                            "max_cost",
                            models.DecimalField(decimal_places=2, default="0.50", max_digits=7),
                        ),
                        (
                            "cost_used",
                            models.DecimalField(decimal_places=2, default=0, max_digits=9),
                        ),
                        ("max_attempts", models.PositiveSmallIntegerField(default=1)),
                        ("attempts_used", models.PositiveSmallIntegerField(default=0)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("exhausted", "Exhausted"),
                                    ("expired", "Expired"),
                                    ("revoked", "Revoked"),
                                ],
                                default=loops.domain.states.recoveries.ScopeStatus["ACTIVE"],
                                max_length=16,
                            ),
                        ),
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
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("expires_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "bound_scopes",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["active", "exhausted", "expired", "revoked"])
                                ),
                                name="scope_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("max_attempts__gte", 1), ("max_attempts__lte", 10)
                                ),
                                name="scope_attempts_bound",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("attempts_used__lte", models.F("max_attempts"))
                                ),
                                name="scope_attempts_within",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("max_cost__gte", 0), ("max_cost__lte", 100)),
                                name="scope_cost_bound",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cost_used__lte", models.F("max_cost"))),
                                name="scope_cost_within",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="scope_ends_after_it_begins",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FailureMatch",
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
                        ("match_id", models.UUIDField(help_text="As the matcher calls it")),
                        (
                            "idempotency_key",
                            models.CharField(blank=True, max_length=255, null=True),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                help_text="Empty while only a suggestion was asked for",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="failure_matches",
                                to="loops.incident",
                            ),
                        ),
                        ("error_code", models.CharField(max_length=255)),
                        (
                            "error_message",
                            models.TextField(blank=True, default="", help_text="Without secrets"),
                        ),
                        ("error_signature", models.CharField(max_length=64)),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("TRANSIENT", "Transient"),
                                    ("PERMISSION", "Permission"),
                                    ("RESOURCE", "Resource"),
                                    ("VALIDATION", "Validation"),
                                    ("INFRASTRUCTURE", "Infrastructure"),
                                    ("PLANNER", "Planner"),
                                    ("PERMANENT", "Permanent"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "recovery_mode",
                            models.CharField(
                                choices=[
                                    ("RETRY_EXPONENTIAL", "Retry exponential"),
                                    ("RETRY_WITH_JITTER", "Retry with jitter"),
                                    ("ESCALATE", "Escalate"),
                                    ("ABORT", "Abort"),
                                ],
                                max_length=24,
                            ),
                        ),
                        ("suggestion", models.TextField(blank=True, default="")),
                        ("confidence", models.FloatField(default=0.2)),
                        ("occurrence_count", models.PositiveIntegerField(default=1)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "last_occurrence_at",
                            models.DateTimeField(default=django.utils.timezone.now),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "failure matches",
                        "db_table": "failure_matches",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "error_code", "-created_at", "-id"],
                                name="failure_by_code",
                            ),
                            models.Index(
                                condition=models.Q(("incident__isnull", True)),
                                fields=["last_occurrence_at"],
                                name="failure_unmatched",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "match_id"), name="failure_match_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("idempotency_key__isnull", False)),
                                fields=("tenant", "idempotency_key"),
                                name="failure_match_once_per_key",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "category__in",
                                        [
                                            "TRANSIENT",
                                            "PERMISSION",
                                            "RESOURCE",
                                            "VALIDATION",
                                            "INFRASTRUCTURE",
                                            "PLANNER",
                                            "PERMANENT",
                                        ],
                                    )
                                ),
                                name="failure_category_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "recovery_mode__in",
                                        [
                                            "RETRY_EXPONENTIAL",
                                            "RETRY_WITH_JITTER",
                                            "ESCALATE",
                                            "ABORT",
                                        ],
                                    )
                                ),
                                name="failure_mode_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                                name="failure_confidence_is_probability",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TimelineView",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_view_id,
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
                            "incident",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="timeline_views",
                                to="loops.incident",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("viewed_on", models.DateField(help_text="Day (UTC)")),
                        ("viewed_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("has_prevention", models.BooleanField(default=False)),
                        ("has_rollback", models.BooleanField(default=False)),
                        ("is_simulated", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "timeline_views",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("has_prevention", True), ("is_simulated", False)
                                ),
                                fields=["tenant", "-viewed_at"],
                                name="timeline_view_of_proof",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_simulated", False)),
                                fields=("user", "incident", "viewed_on", "has_prevention"),
                                name="timeline_view_once_per_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("is_simulated", False),
                                        ("user__isnull", False),
                                        models.Q(("id__startswith", "tv_sim_"), _negated=True),
                                    ),
                                    models.Q(("id__startswith", "tv_sim_"), ("is_simulated", True)),
                                    _connector="OR",
                                ),
                                name="timeline_view_simulated_says_so",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LoopEvent",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_event_id,
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
                            "trace",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="loops.looptrace",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="loops.incident",
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("incident_created", "Incident created"),
                                    ("pattern_matched", "Pattern matched"),
                                    ("recovery_suggested", "Recovery suggested"),
                                    ("policy_generated", "Policy generated"),
                                    ("routing_adjusted", "Routing adjusted"),
                                    ("loop_complete", "Loop complete"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("attempt", models.PositiveSmallIntegerField(db_default=1, default=1)),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                help_text="Place in the loop's history, from 1, without gaps"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("claimed", "Claimed"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                    ("blocked", "Blocked"),
                                ],
                                db_default="claimed",
                                default=loops.domain.states.loop.EventStatus["CLAIMED"],
                                max_length=16,
                            ),
                        ),
                        ("details", models.JSONField(blank=True, db_default={}, default=dict)),
                        (
                            "failure_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("match_failed", "Match failed"),
                                    ("match_low_confidence", "Match low confidence"),
                                    ("recovery_rejected", "Recovery rejected"),
                                    ("recovery_not_applicable", "Recovery not applicable"),
                                    ("policy_low_confidence", "Policy low confidence"),
                                    ("policy_rejected", "Policy rejected"),
                                    ("policy_shadow_mode", "Policy shadow mode"),
                                    ("routing_adjustment_skipped", "Routing adjustment skipped"),
                                    ("routing_guardrail_blocked", "Routing guardrail blocked"),
                                    ("human_checkpoint_pending", "Human checkpoint pending"),
                                    ("timeout", "Timeout"),
                                    ("error", "Error"),
                                    ("human_checkpoint_rejected", "Human checkpoint rejected"),
                                    ("human_checkpoint_expired", "Human checkpoint expired"),
                                    ("routing_kpi_regression", "Routing kpi regression"),
                                    ("reverted", "Reverted"),
                                ],
                                max_length=64,
                                null=True,
                            ),
                        ),
                        ("confidence", models.FloatField(blank=True, null=True)),
                        (
                            "confidence_band",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("strong_match", "Strong"),
                                    ("weak_match", "Weak"),
                                    ("novel", "Novel"),
                                ],
                                max_length=32,
                                null=True,
                            ),
                        ),
                        (
                            "requires_human_review",
                            models.BooleanField(db_default=False, default=False),
                        ),
                        (
                            "parent_event",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.loopevent",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "loop_events",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "stage__in",
                                        [
                                            "incident_created",
                                            "pattern_matched",
                                            "recovery_suggested",
                                            "policy_generated",
                                            "routing_adjusted",
                                            "loop_complete",
                                        ],
                                    )
                                ),
                                name="event_stage_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["claimed", "done", "failed", "blocked"])
                                ),
                                name="event_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "failure_state__in",
                                        [
                                            "match_failed",
                                            "match_low_confidence",
                                            "recovery_rejected",
                                            "recovery_not_applicable",
                                            "policy_low_confidence",
                                            "policy_rejected",
                                            "policy_shadow_mode",
                                            "routing_adjustment_skipped",
                                            "routing_guardrail_blocked",
                                            "human_checkpoint_pending",
                                            "timeout",
                                            "error",
                                            "human_checkpoint_rejected",
                                            "human_checkpoint_expired",
                                            "routing_kpi_regression",
                                            "reverted",
                                        ],
                                    )
                                ),
                                name="event_failure_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confidence_band__in", ["strong_match", "weak_match", "novel"])
                                ),
                                name="event_band_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "incident", "stage", "attempt"),
                                name="event_once_per_attempt",
                            ),
                            models.UniqueConstraint(
                                fields=("trace", "position"), name="event_positions_distinct"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("finished_at__isnull", False),
                                        ("status__in", ["done", "failed"]),
                                    ),
                                    models.Q(
                                        ("finished_at__isnull", True),
                                        ("status__in", ["claimed", "blocked"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="event_finished_at_iff_finished",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("failure_state__isnull", False), ("status", "failed")
                                    ),
                                    models.Q(
                                        ("failure_state", "human_checkpoint_pending"),
                                        ("status", "blocked"),
                                    ),
                                    models.Q(
                                        ("failure_state__isnull", True),
                                        ("status__in", ["claimed", "done"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="event_failure_iff_failed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("stage", "loop_complete"), _negated=True),
                                name="event_stage_is_dispatched",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("finished_at__isnull", True),
                                    ("finished_at__gte", models.F("created_at")),
                                    _connector="OR",
                                ),
                                name="event_finishes_after_it_begins",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditRun",
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
                            "run_id",
                            models.CharField(
                                help_text="A loop's own id, or the sender's", max_length=255
                            ),
                        ),
                        (
                            "trace",
                            models.OneToOneField(
                                blank=True,
                                db_constraint=False,
                                help_text="The loop, if the run is one",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="audit_run",
                                to="loops.looptrace",
                            ),
                        ),
                        (
                            "phase",
                            models.CharField(
                                choices=[
                                    ("CREATED", "Created"),
                                    ("AUTHORIZED", "Authorized"),
                                    ("EXECUTING", "Executing"),
                                    ("GOVERNANCE_CHECK", "Governance check"),
                                    ("FINALIZING", "Finalizing"),
                                    ("COMPLETED", "Completed"),
                                    ("FAILED", "Failed"),
                                ],
                                db_default="CREATED",
                                default=loops.domain.states.audit.RunPhase["CREATED"],
                                max_length=32,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("running", "Running"),
                                    ("succeeded", "Succeeded"),
                                    ("failed", "Failed"),
                                    ("failed_policy", "Failed policy"),
                                    ("cancelled", "Cancelled"),
                                    ("retry", "Retry"),
                                ],
                                db_default="queued",
                                default=loops.domain.states.audit.RunStatus["QUEUED"],
                                max_length=16,
                            ),
                        ),
                        (
                            "status_code",
                            models.CharField(blank=True, db_default="", default="", max_length=64),
                        ),
                        (
                            "reconciliation",
                            models.CharField(
                                choices=[
                                    ("PENDING", "Pending"),
                                    ("COMPLETE", "Complete"),
                                    ("INCOMPLETE", "Incomplete"),
                                    ("STALE", "Stale"),
                                    ("INVALID", "Invalid"),
                                ],
                                db_default="PENDING",
                                default=loops.domain.states.audit.ReconciliationStatus["PENDING"],
                                max_length=16,
                            ),
                        ),
                        (
                            "findings",
                            models.JSONField(
                                blank=True,
                                help_text="missing, drift and failed keys, as reconciled last",
                                null=True,
                            ),
                        ),
                        ("reconciled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "next_check_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When its deadlines want a look; empty: nothing is due",
                                null=True,
                            ),
                        ),
                        (
                            "overdue_since",
                            models.DateTimeField(
                                blank=True,
                                help_text="The oldest deadline it missed and has not made good",
                                null=True,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "audit_runs",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_check_at__isnull", False)),
                                fields=["next_check_at", "id"],
                                name="run_to_check",
                            ),
                            models.Index(
                                fields=["tenant", "reconciliation", "-created_at", "-id"],
                                name="run_by_finding",
                            ),
                            models.Index(
                                condition=models.Q(("overdue_since__isnull", False)),
                                fields=["tenant", "overdue_since", "run_id"],
                                name="run_longest_overdue",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "phase__in",
                                        [
                                            "CREATED",
                                            "AUTHORIZED",
                                            "EXECUTING",
                                            "GOVERNANCE_CHECK",
                                            "FINALIZING",
                                            "COMPLETED",
                                            "FAILED",
                                        ],
                                    )
                                ),
                                name="run_phase_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "queued",
                                            "running",
                                            "succeeded",
                                            "failed",
                                            "failed_policy",
                                            "cancelled",
                                            "retry",
                                        ],
                                    )
                                ),
                                name="run_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reconciliation__in",
                                        ["PENDING", "COMPLETE", "INCOMPLETE", "STALE", "INVALID"],
                                    )
                                ),
                                name="run_reconciliation_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "run_id"), name="run_once_per_tenant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("phase", "CREATED"), ("status__in", ["queued"])),
                                    models.Q(("phase", "AUTHORIZED"), ("status__in", ["queued"])),
                                    models.Q(("phase", "EXECUTING"), ("status__in", ["running"])),
                                    models.Q(
                                        ("phase", "GOVERNANCE_CHECK"), ("status__in", ["running"])
                                    ),
                                    models.Q(("phase", "FINALIZING"), ("status__in", ["running"])),
                                    models.Q(("phase", "COMPLETED"), ("status__in", ["succeeded"])),
                                    models.Q(
                                        ("phase", "FAILED"),
                                        (
                                            "status__in",
                                            ["cancelled", "failed", "failed_policy", "retry"],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="run_status_fits_its_phase",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatternKey",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "bucket",
                            models.CharField(
                                help_text="Digest of what must be equal: error type and code",
                                max_length=32,
                            ),
                        ),
                        ("key", models.CharField(max_length=80)),
                        (
                            "pattern",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="keys",
                                to="loops.failurepattern",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "failure_pattern_keys",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "bucket", "key", "pattern"),
                                name="pattern_key_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryCandidate",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_recovery_id,
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
                                related_name="recoveries",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "trace",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recovery",
                                to="loops.looptrace",
                            ),
                        ),
                        (
                            "source_incident",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recoveries",
                                to="loops.incident",
                            ),
                        ),
                        (
                            "source_pattern",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recoveries",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "suggestion_type",
                            models.CharField(
                                choices=[
                                    ("template", "Template"),
                                    ("generated", "Generated"),
                                    ("none", "None"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("suggestion", models.TextField(help_text="The remedy in one sentence")),
                        ("action_type", models.CharField(max_length=32)),
                        ("action_params", models.JSONField(blank=True, default=dict)),
                        (
                            "selected_action",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.suggestionaction",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("approved", "Approved"),
                                    ("applied", "Applied"),
                                    ("rejected", "Rejected"),
                                    ("rolled_back", "Rolled back"),
                                ],
                                default=loops.domain.states.recoveries.RecoveryStatus["PENDING"],
                                max_length=16,
                            ),
                        ),
                        (
                            "confidence",
                            models.FloatField(
                                help_text="Probability in [0, 1]; see explain for its parts"
                            ),
                        ),
                        (
                            "confidence_band",
                            models.CharField(
                                choices=[
                                    ("strong_match", "Strong"),
                                    ("weak_match", "Weak"),
                                    ("novel", "Novel"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("confidence_version", models.CharField(max_length=32)),
                        ("explain", models.JSONField(blank=True, default=dict)),
                        ("requires_confirmation", models.PositiveSmallIntegerField(default=0)),
                        ("confirmations_received", models.PositiveSmallIntegerField(default=0)),
                        ("occurrence_count", models.PositiveIntegerField(default=1)),
                        (
                            "last_occurrence_at",
                            models.DateTimeField(default=django.utils.timezone.now),
                        ),
                        ("error_code", models.CharField(blank=True, max_length=255, null=True)),
                        ("error_signature", models.CharField(blank=True, max_length=64, null=True)),
                        ("source", models.CharField(default="loop", max_length=32)),
                        ("created_by", models.CharField(default="system", max_length=150)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recoveries_decided",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("review_note", models.TextField(blank=True, default="")),
                        (
                            "execution_status",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("pending", "Pending"),
                                    ("executing", "Executing"),
                                    ("succeeded", "Succeeded"),
                                    ("failed", "Failed"),
                                    ("rolled_back", "Rolled back"),
                                    ("skipped", "Skipped"),
                                ],
                                max_length=16,
                                null=True,
                            ),
                        ),
                        ("executed_at", models.DateTimeField(blank=True, null=True)),
                        ("execution_result", models.JSONField(blank=True, null=True)),
                        (
                            "verification",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("watching", "Watching"),
                                    ("verified", "Verified"),
                                    ("failed", "Failed"),
                                    ("inconclusive", "Inconclusive"),
                                ],
                                max_length=16,
                                null=True,
                            ),
                        ),
                        (
                            "verify_until",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the watch for a recurrence ends",
                                null=True,
                            ),
                        ),
                        ("verified_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "verification_note",
                            models.TextField(blank=True, db_default="", default=""),
                        ),
                        (
                            "rules_evaluated",
                            models.JSONField(
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="What the rules engine said",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "recovery_candidates",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "source_pattern", "-created_at"],
                                name="recovery_by_pattern",
                            ),
                            models.Index(
                                condition=models.Q(("status", "pending")),
                                fields=["tenant", "created_at", "id"],
                                name="recovery_pending",
                            ),
                            models.Index(
                                condition=models.Q(("verification", "watching")),
                                fields=["verify_until", "id"],
                                name="recovery_to_verify",
                            ),
                            models.Index(
                                condition=models.Q(("verified_at__isnull", False)),
                                fields=["tenant", "verified_at"],
                                name="recovery_by_verified",
                            ),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="recovery_newest"
                            ),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["approved", "applied", "rejected", "rolled_back"],
                                    )
                                ),
                                fields=["tenant", "status", "-created_at", "-id"],
                                name="recovery_decided",
                            ),
                            models.Index(
                                condition=models.Q(("execution_status__isnull", False)),
                                fields=["tenant", "execution_status", "-created_at", "-id"],
                                name="recovery_by_execution",
                            ),
                            models.Index(
                                condition=models.Q(("verification__isnull", False)),
                                fields=["tenant", "verification", "-created_at", "-id"],
                                name="recovery_by_verification",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "pending",
                                            "approved",
                                            "applied",
                                            "rejected",
                                            "rolled_back",
                                        ],
                                    )
                                ),
                                name="recovery_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("suggestion_type__in", ["template", "generated", "none"])
                                ),
                                name="recovery_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confidence_band__in", ["strong_match", "weak_match", "novel"])
                                ),
                                name="recovery_band_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "execution_status__in",
                                        [
                                            "pending",
                                            "executing",
                                            "succeeded",
                                            "failed",
                                            "rolled_back",
                                            "skipped",
                                        ],
                                    )
                                ),
                                name="recovery_execution_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                                name="recovery_confidence_is_probability",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("status", "pending")),
                                    models.Q(
                                        models.Q(("status", "pending"), _negated=True),
                                        ("decided_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="recovery_decided_at_iff_decided",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "confirmations_received__lte",
                                        models.F("requires_confirmation"),
                                    )
                                ),
                                name="recovery_confirmations_within_required",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "id"), name="recovery_in_tenant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "verification__in",
                                        ["watching", "verified", "failed", "inconclusive"],
                                    )
                                ),
                                name="recovery_verification_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("verification__isnull", True),
                                        ("verify_until__isnull", True),
                                    ),
                                    models.Q(
                                        ("verification__isnull", False),
                                        ("verify_until__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="recovery_watched_until_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verification__isnull", True),
                                    ("status__in", ["applied", "rolled_back"]),
                                    _connector="OR",
                                ),
                                name="recovery_verified_once_applied",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatternCalibration",
                    fields=[
                        (
                            "pattern",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="calibration",
                                serialize=False,
                                to="loops.failurepattern",
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
                        ("total_matches", models.PositiveIntegerField(default=0)),
                        ("correct_matches", models.PositiveIntegerField(default=0)),
                        ("false_positives", models.PositiveIntegerField(default=0)),
                        ("false_negatives", models.PositiveIntegerField(default=0)),
                        ("empirical_strong_threshold", models.FloatField(default=0.85)),
                        ("empirical_weak_threshold", models.FloatField(default=0.6)),
                        ("is_calibrated", models.BooleanField(default=False)),
                        ("last_calibrated_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "pattern_calibrations",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total_matches",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("correct_matches"),
                                                "+",
                                                models.F("false_positives"),
                                            ),
                                            "+",
                                            models.F("false_negatives"),
                                        ),
                                    )
                                ),
                                name="calibration_counts_add_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("empirical_strong_threshold__gte", 0),
                                    ("empirical_strong_threshold__lte", 1),
                                ),
                                name="calibration_strong_is_probability",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("empirical_weak_threshold__gte", 0),
                                    ("empirical_weak_threshold__lte", 1),
                                ),
                                name="calibration_weak_is_probability",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalibrationOutcome",
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
                            "pattern",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outcomes",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "incident",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calibration_outcome",
                                to="loops.incident",
                            ),
                        ),
                        ("confidence", models.FloatField()),
                        ("was_correct", models.BooleanField()),
                        ("reason", models.CharField(help_text="What showed it", max_length=254)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "calibration_outcomes",
                        "indexes": [
                            models.Index(
                                fields=["pattern", "-at", "-id"], name="calibration_by_pattern"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                                name="calibration_confidence_is_probability",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatternMerge",
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
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merges_into",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "into",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merges_from",
                                to="loops.failurepattern",
                            ),
                        ),
                        ("incidents", models.PositiveIntegerField(help_text="How many came along")),
                        (
                            "moved",
                            models.JSONField(
                                help_text="What else came along or was given up, by table"
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "label",
                            models.CharField(help_text="The person as they acted", max_length=254),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "pattern_merges",
                        "indexes": [
                            models.Index(fields=["tenant", "-at", "-id"], name="merge_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("into")), _negated=True),
                                name="merge_is_of_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="merge_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatternAlias",
                    fields=[
                        (
                            "pattern",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="alias",
                                serialize=False,
                                to="loops.failurepattern",
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
                            "bucket",
                            models.CharField(
                                help_text="In which its incidents are looked up", max_length=32
                            ),
                        ),
                        (
                            "heir",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="aliases",
                                to="loops.failurepattern",
                            ),
                        ),
                        ("heir_bucket", models.CharField(max_length=32)),
                    ],
                    options={
                        "verbose_name_plural": "pattern aliases",
                        "db_table": "pattern_aliases",
                        "indexes": [
                            models.Index(fields=["tenant", "bucket"], name="alias_by_bucket")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("pattern", models.F("heir")), _negated=True),
                                name="alias_leads_elsewhere",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CannotLink",
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
                            "left",
                            models.ForeignKey(
                                db_constraint=False,
                                help_text="The one with the smaller id",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "right",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.failurepattern",
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "label",
                            models.CharField(help_text="The person as they acted", max_length=254),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        ("lifted_by", models.CharField(blank=True, default="", max_length=254)),
                        ("lifted_reason", models.TextField(blank=True, default="")),
                    ],
                    options={
                        "db_table": "pattern_cannot_links",
                        "indexes": [
                            models.Index(fields=["tenant", "-at", "-id"], name="apart_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("left__lt", models.F("right"))),
                                name="apart_pair_is_ordered",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="apart_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lifted_at__isnull", True), ("lifted_by", "")),
                                    models.Q(
                                        ("lifted_at__isnull", False),
                                        models.Q(("lifted_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="apart_lifted_by_somebody",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=("left", "right"),
                                name="apart_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditExpectation",
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
                                related_name="expectations",
                                to="loops.auditrun",
                            ),
                        ),
                        (
                            "domain",
                            models.CharField(
                                choices=[
                                    ("incidents", "Incidents"),
                                    ("policies", "Policies"),
                                    ("logs", "Logs"),
                                    ("orchestrator", "Orchestrator"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("create_incident", "Create incident"),
                                    ("evaluate_policy", "Evaluate policy"),
                                    ("start_trace", "Start trace"),
                                    ("complete_trace", "Complete trace"),
                                    ("finalize_run", "Finalize run"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "Pending"),
                                    ("ACKED", "Acked"),
                                    ("MISSING", "Missing"),
                                    ("FAILED", "Failed"),
                                ],
                                db_default="PENDING",
                                default=loops.domain.states.audit.AuditStatus["PENDING"],
                                max_length=16,
                            ),
                        ),
                        ("deadline_ms", models.PositiveIntegerField()),
                        (
                            "due_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Empty while the run waits for a person",
                                null=True,
                            ),
                        ),
                        ("acked_at", models.DateTimeField(blank=True, null=True)),
                        ("metadata", models.JSONField(blank=True, db_default={}, default=dict)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "audit_expectations",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "domain__in",
                                        ["incidents", "policies", "logs", "orchestrator"],
                                    )
                                ),
                                name="expectation_domain_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "action__in",
                                        [
                                            "create_incident",
                                            "evaluate_policy",
                                            "start_trace",
                                            "complete_trace",
                                            "finalize_run",
                                        ],
                                    )
                                ),
                                name="expectation_action_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["PENDING", "ACKED", "MISSING", "FAILED"])
                                ),
                                name="expectation_status_known",
                            ),
                            models.UniqueConstraint(
                                fields=("run", "domain", "action"), name="expectation_once_per_run"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "ACKED"), _negated=True),
                                    ("acked_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="expectation_acked_says_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditAck",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acks",
                                to="loops.auditrun",
                            ),
                        ),
                        (
                            "domain",
                            models.CharField(
                                choices=[
                                    ("incidents", "Incidents"),
                                    ("policies", "Policies"),
                                    ("logs", "Logs"),
                                    ("orchestrator", "Orchestrator"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("create_incident", "Create incident"),
                                    ("evaluate_policy", "Evaluate policy"),
                                    ("start_trace", "Start trace"),
                                    ("complete_trace", "Complete trace"),
                                    ("finalize_run", "Finalize run"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("SUCCESS", "Success"),
                                    ("FAILED", "Failed"),
                                    ("ROLLED_BACK", "Rolled back"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("result_id", models.CharField(blank=True, max_length=100, null=True)),
                        ("error", models.TextField(blank=True, null=True)),
                        ("rolled_back", models.BooleanField(db_default=False, default=False)),
                        ("rollback_reason", models.TextField(blank=True, null=True)),
                        ("metadata", models.JSONField(blank=True, db_default={}, default=dict)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "audit_acks",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "domain__in",
                                        ["incidents", "policies", "logs", "orchestrator"],
                                    )
                                ),
                                name="ack_domain_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "action__in",
                                        [
                                            "create_incident",
                                            "evaluate_policy",
                                            "start_trace",
                                            "complete_trace",
                                            "finalize_run",
                                        ],
                                    )
                                ),
                                name="ack_action_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["SUCCESS", "FAILED", "ROLLED_BACK"])
                                ),
                                name="ack_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("rollback_reason__isnull", True), ("rolled_back", False)
                                    ),
                                    models.Q(
                                        ("rollback_reason__isnull", False), ("rolled_back", True)
                                    ),
                                    _connector="OR",
                                ),
                                name="ack_rolled_back_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditAlert",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="loops.auditrun",
                            ),
                        ),
                        ("alert_type", models.CharField(max_length=32)),
                        ("severity", models.CharField(max_length=16)),
                        ("key", models.CharField(blank=True, default="", max_length=64)),
                        ("sentence", models.TextField()),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "audit_alerts",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="audit_alert_newest"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "alert_type", "key"), name="audit_alert_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HumanCheckpoint",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_checkpoint_id,
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
                                related_name="checkpoints",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "trace",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkpoints",
                                to="loops.looptrace",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkpoints",
                                to="loops.loopevent",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkpoints",
                                to="loops.incident",
                            ),
                        ),
                        (
                            "checkpoint_type",
                            models.CharField(
                                choices=[
                                    ("approve_policy", "Approve policy"),
                                    ("approve_recovery", "Approve recovery"),
                                    ("simulate_routing", "Simulate routing"),
                                    ("revert_loop", "Revert loop"),
                                    ("override_guardrail", "Override guardrail"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("incident_created", "Incident created"),
                                    ("pattern_matched", "Pattern matched"),
                                    ("recovery_suggested", "Recovery suggested"),
                                    ("policy_generated", "Policy generated"),
                                    ("routing_adjusted", "Routing adjusted"),
                                    ("loop_complete", "Loop complete"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("target_id", models.CharField(max_length=64)),
                        ("description", models.TextField()),
                        ("options", models.JSONField(default=list)),
                        ("confidence", models.FloatField(blank=True, null=True)),
                        (
                            "confidence_band",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("strong_match", "Strong"),
                                    ("weak_match", "Weak"),
                                    ("novel", "Novel"),
                                ],
                                max_length=32,
                                null=True,
                            ),
                        ),
                        ("approvers_required", models.PositiveSmallIntegerField(default=1)),
                        (
                            "is_blind",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Whether nobody sees another's answer before they gave their own",
                            ),
                        ),
                        (
                            "contract",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="What a decision is about, as it was when raised",
                            ),
                        ),
                        ("contract_digest", models.CharField(max_length=64)),
                        (
                            "priority",
                            models.CharField(
                                choices=[
                                    ("critical", "Critical"),
                                    ("high", "High"),
                                    ("normal", "Normal"),
                                    ("low", "Low"),
                                    ("advisory", "Advisory"),
                                ],
                                default=loops.domain.states.checkpoints.CheckpointPriority[
                                    "NORMAL"
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "risk",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "Low"), (2, "Medium"), (3, "High")],
                                db_default=loops.domain.states.reviewing.Risk["HIGH"],
                                default=loops.domain.states.reviewing.Risk["HIGH"],
                                help_text="What a wrong yes could do (RISK_V1)",
                            ),
                        ),
                        (
                            "waiting_cost",
                            models.PositiveSmallIntegerField(
                                db_default=1,
                                default=1,
                                help_text="Points per hour of waiting (WAITING_COST_V1)",
                            ),
                        ),
                        ("is_blocking", models.BooleanField(default=True)),
                        (
                            "holds_loop",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="Whether its loop waits for the answer; a policy's checkpoint holds none",
                            ),
                        ),
                        (
                            "escalated_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When it had waited longer than its priority allows",
                                null=True,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("deferred_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "claimed_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkpoints_claimed",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "claimed_until",
                            models.DateTimeField(
                                blank=True, help_text="When the claim lapses by itself", null=True
                            ),
                        ),
                        (
                            "silence",
                            models.CharField(
                                choices=[
                                    ("wait", "Wait"),
                                    ("lapse", "Lapse"),
                                    ("escalate", "Escalate"),
                                ],
                                db_default=loops.domain.states.checkpoints.Silence["ESCALATE"],
                                default=loops.domain.states.checkpoints.Silence["ESCALATE"],
                                help_text="What it means that nobody answers; never yes",
                                max_length=16,
                            ),
                        ),
                        (
                            "reminded_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When its people were told that it is due soon",
                                null=True,
                            ),
                        ),
                        (
                            "lapse_reminded_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When its people were told that it lapses soon",
                                null=True,
                            ),
                        ),
                        ("auto_dismissed", models.BooleanField(default=False)),
                        ("resolved_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "resolved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checkpoints_resolved",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "resolution",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("approve", "Approve"),
                                    ("reject", "Reject"),
                                    ("modify", "Modify"),
                                    ("apply", "Apply"),
                                    ("defer", "Defer"),
                                    ("cancel", "Cancel"),
                                    ("confirm_revert", "Confirm revert"),
                                    ("override", "Override"),
                                    ("respect", "Respect"),
                                    ("expired", "Expired"),
                                ],
                                max_length=32,
                                null=True,
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        (
                            "words",
                            django.contrib.postgres.search.SearchVectorField(
                                db_default="",
                                default="",
                                editable=False,
                                help_text="What finds it (SEARCH_V1)",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "human_checkpoints",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["tenant", "created_at", "id"],
                                name="checkpoint_queue",
                            ),
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["tenant", "priority", "created_at", "id"],
                                name="checkpoint_queue_by_priority",
                            ),
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["tenant", "-risk", "created_at", "id"],
                                name="checkpoint_queue_by_risk",
                            ),
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["tenant", "-waiting_cost", "created_at", "id"],
                                name="checkpoint_queue_by_cost",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("checkpoint_type", "approve_policy"),
                                    ("resolved_at__isnull", True),
                                ),
                                fields=["tenant", "target_id"],
                                name="checkpoint_of_policy",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("claimed_by__isnull", False), ("resolved_at__isnull", True)
                                ),
                                fields=["tenant", "claimed_by", "id"],
                                name="checkpoint_claims",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("expires_at__isnull", False), ("resolved_at__isnull", True)
                                ),
                                fields=["expires_at", "id"],
                                name="checkpoint_expiring",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("escalated_at__isnull", True), ("resolved_at__isnull", True)
                                ),
                                fields=["priority", "created_at", "id"],
                                name="checkpoint_to_escalate",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("priority__in", ["high", "normal"]),
                                    ("reminded_at__isnull", True),
                                    ("resolved_at__isnull", True),
                                ),
                                fields=["priority", "created_at", "id"],
                                name="checkpoint_to_remind",
                            ),
                            models.Index(
                                condition=models.Q(("resolved_at__isnull", False)),
                                fields=["tenant", "-resolved_at", "-id"],
                                name="checkpoint_decided",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=["words"],
                                name="checkpoint_words_pending",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                condition=models.Q(("resolved_at__isnull", False)),
                                fields=["words"],
                                name="checkpoint_words_decided",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "checkpoint_type__in",
                                        [
                                            "approve_policy",
                                            "approve_recovery",
                                            "simulate_routing",
                                            "revert_loop",
                                            "override_guardrail",
                                        ],
                                    )
                                ),
                                name="checkpoint_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "stage__in",
                                        [
                                            "incident_created",
                                            "pattern_matched",
                                            "recovery_suggested",
                                            "policy_generated",
                                            "routing_adjusted",
                                            "loop_complete",
                                        ],
                                    )
                                ),
                                name="checkpoint_stage_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "priority__in",
                                        ["critical", "high", "normal", "low", "advisory"],
                                    )
                                ),
                                name="checkpoint_priority_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "resolution__in",
                                        [
                                            "approve",
                                            "reject",
                                            "modify",
                                            "apply",
                                            "defer",
                                            "cancel",
                                            "confirm_revert",
                                            "override",
                                            "respect",
                                            "expired",
                                        ],
                                    )
                                ),
                                name="checkpoint_resolution_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confidence_band__in", ["strong_match", "weak_match", "novel"])
                                ),
                                name="checkpoint_band_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("resolution__isnull", True), ("resolved_at__isnull", True)
                                    ),
                                    models.Q(
                                        ("resolution__isnull", False),
                                        ("resolved_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="checkpoint_resolved_at_iff_resolution",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("resolved_by__isnull", True),
                                    ("resolved_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="checkpoint_resolver_iff_resolved",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("resolution", "expired"), _negated=True),
                                    ("auto_dismissed", True),
                                    _connector="OR",
                                ),
                                name="checkpoint_only_silence_expires",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("auto_dismissed", False),
                                    ("resolved_by__isnull", True),
                                    _connector="OR",
                                ),
                                name="checkpoint_dismissed_by_nobody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("silence__in", ["wait", "lapse", "escalate"])),
                                name="checkpoint_silence_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("silence", "lapse"), _negated=True),
                                    models.Q(
                                        (
                                            "checkpoint_type__in",
                                            ["approve_policy", "override_guardrail", "revert_loop"],
                                        ),
                                        _negated=True,
                                    ),
                                    _connector="OR",
                                ),
                                name="checkpoint_mandatory_never_lapses",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("risk__in", [1, 2, 3])),
                                name="checkpoint_risk_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_blind", False),
                                    ("approvers_required__gte", 2),
                                    _connector="OR",
                                ),
                                name="checkpoint_blind_asks_several",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("claimed_by__isnull", True),
                                        ("claimed_until__isnull", True),
                                    ),
                                    models.Q(
                                        ("claimed_by__isnull", False),
                                        ("claimed_until__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="checkpoint_claim_lapses",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("resolved_at__isnull", True)),
                                fields=("trace", "stage", "checkpoint_type", "target_id"),
                                name="checkpoint_asked_once_while_pending",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryConfirmation",
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
                            "recovery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to="loops.recoverycandidate",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recovery_confirmations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "recovery_confirmations",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("recovery", "reviewer"),
                                name="confirmation_once_per_reviewer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryAudit",
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
                            "candidate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="audit",
                                to="loops.recoverycandidate",
                            ),
                        ),
                        ("action", models.CharField(max_length=32)),
                        ("actor", models.CharField(max_length=150)),
                        ("old_decision", models.CharField(max_length=16)),
                        ("new_decision", models.CharField(max_length=16)),
                        ("note", models.TextField(blank=True, default="")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "recovery_candidates_audit",
                    },
                ),
                migrations.CreateModel(
                    name="PolicyRule",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_policy_id,
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
                                related_name="policies",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=255)),
                        ("description", models.TextField(blank=True, default="")),
                        (
                            "rule_type",
                            models.CharField(
                                choices=[
                                    ("safety", "Safety"),
                                    ("privacy", "Privacy"),
                                    ("operational", "Operational"),
                                    ("routing", "Routing"),
                                    ("custom", "Custom"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("conditions", models.JSONField(blank=True, default=dict)),
                        ("actions", models.JSONField(blank=True, default=dict)),
                        ("priority", models.IntegerField(default=0)),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("shadow", "Shadow"),
                                    ("pending", "Pending"),
                                    ("active", "Active"),
                                    ("disabled", "Disabled"),
                                ],
                                db_default="shadow",
                                default=loops.domain.states.policies.PolicyMode["SHADOW"],
                                max_length=32,
                            ),
                        ),
                        (
                            "mode_since",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                default=django.utils.timezone.now,
                            ),
                        ),
                        (
                            "revision",
                            models.PositiveIntegerField(
                                db_default=1,
                                default=1,
                                help_text="Raised by every edit; confirmations are of a revision",
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(
                                db_default=1, default=1, help_text="Optimistic lock"
                            ),
                        ),
                        (
                            "is_active",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(mode="active", then=models.Value(True)),
                                    default=models.Value(False),
                                ),
                                output_field=models.BooleanField(),
                            ),
                        ),
                        (
                            "scope_type",
                            models.CharField(
                                choices=[
                                    ("tenant", "Tenant"),
                                    ("agent", "Agent"),
                                    ("global", "Global"),
                                ],
                                default=loops.domain.states.policies.PolicyScope["TENANT"],
                                max_length=16,
                            ),
                        ),
                        ("scope_id", models.CharField(max_length=255)),
                        (
                            "source_type",
                            models.CharField(
                                choices=[
                                    ("manual", "Manual"),
                                    ("recovery", "Recovery"),
                                    ("pattern", "Pattern"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "source_pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="policies",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "source_recovery",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="policies",
                                to="loops.recoverycandidate",
                            ),
                        ),
                        (
                            "source_incident",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="policies",
                                to="loops.incident",
                            ),
                        ),
                        ("generation_confidence", models.FloatField()),
                        ("confidence_version", models.CharField(max_length=32)),
                        ("confirmations_required", models.PositiveSmallIntegerField(default=3)),
                        ("confirmations_received", models.PositiveSmallIntegerField(default=0)),
                        ("regret_count", models.PositiveIntegerField(default=0)),
                        ("shadow_evaluations", models.PositiveBigIntegerField(default=0)),
                        ("shadow_would_block", models.PositiveBigIntegerField(default=0)),
                        ("activated_at", models.DateTimeField(blank=True, null=True)),
                        ("prevention_count", models.PositiveBigIntegerField(default=0)),
                        ("last_prevention_at", models.DateTimeField(blank=True, null=True)),
                        ("is_synthetic", models.BooleanField(default=False)),
                        (
                            "synthetic_scenario_id",
                            models.CharField(blank=True, max_length=64, null=True),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "policy_rules",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "mode", "-created_at", "-id"],
                                name="policy_by_mode",
                            ),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="policy_newest"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mode__in", ["shadow", "pending", "active", "disabled"])
                                ),
                                name="policy_mode_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "rule_type__in",
                                        ["safety", "privacy", "operational", "routing", "custom"],
                                    )
                                ),
                                name="policy_category_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("scope_type__in", ["tenant", "agent", "global"])
                                ),
                                name="policy_scope_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("source_type__in", ["manual", "recovery", "pattern"])
                                ),
                                name="policy_source_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("mode__in", ["active", "pending", "shadow"])),
                                fields=("tenant", "source_pattern"),
                                name="policy_one_live_per_pattern",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("generation_confidence__gte", 0),
                                    ("generation_confidence__lte", 1),
                                ),
                                name="policy_confidence_is_probability",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("shadow_would_block__lte", models.F("shadow_evaluations"))
                                ),
                                name="policy_would_block_within_evaluations",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("mode", "active"), _negated=True),
                                    ("activated_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="policy_active_says_since_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("scope_id", ""), _negated=True),
                                name="policy_scope_names_its_subject",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "id"), name="policy_in_tenant"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryExecution",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_execution_id,
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
                                related_name="executions",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "recovery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="executions",
                                to="loops.recoverycandidate",
                            ),
                        ),
                        (
                            "action",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.suggestionaction",
                            ),
                        ),
                        (
                            "scope",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="executions",
                                to="loops.boundscope",
                            ),
                        ),
                        (
                            "executor",
                            models.CharField(
                                choices=[("record_only", "Record only"), ("webhook", "Webhook")],
                                max_length=16,
                            ),
                        ),
                        (
                            "idempotency_key",
                            models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("executing", "Executing"),
                                    ("succeeded", "Succeeded"),
                                    ("failed", "Failed"),
                                    ("rolled_back", "Rolled back"),
                                    ("skipped", "Skipped"),
                                ],
                                default=loops.domain.states.recoveries.ExecutionStatus["PENDING"],
                                max_length=16,
                            ),
                        ),
                        ("is_dry_run", models.BooleanField(default=False)),
                        (
                            "request",
                            models.JSONField(
                                blank=True, default=dict, help_text="What is, or was, sent"
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("max_attempts", models.PositiveSmallIntegerField(default=5)),
                        ("cost", models.DecimalField(decimal_places=2, default=0, max_digits=9)),
                        ("result", models.JSONField(blank=True, null=True)),
                        ("error", models.TextField(blank=True, default="")),
                        ("requested_by", models.CharField(default="system", max_length=254)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "next_attempt_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a worker should try; empty: it rests",
                                null=True,
                            ),
                        ),
                        (
                            "lease_until",
                            models.DateTimeField(
                                blank=True,
                                help_text="Until when the worker that tries it has leave to",
                                null=True,
                            ),
                        ),
                        ("ticket", models.CharField(blank=True, default="", max_length=32)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "recovery_executions",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_attempt_at__isnull", False)),
                                fields=["next_attempt_at", "id"],
                                name="execution_due",
                            ),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="execution_newest"
                            ),
                            models.Index(
                                condition=models.Q(("ticket", ""), _negated=True),
                                fields=["tenant", "id"],
                                name="execution_in_flight",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("executor__in", ["record_only", "webhook"])),
                                name="execution_executor_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "pending",
                                            "executing",
                                            "succeeded",
                                            "failed",
                                            "rolled_back",
                                            "skipped",
                                        ],
                                    )
                                ),
                                name="execution_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("finished_at__isnull", True),
                                        ("status__in", ["pending", "executing"]),
                                    ),
                                    models.Q(
                                        ("finished_at__isnull", False),
                                        ("next_attempt_at__isnull", True),
                                        (
                                            "status__in",
                                            ["succeeded", "failed", "skipped", "rolled_back"],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="execution_finished_at_iff_finished",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attempts__lte", models.F("max_attempts"))),
                                name="execution_attempts_within",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_dry_run", False), ("scope__isnull", True)),
                                fields=("recovery",),
                                name="execution_once_per_recovery",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryProvenance",
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
                            "recovery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="provenance",
                                to="loops.recoverycandidate",
                            ),
                        ),
                        (
                            "event_type",
                            models.CharField(
                                choices=[
                                    ("created", "Created"),
                                    ("input_added", "Input added"),
                                    ("rule_evaluated", "Rule evaluated"),
                                    ("action_selected", "Action selected"),
                                    ("confidence_updated", "Confidence updated"),
                                    ("approved", "Approved"),
                                    ("rejected", "Rejected"),
                                    ("executed", "Executed"),
                                    ("success", "Success"),
                                    ("failure", "Failure"),
                                    ("rolled_back", "Rolled back"),
                                    ("manual_override", "Manual override"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("details", models.JSONField(blank=True, default=dict)),
                        ("rule_id", models.CharField(blank=True, max_length=64, null=True)),
                        (
                            "action",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.suggestionaction",
                            ),
                        ),
                        ("confidence_before", models.FloatField(blank=True, null=True)),
                        ("confidence_after", models.FloatField(blank=True, null=True)),
                        ("actor", models.CharField(default="system", max_length=254)),
                        (
                            "actor_type",
                            models.CharField(
                                choices=[
                                    ("system", "System"),
                                    ("human", "Human"),
                                    ("agent", "Agent"),
                                ],
                                default=loops.domain.states.recoveries.ProvenanceActor["SYSTEM"],
                                max_length=16,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "suggestion_provenance",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "event_type__in",
                                        [
                                            "created",
                                            "input_added",
                                            "rule_evaluated",
                                            "action_selected",
                                            "confidence_updated",
                                            "approved",
                                            "rejected",
                                            "executed",
                                            "success",
                                            "failure",
                                            "rolled_back",
                                            "manual_override",
                                        ],
                                    )
                                ),
                                name="provenance_event_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("actor_type__in", ["system", "human", "agent"])
                                ),
                                name="provenance_actor_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatternSplit",
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
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="splits_from",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "into",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="splits_into",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "undoes",
                            models.OneToOneField(
                                blank=True,
                                help_text="The merge that this took back, if it was one",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="loops.patternmerge",
                            ),
                        ),
                        ("incidents", models.PositiveIntegerField(help_text="How many went along")),
                        ("moved", models.JSONField(help_text="What else went along, by table")),
                        ("reason", models.TextField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "label",
                            models.CharField(help_text="The person as they acted", max_length=254),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "pattern_splits",
                        "indexes": [
                            models.Index(fields=["tenant", "-at", "-id"], name="split_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("into")), _negated=True),
                                name="split_makes_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="split_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkItem",
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
                                related_name="items",
                                to="loops.bulkrun",
                            ),
                        ),
                        (
                            "checkpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bulk_items",
                                to="loops.humancheckpoint",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "contract_digest",
                            models.CharField(
                                help_text="Of what the person was shown", max_length=64
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("done", "Done"),
                                    ("skipped", "Skipped"),
                                ],
                                default=loops.domain.states.reviewing.ItemState["WAITING"],
                                max_length=16,
                            ),
                        ),
                        (
                            "told",
                            models.TextField(
                                blank=True, default="", help_text="What came of it, in a sentence"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "bulk_items",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["run", "position"],
                                name="bulk_item_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "done", "skipped"])),
                                name="bulk_item_state_known",
                            ),
                            models.UniqueConstraint(
                                fields=("run", "position"), name="bulk_item_in_order"
                            ),
                            models.UniqueConstraint(
                                fields=("run", "checkpoint"), name="bulk_item_once_per_run"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "skipped"), _negated=True),
                                    models.Q(("told", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="bulk_item_skipped_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckpointDecision",
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
                            "checkpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="loops.humancheckpoint",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "option",
                            models.CharField(
                                choices=[
                                    ("approve", "Approve"),
                                    ("reject", "Reject"),
                                    ("modify", "Modify"),
                                    ("apply", "Apply"),
                                    ("defer", "Defer"),
                                    ("cancel", "Cancel"),
                                    ("confirm_revert", "Confirm revert"),
                                    ("override", "Override"),
                                    ("respect", "Respect"),
                                    ("expired", "Expired"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "is_final",
                            models.BooleanField(
                                help_text="Whether this answer resolved the checkpoint"
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        (
                            "reason_code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("wrong_pattern", "Wrong pattern"),
                                    ("wrong_action", "Wrong action"),
                                    ("too_broad", "Too broad"),
                                    ("unsafe", "Unsafe"),
                                    ("stale", "Stale"),
                                    ("other", "Other"),
                                ],
                                db_default="",
                                default="",
                                max_length=16,
                            ),
                        ),
                        (
                            "on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who delegated this, if the person answered in another's place",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("door", models.CharField(max_length=16)),
                        ("contract_digest", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "checkpoint_decisions",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "person", "-id"], name="decision_by_person"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "option__in",
                                        [
                                            "approve",
                                            "reject",
                                            "modify",
                                            "apply",
                                            "defer",
                                            "cancel",
                                            "confirm_revert",
                                            "override",
                                            "respect",
                                            "expired",
                                        ],
                                    )
                                ),
                                name="decision_option_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reason_code", ""),
                                    (
                                        "reason_code__in",
                                        [
                                            "wrong_pattern",
                                            "wrong_action",
                                            "too_broad",
                                            "unsafe",
                                            "stale",
                                            "other",
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="decision_reason_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_final", True)),
                                fields=("checkpoint",),
                                name="decision_final_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Happening",
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
                            "event",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("reminded", "Reminded"),
                                    ("escalated", "Escalated"),
                                    ("decided", "Decided"),
                                    ("lapsed", "Lapsed"),
                                    ("mentioned", "Mentioned"),
                                    ("delegated", "Delegated"),
                                    ("held_refused", "Held refused"),
                                    ("policy_shadowed", "Policy shadowed"),
                                    ("vote_dropped", "Vote dropped"),
                                    ("routing_rolled_back", "Routing rolled back"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                help_text="Of what it tells, so that it is told once",
                                max_length=128,
                            ),
                        ),
                        (
                            "checkpoint",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="happenings",
                                to="loops.humancheckpoint",
                            ),
                        ),
                        (
                            "subject_id",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of the policy or routing change",
                                max_length=64,
                            ),
                        ),
                        ("sentence", models.TextField()),
                        ("details", models.JSONField(blank=True, default=dict)),
                        (
                            "named",
                            models.JSONField(
                                blank=True, default=list, help_text="The people it is meant for"
                            ),
                        ),
                        (
                            "risk",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                choices=[(1, "Low"), (2, "Medium"), (3, "High")],
                                null=True,
                            ),
                        ),
                        ("is_urgent", models.BooleanField(default=False)),
                        ("at", models.DateTimeField()),
                        ("told_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "happenings",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("told_at__isnull", True)),
                                fields=["id"],
                                name="happening_untold",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "event__in",
                                        [
                                            "asked",
                                            "reminded",
                                            "escalated",
                                            "decided",
                                            "lapsed",
                                            "mentioned",
                                            "delegated",
                                            "held_refused",
                                            "policy_shadowed",
                                            "vote_dropped",
                                            "routing_rolled_back",
                                        ],
                                    )
                                ),
                                name="happening_event_known",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "key"), name="happening_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyActivationAudit",
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
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="activation_audit",
                                to="loops.policyrule",
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
                        ("source_pattern_id", models.CharField(max_length=64)),
                        (
                            "source_recovery_id",
                            models.CharField(blank=True, max_length=64, null=True),
                        ),
                        ("confidence_at_activation", models.FloatField()),
                        ("confidence_version", models.CharField(max_length=32)),
                        (
                            "approval_path",
                            models.CharField(
                                help_text="auto, threshold or human:<id>", max_length=128
                            ),
                        ),
                        ("old_mode", models.CharField(blank=True, max_length=32, null=True)),
                        (
                            "new_mode",
                            models.CharField(
                                choices=[
                                    ("shadow", "Shadow"),
                                    ("pending", "Pending"),
                                    ("active", "Active"),
                                    ("disabled", "Disabled"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("loop_trace_id", models.CharField(blank=True, max_length=64, null=True)),
                        ("note", models.TextField(blank=True, default="")),
                        ("activated_at", models.DateTimeField()),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "policy_activation_audit",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "activated_at"], name="activation_by_time"
                            ),
                            models.Index(
                                fields=["source_pattern_id"], name="activation_by_pattern"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("new_mode__in", ["shadow", "pending", "active", "disabled"])
                                ),
                                name="activation_mode_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyEvaluation",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_evaluation_id,
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
                                related_name="evaluations",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "features",
                            models.JSONField(help_text="The request as it was judged, normalised"),
                        ),
                        ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                        ("agent_id", models.CharField(blank=True, max_length=255, null=True)),
                        ("run_id", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "pattern",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.failurepattern",
                            ),
                        ),
                        ("match_confidence", models.FloatField(blank=True, null=True)),
                        (
                            "decision",
                            models.CharField(
                                choices=[
                                    ("allow", "Allow"),
                                    ("warn", "Warn"),
                                    ("rate_limit", "Rate limit"),
                                    ("escalate", "Escalate"),
                                    ("route_away", "Route away"),
                                    ("block", "Block"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                help_text="The active policy that decided; null: none did",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evaluations",
                                to="loops.policyrule",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "matched",
                            models.JSONField(
                                default=list,
                                help_text="Every live policy that matched: {policy_id, revision, mode, action, excepted}",
                            ),
                        ),
                        (
                            "book_version",
                            models.PositiveBigIntegerField(
                                help_text="The last change of the policies it was judged by"
                            ),
                        ),
                        (
                            "label",
                            models.CharField(
                                choices=[("unknown", "Unknown"), ("good", "Good"), ("bad", "Bad")],
                                db_default="unknown",
                                default=loops.domain.states.policies.TrafficLabel["UNKNOWN"],
                                max_length=16,
                            ),
                        ),
                        (
                            "label_source",
                            models.CharField(blank=True, db_default="", default="", max_length=254),
                        ),
                        ("labelled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "is_counted",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Whether the tallies hold it already",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "policy_evaluations",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="evaluation_newest"
                            ),
                            models.Index(
                                condition=models.Q(("policy__isnull", False)),
                                fields=["policy", "-created_at", "-id"],
                                name="evaluation_by_policy",
                            ),
                            models.Index(
                                condition=models.Q(("is_counted", False)),
                                fields=["created_at"],
                                name="evaluation_to_count",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "decision__in",
                                        [
                                            "allow",
                                            "warn",
                                            "rate_limit",
                                            "escalate",
                                            "route_away",
                                            "block",
                                        ],
                                    )
                                ),
                                name="evaluation_decision_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("label__in", ["unknown", "good", "bad"])),
                                name="evaluation_label_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("match_confidence__gte", 0), ("match_confidence__lte", 1)
                                ),
                                name="evaluation_match_is_probability",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decision", "allow"), ("policy__isnull", True)),
                                    models.Q(
                                        models.Q(("decision", "allow"), _negated=True),
                                        ("policy__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="evaluation_decided_by_a_policy",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("external_id__isnull", False)),
                                fields=("tenant", "external_id"),
                                name="evaluation_once_per_external_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyTally",
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
                            "policy",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tallies",
                                to="loops.policyrule",
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("shadow", "Shadow"),
                                    ("pending", "Pending"),
                                    ("active", "Active"),
                                    ("disabled", "Disabled"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("evaluations", models.PositiveBigIntegerField(default=0)),
                        (
                            "matched",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Would have acted, or did"
                            ),
                        ),
                        (
                            "decided",
                            models.PositiveBigIntegerField(
                                default=0, help_text="It was the one that decided"
                            ),
                        ),
                        (
                            "excepted",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Let through by an exception"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "policy tallies",
                        "db_table": "policy_tallies",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mode__in", ["shadow", "pending", "active", "disabled"])
                                ),
                                name="tally_mode_known",
                            ),
                            models.UniqueConstraint(
                                fields=("policy", "day", "mode"), name="tally_once_per_day"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyConfirmation",
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
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to="loops.policyrule",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField()),
                        (
                            "reviewer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="policy_confirmations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "policy_confirmations",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("policy", "revision", "reviewer"),
                                name="policy_confirmation_once_per_reviewer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyVersion",
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
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="loops.policyrule",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=255)),
                        ("conditions", models.JSONField()),
                        ("actions", models.JSONField()),
                        ("scope_type", models.CharField(max_length=16)),
                        ("scope_id", models.CharField(max_length=255)),
                        ("changed_by", models.CharField(max_length=254)),
                        (
                            "author",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who wrote this revision, and so may not confirm it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "policy_versions",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("policy", "revision"), name="policy_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyException",
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
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exceptions",
                                to="loops.policyrule",
                            ),
                        ),
                        (
                            "conditions",
                            models.JSONField(
                                help_text="Which requests, in the language of policies"
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Taken back before its time", null=True
                            ),
                        ),
                        (
                            "ended_by",
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
                        "db_table": "policy_exceptions",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="policy_exception_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="policy_exception_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True), ("ended_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False), ("ended_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="policy_exception_end_is_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyPromise",
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
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promises",
                                to="loops.policyrule",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField()),
                        ("window_days", models.PositiveSmallIntegerField()),
                        (
                            "evaluations",
                            models.PositiveBigIntegerField(
                                help_text="How many requests were replayed"
                            ),
                        ),
                        (
                            "expected_rate",
                            models.FloatField(
                                help_text="Share it would act on; null: no data", null=True
                            ),
                        ),
                        (
                            "low",
                            models.FloatField(
                                help_text="Lower bound of the 95% Wilson interval", null=True
                            ),
                        ),
                        (
                            "high",
                            models.FloatField(
                                help_text="Upper bound of the 95% Wilson interval", null=True
                            ),
                        ),
                        (
                            "results",
                            models.JSONField(
                                default=dict, help_text="The backtest's counts, as shown then"
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "policy_promises",
                        "indexes": [
                            models.Index(fields=["policy", "-made_at"], name="promise_latest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expected_rate__gte", 0), ("expected_rate__lte", 1)
                                ),
                                name="promise_rate_is_share",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("expected_rate__isnull", True),
                                        ("high__isnull", True),
                                        ("low__isnull", True),
                                    ),
                                    models.Q(
                                        ("high__gte", models.F("expected_rate")),
                                        ("low__lte", models.F("expected_rate")),
                                    ),
                                    _connector="OR",
                                ),
                                name="promise_interval_holds_its_rate",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyRegretSummary",
                    fields=[
                        (
                            "policy",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="regret_summary",
                                serialize=False,
                                to="loops.policyrule",
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
                            "regret_score",
                            models.DecimalField(decimal_places=4, default=0, max_digits=9),
                        ),
                        (
                            "regret_event_count",
                            models.PositiveIntegerField(
                                default=0, help_text="Since it was activated last"
                            ),
                        ),
                        ("demoted_at", models.DateTimeField(blank=True, null=True)),
                        ("demoted_reason", models.TextField(blank=True, default="")),
                        (
                            "decayed_on",
                            models.DateField(
                                blank=True, help_text="Day (UTC) it last faded on", null=True
                            ),
                        ),
                        ("last_updated", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "verbose_name_plural": "policy regret summaries",
                        "db_table": "policy_regret_summary",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("regret_score__gte", 0)),
                                name="regret_score_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("demoted_at__isnull", True),
                                    models.Q(("demoted_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="regret_demotion_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HeldDecision",
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
                            "checkpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="loops.humancheckpoint",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="held_decisions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "label",
                            models.CharField(help_text="The person as they acted", max_length=254),
                        ),
                        (
                            "on_behalf_of",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who delegated this, if the person answered in another's place",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "option",
                            models.CharField(
                                choices=[
                                    ("approve", "Approve"),
                                    ("reject", "Reject"),
                                    ("modify", "Modify"),
                                    ("apply", "Apply"),
                                    ("defer", "Defer"),
                                    ("cancel", "Cancel"),
                                    ("confirm_revert", "Confirm revert"),
                                    ("override", "Override"),
                                    ("respect", "Respect"),
                                    ("expired", "Expired"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="")),
                        (
                            "reason_code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("wrong_pattern", "Wrong pattern"),
                                    ("wrong_action", "Wrong action"),
                                    ("too_broad", "Too broad"),
                                    ("unsafe", "Unsafe"),
                                    ("stale", "Stale"),
                                    ("other", "Other"),
                                ],
                                default="",
                                max_length=16,
                            ),
                        ),
                        ("door", models.CharField(max_length=16)),
                        (
                            "contract_digest",
                            models.CharField(
                                help_text="Of the page it was given on", max_length=64
                            ),
                        ),
                        (
                            "shown",
                            models.JSONField(
                                blank=True, default=dict, help_text="What that page showed"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("effect_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("held", "Held"),
                                    ("undone", "Undone"),
                                    ("carried_out", "Carried out"),
                                    ("refused", "Refused"),
                                ],
                                default=loops.domain.states.reviewing.HoldState["HELD"],
                                max_length=16,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "outcome",
                            models.TextField(
                                blank=True, default="", help_text="Why it was refused, if it was"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "held_decisions",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "held")),
                                fields=["effect_at", "id"],
                                name="hold_due",
                            ),
                            models.Index(
                                condition=models.Q(("state", "refused")),
                                fields=["ended_at"],
                                name="hold_refused",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "option__in",
                                        [
                                            "approve",
                                            "reject",
                                            "modify",
                                            "apply",
                                            "defer",
                                            "cancel",
                                            "confirm_revert",
                                            "override",
                                            "respect",
                                            "expired",
                                        ],
                                    )
                                ),
                                name="hold_option_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["held", "undone", "carried_out", "refused"])
                                ),
                                name="hold_state_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("effect_at__gt", models.F("at"))),
                                name="hold_lasts_a_while",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("state", "held")),
                                    models.Q(
                                        models.Q(("state", "held"), _negated=True),
                                        ("ended_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="hold_ended_iff_not_held",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "held")),
                                fields=("checkpoint",),
                                name="hold_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckpointComment",
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
                            "checkpoint",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="loops.humancheckpoint",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("text", models.TextField()),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "checkpoint_comments",
                        "indexes": [
                            models.Index(fields=["checkpoint", "at", "id"], name="comment_in_order")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="comment_says_something",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckpointSnooze",
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
                            "checkpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="snoozes",
                                to="loops.humancheckpoint",
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
                        ("at", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "checkpoint_snoozes",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("checkpoint", "person"), name="snooze_once_per_person"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("at"))),
                                name="snooze_ends_after_it_begins",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingAdjustment",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_adjustment_id,
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
                                related_name="adjustments",
                                to="m25console.tenant",
                            ),
                        ),
                        ("agent_id", models.CharField(max_length=255)),
                        ("capability", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "adjustment_type",
                            models.CharField(
                                choices=[
                                    ("confidence_penalty", "Confidence penalty"),
                                    ("route_block", "Route block"),
                                    ("escalation_add", "Escalation add"),
                                    ("weight_shift", "Weight shift"),
                                ],
                                max_length=32,
                            ),
                        ),
                        (
                            "magnitude",
                            models.DecimalField(
                                decimal_places=4,
                                help_text="Signed share of weight; at most max_delta either way",
                                max_digits=5,
                            ),
                        ),
                        ("reason", models.TextField(blank=True, default="")),
                        (
                            "source_policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="loops.policyrule",
                            ),
                        ),
                        (
                            "loop_trace",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="loops.looptrace",
                            ),
                        ),
                        (
                            "max_delta",
                            models.DecimalField(
                                decimal_places=4, default=Decimal("0.2"), max_digits=5
                            ),
                        ),
                        ("decay_days", models.PositiveSmallIntegerField(default=7)),
                        (
                            "rollback_threshold",
                            models.DecimalField(
                                decimal_places=4, default=Decimal("0.1"), max_digits=5
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("is_active", models.BooleanField(default=True)),
                        ("was_rolled_back", models.BooleanField(default=False)),
                        ("rollback_reason", models.TextField(blank=True, null=True)),
                        ("rolled_back_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "rolled_back_by",
                            models.CharField(blank=True, db_default="", default="", max_length=254),
                        ),
                        (
                            "kpi_baseline",
                            models.FloatField(
                                blank=True,
                                help_text="Success share in the day before; null: too few decisions",
                                null=True,
                            ),
                        ),
                        (
                            "kpi_baseline_decisions",
                            models.PositiveBigIntegerField(blank=True, null=True),
                        ),
                        (
                            "kpi_current",
                            models.FloatField(
                                blank=True,
                                help_text="Success share since; null: too few decisions",
                                null=True,
                            ),
                        ),
                        ("kpi_decisions", models.PositiveBigIntegerField(blank=True, null=True)),
                        ("kpi_checked_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "routing_policy_adjustments",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "agent_id", "is_active"],
                                name="adjustment_by_agent",
                            ),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="adjustment_newest"
                            ),
                            models.Index(
                                fields=[
                                    "tenant",
                                    "is_active",
                                    "was_rolled_back",
                                    "-created_at",
                                    "-id",
                                ],
                                name="adjustment_by_state",
                            ),
                            models.Index(
                                models.OrderBy(models.F("kpi_checked_at"), nulls_first=True),
                                models.F("id"),
                                condition=models.Q(("is_active", True)),
                                name="adjustment_to_check",
                            ),
                            models.Index(
                                condition=models.Q(("was_rolled_back", True)),
                                fields=["rolled_back_at"],
                                name="adjustment_rolled_back",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "adjustment_type__in",
                                        [
                                            "confidence_penalty",
                                            "route_block",
                                            "escalation_add",
                                            "weight_shift",
                                        ],
                                    )
                                ),
                                name="adjustment_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "max_delta__gte",
                                        django.db.models.functions.math.Abs(models.F("magnitude")),
                                    )
                                ),
                                name="adjustment_within_max_delta",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("was_rolled_back", False),
                                    models.Q(
                                        ("is_active", False), ("rollback_reason__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="adjustment_rolled_back_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rolled_back_at__isnull", True),
                                    ("was_rolled_back", True),
                                    _connector="OR",
                                ),
                                name="adjustment_rolled_back_at_once_it_was",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kpi_baseline__gte", 0), ("kpi_baseline__lte", 1)
                                ),
                                name="adjustment_baseline_is_share",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kpi_current__gte", 0), ("kpi_current__lte", 1)
                                ),
                                name="adjustment_kpi_is_share",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expires_at__isnull", True),
                                    ("expires_at__gt", models.F("created_at")),
                                    _connector="OR",
                                ),
                                name="adjustment_expires_after_it_begins",
                            ),
                            models.UniqueConstraint(
                                fields=("loop_trace", "agent_id"),
                                name="adjustment_once_per_loop_and_agent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notification",
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
                            "happening",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notifications",
                                to="loops.happening",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("read_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "notifications",
                        "indexes": [
                            models.Index(
                                fields=["person", "tenant", "-at", "-id"],
                                name="notification_newest",
                            ),
                            models.Index(
                                condition=models.Q(("read_at__isnull", True)),
                                fields=["person", "tenant", "-at", "-id"],
                                name="notification_unread",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("happening", "person"), name="notification_once_per_person"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeliveryItem",
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
                            "delivery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="loops.delivery",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="loops.notificationchannel",
                            ),
                        ),
                        (
                            "happening",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="loops.happening",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "notification_delivery_items",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "happening"), name="delivered_once_per_channel"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PreventionRecord",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_prevention_id,
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
                                related_name="preventions",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="preventions",
                                to="loops.policyrule",
                            ),
                        ),
                        (
                            "pattern",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="preventions",
                                to="loops.failurepattern",
                            ),
                        ),
                        (
                            "evaluation",
                            models.OneToOneField(
                                blank=True,
                                help_text="Null for a simulated one",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prevention",
                                to="loops.policyevaluation",
                            ),
                        ),
                        ("original_incident_id", models.CharField(max_length=100)),
                        (
                            "blocked_incident_id",
                            models.CharField(
                                help_text="The id the incident would have had",
                                max_length=100,
                                unique=True,
                            ),
                        ),
                        (
                            "external_id",
                            models.CharField(
                                blank=True,
                                help_text="What the sender would have called it",
                                max_length=255,
                                null=True,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("prevented", "Prevented"),
                                    ("mitigated", "Mitigated"),
                                    ("failed", "Failed"),
                                    ("not_applicable", "Not applicable"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("signature_match_confidence", models.FloatField()),
                        ("policy_age_seconds", models.PositiveBigIntegerField(default=0)),
                        ("calls_evaluated", models.PositiveBigIntegerField(default=0)),
                        ("is_simulated", models.BooleanField(default=False)),
                        ("is_synthetic", models.BooleanField(default=False)),
                        (
                            "synthetic_scenario_id",
                            models.CharField(blank=True, max_length=64, null=True),
                        ),
                        ("run_id", models.CharField(blank=True, max_length=255, null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "prevention_records",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="prevention_newest"
                            ),
                            models.Index(
                                fields=["policy", "-created_at", "-id"], name="prevention_by_policy"
                            ),
                            models.Index(
                                fields=["tenant", "original_incident_id"],
                                name="prevention_by_incident",
                            ),
                            models.Index(
                                fields=["tenant", "pattern", "-created_at"],
                                name="prevention_by_pattern",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "outcome__in",
                                        ["prevented", "mitigated", "failed", "not_applicable"],
                                    )
                                ),
                                name="prevention_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("signature_match_confidence__gte", 0.6),
                                    ("signature_match_confidence__lte", 1),
                                ),
                                name="prevention_confidence_at_least_weak",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("evaluation__isnull", False),
                                        ("id__startswith", "prev_"),
                                        ("is_simulated", False),
                                        models.Q(("id__startswith", "prev_sim_"), _negated=True),
                                    ),
                                    models.Q(
                                        ("evaluation__isnull", True),
                                        ("id__startswith", "prev_sim_"),
                                        ("is_simulated", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="prevention_simulated_says_so",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("external_id__isnull", False)),
                                fields=("tenant", "external_id"),
                                name="prevention_once_per_external_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RegretEvent",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=loops.models.ids.new_regret_id,
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
                                related_name="regrets",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="regrets",
                                to="loops.policyrule",
                            ),
                        ),
                        (
                            "evaluation",
                            models.ForeignKey(
                                blank=True,
                                help_text="The decision that did the harm, if it is known",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="regrets",
                                to="loops.policyevaluation",
                            ),
                        ),
                        (
                            "regret_type",
                            models.CharField(
                                choices=[
                                    ("false_positive", "False positive"),
                                    ("perf", "Perf"),
                                    ("escalation", "Escalation"),
                                    ("user_override", "User override"),
                                    ("cascade", "Cascade"),
                                ],
                                max_length=32,
                            ),
                        ),
                        ("description", models.TextField(blank=True, default="")),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                help_text="1 (a nuisance) to 10 (an outage)"
                            ),
                        ),
                        ("affected_calls", models.PositiveIntegerField(default=0)),
                        ("affected_users", models.PositiveIntegerField(default=0)),
                        (
                            "impact_duration_seconds",
                            models.PositiveIntegerField(blank=True, null=True),
                        ),
                        (
                            "was_auto_rolled_back",
                            models.BooleanField(
                                default=False, help_text="Whether this event demoted the policy"
                            ),
                        ),
                        ("reported_by", models.CharField(max_length=254)),
                        ("is_simulated", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "regret_events",
                        "indexes": [
                            models.Index(
                                fields=["policy", "-created_at", "-id"], name="regret_by_policy"
                            ),
                            models.Index(
                                fields=["tenant", "-created_at", "-id"], name="regret_newest"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "regret_type__in",
                                        [
                                            "false_positive",
                                            "perf",
                                            "escalation",
                                            "user_override",
                                            "cascade",
                                        ],
                                    )
                                ),
                                name="regret_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("severity__gte", 1), ("severity__lte", 10)),
                                name="regret_severity_1_to_10",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("is_simulated", False),
                                        models.Q(("id__startswith", "regret_sim_"), _negated=True),
                                    ),
                                    models.Q(
                                        ("id__startswith", "regret_sim_"),
                                        ("is_simulated", True),
                                        ("was_auto_rolled_back", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="regret_simulated_says_so",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("evaluation__isnull", False)),
                                fields=("policy", "evaluation"),
                                name="regret_once_per_decision",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DecisionSnapshot",
                    fields=[
                        (
                            "decision",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="snapshot",
                                serialize=False,
                                to="loops.checkpointdecision",
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
                            "shown",
                            models.JSONField(
                                help_text="Question, contract, figures and warnings, in words"
                            ),
                        ),
                        ("evidence_ids", models.JSONField(default=list)),
                    ],
                    options={
                        "db_table": "decision_snapshots",
                    },
                ),
                migrations.CreateModel(
                    name="CommentMention",
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
                            "comment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mentions",
                                to="loops.checkpointcomment",
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
                    ],
                    options={
                        "db_table": "comment_mentions",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("comment", "person"), name="mention_once_per_comment"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
