"""Every table of the integrations."""

from integrations.models.credentials import Credential, CredentialAccess, CredentialRule
from integrations.models.integrations import (
    EnforcementConfig,
    HealthCheck,
    Integration,
    IntegrationKey,
)
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
    "UsageDay",
    "UsageMeter",
    "UsageRecord",
]
