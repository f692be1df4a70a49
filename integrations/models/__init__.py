"""Every table of the integrations."""

from integrations.models.credentials import Credential, CredentialAccess, CredentialRule
from integrations.models.integrations import (
    EnforcementConfig,
    HealthCheck,
    Integration,
    IntegrationKey,
)
from integrations.models.mcp_approvals import McpAllowance, McpApproval, McpApprovalVote
from integrations.models.mcp_calls import (
    McpAuditEvent,
    McpChain,
    McpOpenCall,
    McpToolInvocation,
)
from integrations.models.mcp_servers import McpLook, McpServer
from integrations.models.mcp_tools import McpConfig, McpTool, McpToolDecision, McpToolVersion
from integrations.models.usage import EnforcementDecision, UsageDay, UsageMeter, UsageRecord

__all__ = [
    "Credential",
    "CredentialAccess",
    "CredentialRule",
    "EnforcementConfig",
    "EnforcementDecision",
    "HealthCheck",
    "Integration",
    "IntegrationKey",
    "McpAllowance",
    "McpApproval",
    "McpApprovalVote",
    "McpAuditEvent",
    "McpChain",
    "McpConfig",
    "McpLook",
    "McpOpenCall",
    "McpServer",
    "McpTool",
    "McpToolDecision",
    "McpToolInvocation",
    "McpToolVersion",
    "UsageDay",
    "UsageMeter",
    "UsageRecord",
]
