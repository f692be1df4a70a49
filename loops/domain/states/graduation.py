"""What the loop has proved, and what it may do alone because of it."""

from enum import StrEnum


class Capability(StrEnum):
    """What the loop may do alone once the evidence for it exists."""

    AUTO_APPLY_RECOVERY = "auto_apply_recovery"
    AUTO_ACTIVATE_POLICY = "auto_activate_policy"
    FULL_AUTO_ROUTING = "full_auto_routing"


class GateKey(StrEnum):  # the proofs that unlock capabilities
    PREVENTION = "prevention"
    ROLLBACK = "rollback"
    TIMELINE = "timeline"
    ALL = "all"


class GraduationLevel(StrEnum):
    """How far a tenant's loop is trusted; always computed from evidence."""

    ALPHA = "alpha"
    BETA = "beta"  # it has prevented something
    CANDIDATE = "candidate"  # and has taken back a policy that did harm
    COMPLETE = "complete"  # and somebody has seen the proof
    DEGRADED = "degraded"  # it had more, and the evidence no longer holds
