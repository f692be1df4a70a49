"""Every table of the integrations."""

from integrations.models.connectors import Connector, ConnectorAction, ConnectorCall
from integrations.models.credentials import (
    Credential,
    CredentialAccess,
    CredentialRule,
    SecretLeft,
)
from integrations.models.integrations import HealthCheck, Integration, IntegrationKey
from integrations.models.limits import (
    EnforcementConfig,
    EnforcementDecision,
    EnforcementTally,
    LimitRaise,
    LimitWarning,
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
from integrations.models.prices import OwnPrice, RepricingRun
from integrations.models.sources import DataSource, SourceCheck
from integrations.models.usage import UsageDay, UsageMeter, UsageRecord, UsageRepricing, UsageSlice

__all__ = [
    "Connector",
    "ConnectorAction",
    "ConnectorCall",
    "Credential",
    "CredentialAccess",
    "CredentialRule",
    "DataSource",
    "EnforcementConfig",
    "EnforcementDecision",
    "EnforcementTally",
    "HealthCheck",
    "Integration",
    "IntegrationKey",
    "LimitRaise",
    "LimitWarning",
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
    "OwnPrice",
    "RepricingRun",
    "SecretLeft",
    "SourceCheck",
    "UsageDay",
    "UsageMeter",
    "UsageRecord",
    "UsageRepricing",
    "UsageSlice",
]
