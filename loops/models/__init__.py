from loops.models.checkpoints import CheckpointDecision, HumanCheckpoint
from loops.models.incidents import Incident
from loops.models.operations import AdvanceSlot, FeedEntry, Heartbeat
from loops.models.patterns import FailurePattern, PatternKey
from loops.models.policies import PolicyActivationAudit, PolicyRule
from loops.models.recoveries import (
    RecoveryAudit,
    RecoveryCandidate,
    RecoveryConfirmation,
    SuggestionAction,
)
from loops.models.routing import CapabilityLockout, RoutingAdjustment
from loops.models.traces import LoopEvent, LoopTrace

__all__ = [
    "AdvanceSlot",
    "CapabilityLockout",
    "CheckpointDecision",
    "FailurePattern",
    "FeedEntry",
    "Heartbeat",
    "HumanCheckpoint",
    "Incident",
    "LoopEvent",
    "LoopTrace",
    "PatternKey",
    "PolicyActivationAudit",
    "PolicyRule",
    "RecoveryAudit",
    "RecoveryCandidate",
    "RecoveryConfirmation",
    "RoutingAdjustment",
    "SuggestionAction",
]
