import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.math
import django.utils.timezone
import loops.domain.states.checkpoints
import loops.domain.states.incidents
import loops.domain.states.loop
import loops.domain.states.policies
import loops.domain.states.recoveries
import loops.models.ids
import loops.models.traces
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("m25console", "0001_initial"),
        ("m25console", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdvanceSlot",
            fields=[
                ("number", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
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
                ("name", models.CharField(max_length=150, primary_key=True, serialize=False)),
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=32)),
                ("trace_id", models.CharField(max_length=64)),
                ("incident_id", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "feed_entries",
            },
        ),
        migrations.CreateModel(
            name="SuggestionAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("created_by", models.CharField(blank=True, default="system", max_length=150)),
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
                        condition=models.Q(("success_rate__gte", 0), ("success_rate__lte", 1)),
                        name="action_success_rate_is_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("priority__lte", 100)), name="action_priority_bound"
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
            name="CapabilityLockout",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="capabilities",
                        to="m25console.tenant",
                    ),
                ),
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
                            ("requires_gate__in", ["prevention", "rollback", "timeline", "all"])
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
                    "pattern_type",
                    models.CharField(
                        choices=[("policy_violation", "Policy violation"), ("error", "Error")],
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
                    "recovery_template",
                    models.JSONField(
                        blank=True, help_text="{action_type, action_params}", null=True
                    ),
                ),
                ("auto_apply_recovery", models.BooleanField(db_default=False, default=False)),
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
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patterns",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "failure_patterns",
                "indexes": [
                    models.Index(
                        condition=models.Q(("message_template__isnull", True)),
                        fields=["tenant", "error_type", "-occurrence_count", "created_at", "id"],
                        name="pattern_by_fields",
                    ),
                    models.Index(
                        fields=["tenant", "-occurrence_count", "-id"], name="pattern_frequent"
                    ),
                    models.Index(
                        fields=["tenant", "-last_occurrence_at", "-id"], name="pattern_latest"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pattern_type__in", ["policy_violation", "error"])),
                        name="pattern_type_known",
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "signature_hash"), name="pattern_once_per_signature"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="pattern_in_tenant"),
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
                            models.When(lifecycle_state="active", then=models.Value("open")),
                            models.When(lifecycle_state="acked", then=models.Value("acknowledged")),
                            default=models.Value("resolved"),
                        ),
                        output_field=models.CharField(max_length=20),
                    ),
                ),
                ("error_type", models.CharField(max_length=128)),
                ("error_code", models.CharField(blank=True, max_length=255, null=True)),
                ("error_message", models.TextField(blank=True, null=True)),
                ("context", models.JSONField(blank=True, db_default={}, default=dict)),
                ("affected_agent_id", models.CharField(blank=True, max_length=255, null=True)),
                ("agent_capability", models.CharField(blank=True, max_length=255, null=True)),
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
                        choices=[("llm_run", "Llm run"), ("system", "System"), ("human", "Human")],
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
                    models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=10),
                ),
                (
                    "cost_impact",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
                ),
                (
                    "error_rate",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True),
                ),
                ("auto_action", models.CharField(blank=True, max_length=50, null=True)),
                ("action_details", models.JSONField(blank=True, null=True)),
                ("source", models.CharField(blank=True, db_default="", default="", max_length=100)),
                ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                ("idempotency_key", models.CharField(blank=True, max_length=255, null=True)),
                ("body_hash", models.CharField(max_length=64)),
                (
                    "started_at",
                    models.DateTimeField(help_text="When the failure happened, as reported"),
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
                ("resolution_method", models.CharField(blank=True, max_length=20, null=True)),
                ("resolution_type", models.CharField(blank=True, max_length=50, null=True)),
                ("resolution_summary", models.TextField(blank=True, null=True)),
                ("resolution_notes", models.TextField(blank=True, null=True)),
                ("escalated", models.BooleanField(db_default=False, default=False)),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("escalated_to", models.CharField(blank=True, max_length=255, null=True)),
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
                ("recurrence_signature", models.CharField(blank=True, max_length=128, null=True)),
                ("signature_version", models.CharField(blank=True, max_length=20, null=True)),
                ("prediction_was_correct", models.BooleanField(blank=True, null=True)),
                ("calibration_recorded", models.BooleanField(db_default=False, default=False)),
                ("is_synthetic", models.BooleanField(db_default=False, default=False)),
                ("synthetic_scenario_id", models.CharField(blank=True, max_length=64, null=True)),
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
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "incidents",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="incident_newest"),
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
                        fields=["tenant", "status", "-created_at", "-id"], name="incident_by_status"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["critical", "high", "medium", "low"])),
                        name="incident_severity_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifecycle_state__in", ["active", "acked", "resolved"])
                        ),
                        name="incident_lifecycle_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause_type__in", ["llm_run", "system", "human"])),
                        name="incident_cause_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source_type__in", ["run", "killswitch", "policy", "manual", "api"])
                        ),
                        name="incident_source_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("match_confidence_band__in", ["strong_match", "weak_match", "novel"])
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
                            models.Q(("match_confidence__gte", 0), ("match_confidence__lte", 1)),
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
                    models.UniqueConstraint(fields=("tenant", "id"), name="incident_in_tenant"),
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
                        db_default=1, default=1, help_text="Which try of the current stage this is"
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
                            models.When(failure_state__isnull=True, then=models.Value("running")),
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
                ("pending_checkpoints", models.JSONField(blank=True, db_default=[], default=list)),
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
                        db_default=0, default=0, help_text="Workers that died while holding it"
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
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loops",
                        to="m25console.tenant",
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
                    models.Index(fields=["tenant", "-started_at", "-id"], name="loop_newest"),
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
                            models.Q(("failure_state__isnull", True), ("is_blocked", False)),
                            _connector="OR",
                        ),
                        name="loop_complete_is_neither_blocked_nor_failed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("completed_at__isnull", False), ("is_complete", True)),
                            models.Q(("completed_at__isnull", True), ("is_complete", False)),
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
                ("requires_human_review", models.BooleanField(db_default=False, default=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
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
                                ("finished_at__isnull", False), ("status__in", ["done", "failed"])
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
                            models.Q(("failure_state__isnull", False), ("status", "failed")),
                            models.Q(
                                ("failure_state", "human_checkpoint_pending"), ("status", "blocked")
                            ),
                            models.Q(
                                ("failure_state__isnull", True), ("status__in", ["claimed", "done"])
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
                        default=loops.domain.states.checkpoints.CheckpointPriority["NORMAL"],
                        max_length=32,
                    ),
                ),
                ("is_blocking", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("deferred_at", models.DateTimeField(blank=True, null=True)),
                ("auto_dismissed", models.BooleanField(default=False)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
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
                        ],
                        max_length=32,
                        null=True,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
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
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="m25console.tenant",
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
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="loops.loopevent",
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
                        condition=models.Q(("resolved_at__isnull", False)),
                        fields=["tenant", "-resolved_at", "-id"],
                        name="checkpoint_decided",
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
                            ("priority__in", ["critical", "high", "normal", "low", "advisory"])
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
                            models.Q(("resolution__isnull", True), ("resolved_at__isnull", True)),
                            models.Q(("resolution__isnull", False), ("resolved_at__isnull", False)),
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
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=("trace", "stage", "checkpoint_type", "target_id"),
                        name="checkpoint_asked_once_while_pending",
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bucket",
                    models.CharField(
                        help_text="Digest of what must be equal: error type and code", max_length=32
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
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "failure_pattern_keys",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "bucket", "key", "pattern"), name="pattern_key_once"
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
                    models.FloatField(help_text="Probability in [0, 1]; see explain for its parts"),
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
                ("last_occurrence_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("error_code", models.CharField(blank=True, max_length=255, null=True)),
                ("error_signature", models.CharField(blank=True, max_length=64, null=True)),
                ("source", models.CharField(default="loop", max_length=32)),
                ("created_by", models.CharField(default="system", max_length=150)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
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
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recoveries_decided",
                        to=settings.AUTH_USER_MODEL,
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
                    "selected_action",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loops.suggestionaction",
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
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "approved", "applied", "rejected", "rolled_back"],
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
                            ("confirmations_received__lte", models.F("requires_confirmation"))
                        ),
                        name="recovery_confirmations_within_required",
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="recovery_in_tenant"),
                ],
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
                        choices=[("tenant", "Tenant"), ("agent", "Agent"), ("global", "Global")],
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
                ("synthetic_scenario_id", models.CharField(blank=True, max_length=64, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policies",
                        to="m25console.tenant",
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
            ],
            options={
                "db_table": "policy_rules",
                "indexes": [
                    models.Index(
                        fields=["tenant", "mode", "-created_at", "-id"], name="policy_by_mode"
                    )
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
                        condition=models.Q(("scope_type__in", ["tenant", "agent", "global"])),
                        name="policy_scope_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source_type__in", ["manual", "recovery", "pattern"])),
                        name="policy_source_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("mode__in", ["active", "pending", "shadow"])),
                        fields=("tenant", "source_pattern"),
                        name="policy_one_live_per_pattern",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("generation_confidence__gte", 0), ("generation_confidence__lte", 1)
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
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyActivationAudit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_pattern_id", models.CharField(max_length=64)),
                ("source_recovery_id", models.CharField(blank=True, max_length=64, null=True)),
                ("confidence_at_activation", models.FloatField()),
                ("confidence_version", models.CharField(max_length=32)),
                (
                    "approval_path",
                    models.CharField(help_text="auto, threshold or human:<id>", max_length=128),
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
                        related_name="activation_audit",
                        to="loops.policyrule",
                    ),
                ),
            ],
            options={
                "db_table": "policy_activation_audit",
                "indexes": [
                    models.Index(fields=["tenant", "activated_at"], name="activation_by_time"),
                    models.Index(fields=["source_pattern_id"], name="activation_by_pattern"),
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
            name="RecoveryAudit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("action", models.CharField(max_length=32)),
                ("actor", models.CharField(max_length=150)),
                ("old_decision", models.CharField(max_length=16)),
                ("new_decision", models.CharField(max_length=16)),
                ("note", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
            ],
            options={
                "db_table": "recovery_candidates_audit",
            },
        ),
        migrations.CreateModel(
            name="RecoveryConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
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
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "recovery_confirmations",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recovery", "reviewer"), name="confirmation_once_per_reviewer"
                    )
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
                    "max_delta",
                    models.DecimalField(decimal_places=4, default=Decimal("0.2"), max_digits=5),
                ),
                ("decay_days", models.PositiveSmallIntegerField(default=7)),
                (
                    "rollback_threshold",
                    models.DecimalField(decimal_places=4, default=Decimal("0.1"), max_digits=5),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("was_rolled_back", models.BooleanField(default=False)),
                ("rollback_reason", models.TextField(blank=True, null=True)),
                ("kpi_baseline", models.FloatField(blank=True, null=True)),
                ("kpi_current", models.FloatField(blank=True, null=True)),
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
                    "source_policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
                        to="loops.policyrule",
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
            ],
            options={
                "db_table": "routing_policy_adjustments",
                "indexes": [
                    models.Index(
                        fields=["tenant", "agent_id", "is_active"], name="adjustment_by_agent"
                    ),
                    models.Index(fields=["tenant", "-created_at", "-id"], name="adjustment_newest"),
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
                            models.Q(("is_active", False), ("rollback_reason__isnull", False)),
                            _connector="OR",
                        ),
                        name="adjustment_rolled_back_says_why",
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
                        fields=("loop_trace", "agent_id"), name="adjustment_once_per_loop_and_agent"
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "is_final",
                    models.BooleanField(help_text="Whether this answer resolved the checkpoint"),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("door", models.CharField(max_length=16)),
                ("contract_digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to=settings.AUTH_USER_MODEL,
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
            ],
            options={
                "db_table": "checkpoint_decisions",
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
                                ],
                            )
                        ),
                        name="decision_option_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_final", True)),
                        fields=("checkpoint",),
                        name="decision_final_once",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="failurepattern",
            name="first_incident",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patterns_begun",
                to="loops.incident",
            ),
        ),
    ]
