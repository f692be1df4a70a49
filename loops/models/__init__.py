from loops.models.agents import (
    Agent,
    AgentTraffic,
    TrafficReport,
)
from loops.models.audit import (
    AuditAck,
    AuditAlert,
    AuditExpectation,
    AuditRun,
    AuditTally,
)
from loops.models.bulk import (
    BulkItem,
    BulkRun,
)
from loops.models.checkpoint_configs import (
    CheckpointConfig,
)
from loops.models.checkpoints import (
    HumanCheckpoint,
)
from loops.models.circuits import HostCircuit
from loops.models.decisions import (
    CheckpointDecision,
)
from loops.models.deliveries import (
    Delivery,
    DeliveryItem,
)
from loops.models.evaluations import (
    PolicyChange,
    PolicyEvaluation,
    PolicyTally,
    PreventionRecord,
)
from loops.models.executions import (
    BoundScope,
    RecoveryExecution,
    RecoveryProvenance,
    WebhookEndpoint,
)
from loops.models.failures import (
    FailureMatch,
)
from loops.models.figures import (
    Figure,
    FigureMark,
    StaleHour,
)
from loops.models.governance import (
    PolicyConfirmation,
    PolicyException,
    PolicyPromise,
    PolicyVersion,
)
from loops.models.graduation import (
    CapabilityLockout,
    GraduationHistory,
    GraduationStatus,
    TimelineView,
)
from loops.models.incidents import (
    Incident,
)
from loops.models.learning import (
    CalibrationOutcome,
    PatternCalibration,
    PolicyRegretSummary,
    RegretEvent,
)
from loops.models.notifications import (
    Happening,
    Notification,
    NotificationChannel,
    NotificationMark,
)
from loops.models.operations import (
    AdvanceSlot,
    FeedEntry,
    Heartbeat,
    PeriodicJob,
)
from loops.models.pattern_merges import (
    CannotLink,
    PatternAlias,
    PatternMerge,
    PatternSplit,
)
from loops.models.patterns import (
    FailurePattern,
    PatternKey,
)
from loops.models.policies import (
    PolicyActivationAudit,
    PolicyRule,
)
from loops.models.recoveries import (
    RecoveryAudit,
    RecoveryCandidate,
    RecoveryConfirmation,
    SuggestionAction,
)
from loops.models.reviewing import (
    CheckpointComment,
    CheckpointSnooze,
    CommentMention,
    DecisionSnapshot,
    Delegation,
    HeldDecision,
    SavedView,
)
from loops.models.routing import (
    RoutingAdjustment,
)
from loops.models.traces import (
    LoopEvent,
    LoopTrace,
)

__all__ = [
    "AdvanceSlot",
    "Agent",
    "AgentTraffic",
    "AuditAck",
    "AuditAlert",
    "AuditExpectation",
    "AuditRun",
    "AuditTally",
    "BoundScope",
    "BulkItem",
    "BulkRun",
    "CalibrationOutcome",
    "CannotLink",
    "CapabilityLockout",
    "CheckpointComment",
    "CheckpointConfig",
    "CheckpointDecision",
    "CheckpointSnooze",
    "CommentMention",
    "DecisionSnapshot",
    "Delegation",
    "Delivery",
    "DeliveryItem",
    "FailureMatch",
    "FailurePattern",
    "FeedEntry",
    "Figure",
    "FigureMark",
    "GraduationHistory",
    "GraduationStatus",
    "Happening",
    "Heartbeat",
    "HeldDecision",
    "HostCircuit",
    "HumanCheckpoint",
    "Incident",
    "LoopEvent",
    "LoopTrace",
    "Notification",
    "NotificationChannel",
    "NotificationMark",
    "PatternAlias",
    "PatternCalibration",
    "PatternKey",
    "PatternMerge",
    "PatternSplit",
    "PeriodicJob",
    "PolicyActivationAudit",
    "PolicyChange",
    "PolicyConfirmation",
    "PolicyEvaluation",
    "PolicyException",
    "PolicyPromise",
    "PolicyRegretSummary",
    "PolicyRule",
    "PolicyTally",
    "PolicyVersion",
    "PreventionRecord",
    "RecoveryAudit",
    "RecoveryCandidate",
    "RecoveryConfirmation",
    "RecoveryExecution",
    "RecoveryProvenance",
    "RegretEvent",
    "RoutingAdjustment",
    "SavedView",
    "StaleHour",
    "SuggestionAction",
    "TimelineView",
    "TrafficReport",
    "WebhookEndpoint",
]
