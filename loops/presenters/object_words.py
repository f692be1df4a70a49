"""What the rows of each table are called, and which page shows one."""

from collections.abc import Mapping
from typing import Final

# By table: the word, and the name of the page that takes the row's id, or takes nothing.
OBJECTS: Final[Mapping[str, tuple[str, str]]] = {
    "human_checkpoints": ("checkpoint", "loops:checkpoint"),
    "checkpoint_configs": ("checkpoint rules", ""),
    "loop_traces": ("loop", "loops:loop"),
    "incidents": ("incident", "loops:incident"),
    "failure_patterns": ("pattern", "loops:pattern"),
    "policy_rules": ("policy", "loops:policy"),
    "prevention_records": ("prevention", "loops:prevention"),
    "recovery_candidates": ("recovery", "loops:recovery"),
    "routing_policy_adjustments": ("change of routing", "loops:adjustment"),
    "audit_runs": ("run", "loops:run"),
    "m25_graduation_status": ("graduation", ""),
    "bound_scopes": ("scope", ""),
    "webhook_endpoints": ("endpoint", ""),
    "notification_channels": ("channel", ""),
    "notification_deliveries": ("delivery", ""),
    "delegations": ("delegation", ""),
    "tenants": ("tenant", ""),
    "memberships": ("membership", "members"),
    "users": ("person", "members"),
    "api_tokens": ("API token", ""),
}
