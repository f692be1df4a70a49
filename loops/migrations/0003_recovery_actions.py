"""The recovery actions every installation knows."""

from django.db import migrations

# code, type, template, error codes, automated, needs approval, priority
ACTIONS = [
    (
        "retry_exponential",
        "retry",
        {"max_retries": 3, "initial_delay_ms": 1000, "max_delay_ms": 30000, "jitter": True},
        ["TIMEOUT", "HTTP_5XX", "CONNECTION_ERROR", "RATE_LIMITED"],
        True,
        False,
        80,
    ),
    (
        "fallback_model",
        "fallback",
        {"strategy": "next_available"},
        ["BUDGET_EXCEEDED", "RATE_LIMITED", "MODEL_UNAVAILABLE"],
        True,
        False,
        70,
    ),
    (
        "circuit_breaker",
        "reconfigure",
        {"cooldown_seconds": 60, "failure_threshold": 5},
        ["HTTP_5XX", "CONNECTION_ERROR", "TIMEOUT"],
        True,
        True,
        60,
    ),
    (
        "notify_ops",
        "notify",
        {"channel": "operations"},
        ["PERMISSION_DENIED", "CONFIG_ERROR", "UNKNOWN"],
        True,
        False,
        50,
    ),
    (
        "rollback_state",
        "rollback",
        {"target": "last_checkpoint"},
        ["STATE_CORRUPTION", "CONSISTENCY_ERROR"],
        False,
        True,
        40,
    ),
    (
        "manual_intervention",
        "manual",
        {"sla_hours": 24},
        ["UNKNOWN", "CRITICAL_ERROR"],
        False,
        True,
        30,
    ),
    ("skip_task", "skip", {"record": True}, ["NON_CRITICAL", "OPTIONAL_TASK"], True, True, 20),
]


def seed(apps, schema_editor):
    action = apps.get_model("loops", "SuggestionAction")
    action.objects.bulk_create(
        action(
            action_code=code,
            name=code.replace("_", " ").capitalize(),
            action_type=kind,
            template=template,
            applies_to_error_codes=codes,
            is_automated=automated,
            requires_approval=approval,
            priority=priority,
        )
        for code, kind, template, codes, automated, approval, priority in ACTIONS
    )


class Migration(migrations.Migration):
    dependencies = [("loops", "0002_integrity")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
