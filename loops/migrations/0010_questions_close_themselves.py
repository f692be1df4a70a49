"""A question that nobody has to answer any more is closed as cancelled, by nobody; and a loop may
end because a question lapsed."""

from django.db import migrations, models

CANCELLED_BY_NOBODY = """
ALTER TABLE human_checkpoints DROP CONSTRAINT checkpoint_resolution_was_offered;
ALTER TABLE human_checkpoints ADD CONSTRAINT checkpoint_resolution_was_offered
    CHECK (resolution IS NULL OR options ? resolution OR resolution = 'expired'
           OR (resolution = 'cancel' AND auto_dismissed))
"""
ONLY_EXPIRES = """
ALTER TABLE human_checkpoints DROP CONSTRAINT checkpoint_resolution_was_offered;
ALTER TABLE human_checkpoints ADD CONSTRAINT checkpoint_resolution_was_offered
    CHECK (resolution IS NULL OR options ? resolution OR resolution = 'expired')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0009_policy_authors"),
        ("m25console", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql=CANCELLED_BY_NOBODY, reverse_sql=ONLY_EXPIRES),
        migrations.RemoveConstraint(
            model_name="loopevent",
            name="event_failure_known",
        ),
        migrations.RemoveConstraint(
            model_name="looptrace",
            name="loop_failure_known",
        ),
        migrations.AlterField(
            model_name="loopevent",
            name="failure_state",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="looptrace",
            name="failure_state",
            field=models.CharField(
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
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=models.Index(
                condition=models.Q(("escalated_at__isnull", True), ("resolved_at__isnull", True)),
                fields=["priority", "created_at", "id"],
                name="checkpoint_to_escalate",
            ),
        ),
        migrations.AddConstraint(
            model_name="loopevent",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="looptrace",
            constraint=models.CheckConstraint(
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
        ),
    ]
