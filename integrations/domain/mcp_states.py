"""What becomes of a call of a tool, and of the question whether it may be made: integrations 1.0.0.

Values are stored; renaming one needs a migration.
"""

from enum import StrEnum


class PolicyDecision(StrEnum):
    """What is kept of the answer to "may this be called?"."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    FLAGGED = "flagged"  # let through, though the audit could not be written
    PENDING = "pending"  # people were asked


class Outcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    TIMEOUT = "timeout"
    BLOCKED = "blocked"
    PENDING = "pending"


class McpActor(StrEnum):
    """Who calls, as their sign-in or their token says."""

    HUMAN = "human"
    MACHINE = "machine"
    SYSTEM = "system"


class DenyReason(StrEnum):
    UNKNOWN_TOOL = "unknown_tool"
    TOOL_DISABLED = "tool_disabled"
    DANGEROUS_TOOL_NOT_ALLOWED = "dangerous_tool_not_allowed"
    POLICY_VIOLATION = "policy_violation"
    TENANT_BLOCKED = "tenant_blocked"
    RATE_LIMITED = "rate_limited"
    SERVER_OFFLINE = "server_offline"


class AuditType(StrEnum):
    """What a line of the audit chain tells."""

    REQUESTED = "tool_invocation_requested"
    ALLOWED = "tool_invocation_allowed"
    DENIED = "tool_invocation_denied"
    STARTED = "tool_invocation_started"
    COMPLETED = "tool_invocation_completed"
    FAILED = "tool_invocation_failed"
    SERVER_REGISTERED = "server_registered"
    SERVER_UNREGISTERED = "server_unregistered"
    SERVER_HEALTH_CHANGED = "server_health_changed"
    POLICY_UPDATED = "policy_updated"


class ApprovalStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"  # for the one call it was given for
    LAPSED = "lapsed"  # nobody answered in time
    WITHDRAWN = "withdrawn"  # the answer was taken back


class ApprovalReach(StrEnum):
    """What a yes is good for."""

    CALL = "call"  # these arguments, once
    TOOL = "tool"  # whatever the arguments, until its time is over


class CallFault(StrEnum):
    """Why a call was not made, or did not succeed; codes of integrations 1.0.0."""

    SERVER_NOT_ACTIVE = "SERVER_NOT_ACTIVE"
    TOOL_NOT_FOUND = "TOOL_NOT_FOUND"
    TOOL_SERVER_MISMATCH = "TOOL_SERVER_MISMATCH"
    TOOL_DISABLED = "TOOL_DISABLED"
    INVALID_INPUT = "INVALID_INPUT"
    POLICY_DENIED = "POLICY_DENIED"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    MCP_ERROR = "MCP_ERROR"  # the server answered with an error of its protocol
    TOOL_ERROR = "TOOL_ERROR"  # the tool ran, and says that it failed
    INTERRUPTED = "INTERRUPTED"  # the console stopped meanwhile
