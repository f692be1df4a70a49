import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.utils.timezone
import loops.domain.states.audit
import loops.domain.states.graduation
import loops.domain.states.policies
import loops.domain.states.recoveries
import loops.models.checkpoint_configs
import loops.models.ids
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0003_recovery_actions"),
        ("m25console", "0001_initial"),
        ("m25console", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agent_id", models.CharField(help_text="As its senders call it", max_length=255)),
                ("capability", models.CharField(blank=True, max_length=255, null=True)),
                ("first_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agents",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "agents",
                "indexes": [
                    models.Index(
                        fields=["tenant", "capability", "agent_id"], name="agent_by_capability"
                    ),
                    models.Index(fields=["tenant", "-last_seen_at", "-id"], name="agent_latest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "agent_id"), name="agent_once_per_tenant"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("agent_id", ""), _negated=True), name="agent_has_a_name"
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Its first moment")),
                ("decisions", models.PositiveBigIntegerField(default=0)),
                ("successes", models.PositiveBigIntegerField(default=0)),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="traffic",
                        to="loops.agent",
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
                "db_table": "agent_traffic",
                "indexes": [models.Index(fields=["tenant", "hour"], name="traffic_by_hour")],
                "constraints": [
                    models.UniqueConstraint(fields=("agent", "hour"), name="traffic_once_per_hour"),
                    models.CheckConstraint(
                        condition=models.Q(("successes__lte", models.F("decisions"))),
                        name="traffic_successes_within_decisions",
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run_id",
                    models.CharField(help_text="A loop's own id, or the sender's", max_length=255),
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
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditAck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
            ],
            options={
                "db_table": "audit_acks",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("domain__in", ["incidents", "policies", "logs", "orchestrator"])
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
                        condition=models.Q(("status__in", ["SUCCESS", "FAILED", "ROLLED_BACK"])),
                        name="ack_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rollback_reason__isnull", True), ("rolled_back", False)),
                            models.Q(("rollback_reason__isnull", False), ("rolled_back", True)),
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("alert_type", models.CharField(max_length=32)),
                ("severity", models.CharField(max_length=16)),
                ("key", models.CharField(blank=True, default="", max_length=64)),
                ("sentence", models.TextField()),
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
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="loops.auditrun",
                    ),
                ),
            ],
            options={
                "db_table": "audit_alerts",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="audit_alert_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "alert_type", "key"), name="audit_alert_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditExpectation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        blank=True, help_text="Empty while the run waits for a person", null=True
                    ),
                ),
                ("acked_at", models.DateTimeField(blank=True, null=True)),
                ("metadata", models.JSONField(blank=True, db_default={}, default=dict)),
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
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expectations",
                        to="loops.auditrun",
                    ),
                ),
            ],
            options={
                "db_table": "audit_expectations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("domain__in", ["incidents", "policies", "logs", "orchestrator"])
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
                ("allowed_action", models.CharField(max_length=64)),
                ("intent", models.TextField(blank=True, default="")),
                ("max_cost", models.DecimalField(decimal_places=2, default="0.50", max_digits=7)),
                ("cost_used", models.DecimalField(decimal_places=2, default=0, max_digits=9)),
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
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
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scopes",
                        to="loops.incident",
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
                "db_table": "bound_scopes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["active", "exhausted", "expired", "revoked"])
                        ),
                        name="scope_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_attempts__gte", 1), ("max_attempts__lte", 10)),
                        name="scope_attempts_bound",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempts_used__lte", models.F("max_attempts"))),
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
            name="CalibrationOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("confidence", models.FloatField()),
                ("was_correct", models.BooleanField()),
                ("reason", models.CharField(help_text="What showed it", max_length=254)),
                ("at", models.DateTimeField()),
                (
                    "incident",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calibration_outcome",
                        to="loops.incident",
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
                "db_table": "calibration_outcomes",
                "indexes": [
                    models.Index(fields=["pattern", "-at", "-id"], name="calibration_by_pattern")
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
                    models.JSONField(default=loops.models.checkpoint_configs.blocking_types),
                ),
                ("auto_approve_confidence", models.FloatField(default=0.95)),
                ("auto_dismiss_after_hours", models.PositiveSmallIntegerField(default=48)),
                ("max_pending_checkpoints", models.PositiveSmallIntegerField(default=10)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "db_table": "checkpoint_configs",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("auto_approve_confidence__gte", 0), ("auto_approve_confidence__lte", 1)
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
            name="GraduationHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    models.JSONField(help_text="Counts, rates, and the ids they were counted from"),
                ),
                ("computed_at", models.DateTimeField()),
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
            ],
            options={
                "verbose_name_plural": "graduation history",
                "db_table": "graduation_history",
                "indexes": [
                    models.Index(fields=["tenant", "-computed_at", "-id"], name="graduation_latest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["alpha", "beta", "candidate", "complete", "degraded"])
                        ),
                        name="graduation_history_level_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GraduationStatus",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        default=dict, help_text="By gate: passed, passed_at, score, evidence"
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
            ],
            options={
                "verbose_name_plural": "graduation statuses",
                "db_table": "m25_graduation_status",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["alpha", "beta", "candidate", "complete", "degraded"])
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
                        fields=("tenant",), name="graduation_once_per_tenant", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("degraded_from__isnull", False), ("level", "degraded")),
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
                ("total_matches", models.PositiveIntegerField(default=0)),
                ("correct_matches", models.PositiveIntegerField(default=0)),
                ("false_positives", models.PositiveIntegerField(default=0)),
                ("false_negatives", models.PositiveIntegerField(default=0)),
                ("empirical_strong_threshold", models.FloatField(default=0.85)),
                ("empirical_weak_threshold", models.FloatField(default=0.6)),
                ("is_calibrated", models.BooleanField(default=False)),
                ("last_calibrated_at", models.DateTimeField(blank=True, null=True)),
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
            name="PeriodicJob",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("next_run_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ticket", models.CharField(blank=True, default="", max_length=32)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("took_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("runs", models.PositiveBigIntegerField(default=0)),
                (
                    "result",
                    models.JSONField(blank=True, help_text="What it said it did", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "periodic_jobs",
            },
        ),
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                "db_table": "policy_changes",
                "indexes": [models.Index(fields=["tenant", "id"], name="policy_change_by_tenant")],
            },
        ),
        migrations.CreateModel(
            name="PolicyConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("note", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="loops.policyrule",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_confirmations",
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
                    "features",
                    models.JSONField(help_text="The request as it was judged, normalised"),
                ),
                ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                ("agent_id", models.CharField(blank=True, max_length=255, null=True)),
                ("run_id", models.CharField(blank=True, max_length=255, null=True)),
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
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "policy_evaluations",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="evaluation_newest"),
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
                                ["allow", "warn", "rate_limit", "escalate", "route_away", "block"],
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
            name="PolicyException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "conditions",
                    models.JSONField(help_text="Which requests, in the language of policies"),
                ),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="Taken back before its time", null=True
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exceptions",
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
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("window_days", models.PositiveSmallIntegerField()),
                (
                    "evaluations",
                    models.PositiveBigIntegerField(help_text="How many requests were replayed"),
                ),
                (
                    "expected_rate",
                    models.FloatField(help_text="Share it would act on; null: no data", null=True),
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
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promises",
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
            ],
            options={
                "db_table": "policy_promises",
                "indexes": [models.Index(fields=["policy", "-made_at"], name="promise_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expected_rate__gte", 0), ("expected_rate__lte", 1)),
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
                ("regret_score", models.DecimalField(decimal_places=4, default=0, max_digits=9)),
                (
                    "regret_event_count",
                    models.PositiveIntegerField(default=0, help_text="Since it was activated last"),
                ),
                ("demoted_at", models.DateTimeField(blank=True, null=True)),
                ("demoted_reason", models.TextField(blank=True, default="")),
                (
                    "decayed_on",
                    models.DateField(blank=True, help_text="Day (UTC) it last faded on", null=True),
                ),
                ("last_updated", models.DateTimeField(default=django.utils.timezone.now)),
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
            name="PolicyTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    models.PositiveBigIntegerField(default=0, help_text="Would have acted, or did"),
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
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
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
            ],
            options={
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
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=255)),
                ("conditions", models.JSONField()),
                ("actions", models.JSONField()),
                ("scope_type", models.CharField(max_length=16)),
                ("scope_id", models.CharField(max_length=255)),
                ("changed_by", models.CharField(max_length=254)),
                ("note", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
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
                ("original_incident_id", models.CharField(max_length=100)),
                (
                    "blocked_incident_id",
                    models.CharField(
                        help_text="The id the incident would have had", max_length=100, unique=True
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
                ("synthetic_scenario_id", models.CharField(blank=True, max_length=64, null=True)),
                ("run_id", models.CharField(blank=True, max_length=255, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preventions",
                        to="loops.policyrule",
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
            ],
            options={
                "db_table": "prevention_records",
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="prevention_newest"),
                    models.Index(
                        fields=["policy", "-created_at", "-id"], name="prevention_by_policy"
                    ),
                    models.Index(
                        fields=["tenant", "original_incident_id"], name="prevention_by_incident"
                    ),
                    models.Index(
                        fields=["tenant", "pattern", "-created_at"], name="prevention_by_pattern"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome__in", ["prevented", "mitigated", "failed", "not_applicable"])
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
                    models.JSONField(blank=True, default=dict, help_text="What is, or was, sent"),
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
                        blank=True, help_text="When a worker should try; empty: it rests", null=True
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
                    "recovery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executions",
                        to="loops.recoverycandidate",
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
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executions",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "recovery_executions",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["next_attempt_at", "id"],
                        name="execution_due",
                    ),
                    models.Index(fields=["tenant", "-created_at", "-id"], name="execution_newest"),
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
                                ("status__in", ["succeeded", "failed", "skipped", "rolled_back"]),
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
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("confidence_before", models.FloatField(blank=True, null=True)),
                ("confidence_after", models.FloatField(blank=True, null=True)),
                ("actor", models.CharField(default="system", max_length=254)),
                (
                    "actor_type",
                    models.CharField(
                        choices=[("system", "System"), ("human", "Human"), ("agent", "Agent")],
                        default=loops.domain.states.recoveries.ProvenanceActor["SYSTEM"],
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "recovery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="provenance",
                        to="loops.recoverycandidate",
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
                        condition=models.Q(("actor_type__in", ["system", "human", "agent"])),
                        name="provenance_actor_known",
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
                    models.PositiveSmallIntegerField(help_text="1 (a nuisance) to 10 (an outage)"),
                ),
                ("affected_calls", models.PositiveIntegerField(default=0)),
                ("affected_users", models.PositiveIntegerField(default=0)),
                ("impact_duration_seconds", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "was_auto_rolled_back",
                    models.BooleanField(
                        default=False, help_text="Whether this event demoted the policy"
                    ),
                ),
                ("reported_by", models.CharField(max_length=254)),
                ("is_simulated", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regrets",
                        to="loops.policyrule",
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
            ],
            options={
                "db_table": "regret_events",
                "indexes": [
                    models.Index(fields=["policy", "-created_at", "-id"], name="regret_by_policy"),
                    models.Index(fields=["tenant", "-created_at", "-id"], name="regret_newest"),
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
                ("viewed_on", models.DateField(help_text="Day (UTC)")),
                ("viewed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("has_prevention", models.BooleanField(default=False)),
                ("has_rollback", models.BooleanField(default=False)),
                ("is_simulated", models.BooleanField(default=False)),
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
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
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
            ],
            options={
                "db_table": "timeline_views",
                "indexes": [
                    models.Index(
                        condition=models.Q(("has_prevention", True), ("is_simulated", False)),
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
            name="TrafficReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("report_id", models.CharField(max_length=200)),
                ("body_hash", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                "db_table": "traffic_reports",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "report_id"), name="traffic_report_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
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
            },
        ),
        migrations.RemoveConstraint(
            model_name="checkpointdecision",
            name="decision_option_known",
        ),
        migrations.RemoveConstraint(
            model_name="humancheckpoint",
            name="checkpoint_resolution_known",
        ),
        migrations.AddField(
            model_name="humancheckpoint",
            name="escalated_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When it had waited longer than its priority allows",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="humancheckpoint",
            name="holds_loop",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Whether its loop waits for the answer; a policy's checkpoint holds none",
            ),
        ),
        migrations.AddField(
            model_name="policyrule",
            name="mode_since",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                default=django.utils.timezone.now,
            ),
        ),
        migrations.AddField(
            model_name="policyrule",
            name="revision",
            field=models.PositiveIntegerField(
                db_default=1,
                default=1,
                help_text="Raised by every edit; confirmations are of a revision",
            ),
        ),
        migrations.AddField(
            model_name="policyrule",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, help_text="Optimistic lock"),
        ),
        migrations.AddField(
            model_name="recoverycandidate",
            name="rules_evaluated",
            field=models.JSONField(
                blank=True, db_default=[], default=list, help_text="What the rules engine said"
            ),
        ),
        migrations.AddField(
            model_name="recoverycandidate",
            name="verification",
            field=models.CharField(
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
        migrations.AddField(
            model_name="recoverycandidate",
            name="verification_note",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="recoverycandidate",
            name="verified_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="recoverycandidate",
            name="verify_until",
            field=models.DateTimeField(
                blank=True, help_text="When the watch for a recurrence ends", null=True
            ),
        ),
        migrations.AlterField(
            model_name="checkpointdecision",
            name="option",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="humancheckpoint",
            name="resolution",
            field=models.CharField(
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
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("resolved_at__isnull", True)),
                fields=["expires_at", "id"],
                name="checkpoint_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="policyrule",
            index=models.Index(fields=["tenant", "-created_at", "-id"], name="policy_newest"),
        ),
        migrations.AddIndex(
            model_name="recoverycandidate",
            index=models.Index(
                condition=models.Q(("verification", "watching")),
                fields=["verify_until", "id"],
                name="recovery_to_verify",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpointdecision",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="humancheckpoint",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="humancheckpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolution", "expired"), _negated=True),
                    ("auto_dismissed", True),
                    _connector="OR",
                ),
                name="checkpoint_only_silence_expires",
            ),
        ),
        migrations.AddConstraint(
            model_name="humancheckpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("auto_dismissed", False), ("resolved_by__isnull", True), _connector="OR"
                ),
                name="checkpoint_dismissed_by_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyrule",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="policy_in_tenant"),
        ),
        migrations.AddConstraint(
            model_name="recoverycandidate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verification__in", ["watching", "verified", "failed", "inconclusive"])
                ),
                name="recovery_verification_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycandidate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verification__isnull", True), ("verify_until__isnull", True)),
                    models.Q(("verification__isnull", False), ("verify_until__isnull", False)),
                    _connector="OR",
                ),
                name="recovery_watched_until_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycandidate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verification__isnull", True),
                    ("status__in", ["applied", "rolled_back"]),
                    _connector="OR",
                ),
                name="recovery_verified_once_applied",
            ),
        ),
    ]
