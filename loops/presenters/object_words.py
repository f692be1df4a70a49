"""What the rows of each table are called, and which page shows one."""

from collections.abc import Mapping
from typing import Final

from m25console.objects import Kind

OBJECTS: Final[Mapping[str, Kind]] = {
    "human_checkpoints": Kind("checkpoint", "loops:checkpoint"),
    "checkpoint_configs": Kind("checkpoint rules"),
    "loop_traces": Kind("loop", "loops:loop"),
    "incidents": Kind("incident", "loops:incident"),
    "failure_patterns": Kind("pattern", "loops:pattern"),
    "policy_rules": Kind("policy", "loops:policy"),
    "prevention_records": Kind("prevention", "loops:prevention"),
    "recovery_candidates": Kind("recovery", "loops:recovery"),
    "routing_policy_adjustments": Kind("change of routing", "loops:adjustment"),
    "audit_runs": Kind("run", "loops:run"),
    "m25_graduation_status": Kind("graduation"),
    "bound_scopes": Kind("scope"),
    "webhook_endpoints": Kind("endpoint"),
    "notification_channels": Kind("channel"),
    "notification_deliveries": Kind("delivery"),
    "delegations": Kind("delegation"),
}
# What became of the row, where an action's own name says only what was meant.
DEEDS: Final[Mapping[str, str]] = {
    "active": "put in force",
    "apply": "approved",
    "approve": "approved",
    "confirm": "confirmed",
    "defer": "deferred",
    "end_exception": "exception ended",
    "escalate": "escalated",
    "except": "exception made",
    "execute": "carried out",
    "held": "answered, on hold",
    "hold_refused": "answer did not take effect",
    "level": "level changed",
    "lift_apart": "may be merged again",
    "merge": "merged",
    "modify": "edited",
    "pending": "waits for confirmations",
    "propose": "proposed",
    "regret": "harm reported",
    "reject": "rejected",
    "remedy": "remedy changed",
    "retry": "tried again",
    "revert": "reverted",
    "revert_asked": "revert asked for",
    "shadow": "put in shadow",
    "split": "split",
    "tell_apart": "told apart",
    "test": "tried out",
    "undone": "answer taken back",
    "unmerge": "merge taken back",
}
