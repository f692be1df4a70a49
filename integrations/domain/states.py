"""Every state of an integration, and the moves between them: integrations 1.0.0.

Values are stored; renaming one needs a migration.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Provider(StrEnum):
    """Whose models a tenant brings their own key for."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    AZURE_OPENAI = "azure_openai"
    BEDROCK = "bedrock"
    CUSTOM = "custom"  # anything else that speaks OpenAI's protocol


class IntegrationStatus(StrEnum):
    CREATED = "created"  # registered, not yet used
    ENABLED = "enabled"
    DISABLED = "disabled"  # paused by a person, or what a deleted one is left with
    ERROR = "error"  # the provider refused the credential; a good test leads out


class HealthState(StrEnum):
    UNKNOWN = "unknown"  # never checked, or there is nothing to ask
    HEALTHY = "healthy"
    DEGRADED = "degraded"  # slow, or we are asked to slow down
    FAILING = "failing"


class PolicyResult(StrEnum):
    """What became of a call, as its sender reports it."""

    ALLOWED = "allowed"
    WARNED = "warned"
    BLOCKED = "blocked"


class Enforcement(StrEnum):
    """May this call be made? From the most to the least restrictive."""

    HARD_BLOCKED = "hard_blocked"  # do not ask again
    BLOCKED = "blocked"  # again in the next period, or with a higher limit
    THROTTLED = "throttled"  # again in a while
    WARNED = "warned"
    ALLOWED = "allowed"


class FailMode(StrEnum):
    """What is answered when a limit cannot be looked up."""

    OPEN = "open"
    CLOSED = "closed"


class CredentialKind(StrEnum):
    API_KEY = "api_key"
    OAUTH = "oauth"
    DATABASE = "database"
    BEARER_TOKEN = "bearer_token"  # noqa: S105 - the name of a kind
    BASIC_AUTH = "basic_auth"
    SSH_KEY = "ssh_key"
    CERTIFICATE = "certificate"
    CUSTOM = "custom"


class Accessor(StrEnum):
    """Who reads a credential."""

    HUMAN = "human"
    MACHINE = "machine"
    MCP_TOOL = "mcp_tool"
    SYSTEM = "system"


class Store(StrEnum):
    """Where a credential's secret lies."""

    SEALED = "sealed"  # in its own row, under the master key
    HASHICORP = "hashicorp"  # in a key-value store of HashiCorp Vault
    AWS = "aws_secrets"  # in AWS Secrets Manager


class CredentialAction(StrEnum):
    """What was done to a credential, or tried."""

    STORE = "store"
    GET = "get"
    UPDATE = "update"
    DELETE = "delete"
    ROTATE = "rotate"


INTEGRATION_MOVES: Final[Mapping[IntegrationStatus, frozenset[IntegrationStatus]]] = {
    IntegrationStatus.CREATED: frozenset({IntegrationStatus.ENABLED}),
    IntegrationStatus.ENABLED: frozenset({IntegrationStatus.DISABLED, IntegrationStatus.ERROR}),
    IntegrationStatus.DISABLED: frozenset({IntegrationStatus.ENABLED}),
    IntegrationStatus.ERROR: frozenset({IntegrationStatus.DISABLED}),  # by a good test
}

REPORTED_AS: Final[Mapping[Enforcement, PolicyResult]] = {
    Enforcement.ALLOWED: PolicyResult.ALLOWED,
    Enforcement.WARNED: PolicyResult.WARNED,
    Enforcement.THROTTLED: PolicyResult.BLOCKED,
    Enforcement.BLOCKED: PolicyResult.BLOCKED,
    Enforcement.HARD_BLOCKED: PolicyResult.BLOCKED,
}
