"""How the states of the integrations look."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from integrations.domain.decisions import Finding
from integrations.domain.states import Enforcement, HealthState, IntegrationStatus, Provider
from m25console.looks import Look

STATUSES: Final[Mapping[IntegrationStatus, Look]] = {
    IntegrationStatus.CREATED: Look(_("Not switched on"), "idle", "circle-dashed"),
    IntegrationStatus.ENABLED: Look(_("Enabled"), "ok", "plug-connected"),
    IntegrationStatus.DISABLED: Look(_("Disabled"), "idle", "player-pause"),
    IntegrationStatus.ERROR: Look(_("Stopped by an error"), "bad", "alert-triangle"),
}
HEALTH: Final[Mapping[HealthState, Look]] = {
    HealthState.UNKNOWN: Look(_("Not known"), "idle", "help-circle"),
    HealthState.HEALTHY: Look(_("Healthy"), "ok", "heartbeat"),
    HealthState.DEGRADED: Look(_("Degraded"), "warn", "alert-circle"),
    HealthState.FAILING: Look(_("Failing"), "bad", "circle-x"),
}
ANSWERS: Final[Mapping[Enforcement, Look]] = {
    Enforcement.ALLOWED: Look(_("Allowed"), "ok", "check"),
    Enforcement.WARNED: Look(_("Allowed, with a warning"), "warn", "alert-circle"),
    Enforcement.THROTTLED: Look(_("Slowed down"), "warn", "hourglass"),
    Enforcement.BLOCKED: Look(_("Blocked"), "bad", "ban"),
    Enforcement.HARD_BLOCKED: Look(_("Refused"), "bad", "circle-x"),
}
FINDINGS: Final[Mapping[Finding, Look]] = {
    Finding.PASSED: Look(_("Passed"), "ok", "check"),
    Finding.WARNED: Look(_("Warned of"), "warn", "alert-circle"),
    Finding.STOPPED: Look(_("Reached"), "bad", "ban"),
    Finding.UNREAD: Look(_("Could not be read"), "warn", "help-circle"),
    Finding.UNSET: Look(_("No limit"), "idle", "infinity"),
    Finding.SKIPPED: Look(_("Not looked at"), "idle", "minus"),
}
PROVIDERS: Final[Mapping[Provider, str]] = {
    Provider.OPENAI: "OpenAI",
    Provider.ANTHROPIC: "Anthropic",
    Provider.AZURE_OPENAI: "Azure OpenAI",
    Provider.BEDROCK: "Amazon Bedrock",
    Provider.CUSTOM: "OpenAI-compatible server",
}
ABOUT: Final[Mapping[Provider, str]] = {
    Provider.OPENAI: "GPT and o models, with a key from platform.openai.com.",
    Provider.ANTHROPIC: "Claude models, with a key from console.anthropic.com.",
    Provider.AZURE_OPENAI: "OpenAI's models in your own Azure resource.",
    Provider.BEDROCK: "Models in your AWS account. Its health is told by the calls you report.",
    Provider.CUSTOM: "Your own, or another provider's: vLLM, Ollama, LiteLLM, a gateway.",
}
