"""Policies: their modes, what they do and where they come from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PolicyMode(StrEnum):
    SHADOW = "shadow"  # evaluated and counted, never enforced
    PENDING = "pending"  # not evaluated until enough people confirm
    ACTIVE = "active"  # enforced
    DISABLED = "disabled"


POLICY_MOVES: Final[Mapping[PolicyMode, frozenset[PolicyMode]]] = {
    PolicyMode.SHADOW: frozenset({PolicyMode.ACTIVE, PolicyMode.DISABLED}),
    # To shadow when later evidence lifts its confidence into the strong band.
    PolicyMode.PENDING: frozenset({PolicyMode.SHADOW, PolicyMode.ACTIVE, PolicyMode.DISABLED}),
    # To shadow when graduation is lost.
    PolicyMode.ACTIVE: frozenset({PolicyMode.SHADOW, PolicyMode.DISABLED}),
    # A person may bring a disabled policy back; nothing automatic may.
    PolicyMode.DISABLED: frozenset({PolicyMode.SHADOW, PolicyMode.ACTIVE}),
}
LIVE_MODES: Final = frozenset({PolicyMode.SHADOW, PolicyMode.PENDING, PolicyMode.ACTIVE})


class PolicyCategory(StrEnum):
    SAFETY = "safety"
    PRIVACY = "privacy"
    OPERATIONAL = "operational"
    ROUTING = "routing"
    CUSTOM = "custom"


class PolicyAction(StrEnum):
    BLOCK = "block"
    WARN = "warn"
    ESCALATE = "escalate"
    ROUTE_AWAY = "route_away"
    RATE_LIMIT = "rate_limit"


class PolicyScope(StrEnum):
    TENANT = "tenant"
    AGENT = "agent"
    GLOBAL = "global"


class PolicySource(StrEnum):
    MANUAL = "manual"
    RECOVERY = "recovery"
    PATTERN = "pattern"


class ActivationPath(StrEnum):
    """What changed a policy's mode, unless a person did: see `loops.domain.policy.activated_by`."""

    AUTO = "auto"  # the loop itself: on better evidence, or allowed to activate
    THRESHOLD = "threshold"  # the last confirmation needed
    REGRET = "regret"  # it did too much harm
    PROMISE_BROKEN = "promise_broken"  # it blocked more or less than its backtest had promised
    GRADUATION_LOST = "graduation_lost"  # the evidence that let it be activated alone is gone
    REVERT = "revert"  # its loop was undone


class Operator(StrEnum):
    """How a clause of a condition compares a field with its value."""

    EQUALS = "equals"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LESS = "less_than"
    AT_MOST = "at_most"
    GREATER = "greater_than"
    AT_LEAST = "at_least"
    EXISTS = "exists"


class PolicyDecision(StrEnum):
    """What a caller of `/evaluate` is told to do, the mildest first."""

    ALLOW = "allow"
    WARN = "warn"
    RATE_LIMIT = "rate_limit"
    ESCALATE = "escalate"
    ROUTE_AWAY = "route_away"
    BLOCK = "block"


class TrafficLabel(StrEnum):
    """What an evaluated request turned out to be, as somebody said afterwards."""

    UNKNOWN = "unknown"
    GOOD = "good"  # it should have been let through
    BAD = "bad"  # it would have failed, or did
