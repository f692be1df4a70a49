"""What people are asked, and what they may answer."""

from enum import StrEnum


class CheckpointType(StrEnum):
    APPROVE_POLICY = "approve_policy"
    APPROVE_RECOVERY = "approve_recovery"
    SIMULATE_ROUTING = "simulate_routing"  # may this routing change be made?
    REVERT_LOOP = "revert_loop"
    OVERRIDE_GUARDRAIL = "override_guardrail"  # may the routing floor be crossed once?


class Resolution(StrEnum):
    """What a person may answer; each checkpoint type offers its own two or three."""

    APPROVE = "approve"
    REJECT = "reject"
    MODIFY = "modify"  # edit the policy first; confirmations start again
    APPLY = "apply"
    DEFER = "defer"  # decide later; the loop stays blocked
    CANCEL = "cancel"
    CONFIRM_REVERT = "confirm_revert"
    OVERRIDE = "override"
    RESPECT = "respect"  # leave the guardrail as it is
    EXPIRED = "expired"  # never offered: nobody answered in time, and nothing was approved


class Silence(StrEnum):
    """What it means that nobody answers. It never means yes."""

    WAIT = "wait"  # the question stands as long as it takes
    LAPSE = "lapse"  # it closes after a while; what it asked for is not done
    ESCALATE = "escalate"  # it stands, and more people are told


class CheckpointPriority(StrEnum):
    """How soon a decision is wanted, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"  # may dismiss itself
    ADVISORY = "advisory"  # for information; holds nothing up
