"""What the providers need besides a key: one schema, from which forms and checks follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.domain.states import Provider

MAX_VALUE: Final = 2048  # characters
SECRET_WORDS: Final = ("key", "secret", "token", "password")
AZURE_VERSION: Final = "2024-10-21"  # Azure's newest stable version of its data plane


@dataclass(frozen=True)
class Setting:
    """One setting of a provider; `is_url` for an address the console will call."""

    name: str
    label: str
    hint: str = ""
    is_required: bool = False
    is_url: bool = False
    example: str = ""


SETTINGS: Final[Mapping[Provider, tuple[Setting, ...]]] = {
    Provider.OPENAI: (
        Setting("organization_id", "Organisation", "Only if your key belongs to several."),
        Setting(
            "base_url", "Address", "Leave empty for OpenAI itself.", is_url=True,
            example="https://api.openai.com/v1",
        ),
    ),
    Provider.ANTHROPIC: (
        Setting(
            "base_url", "Address", "Leave empty for Anthropic itself.", is_url=True,
            example="https://api.anthropic.com",
        ),
    ),
    Provider.AZURE_OPENAI: (
        Setting(
            "azure_endpoint", "Endpoint", "Of the resource, as Azure's portal shows it.",
            is_required=True, is_url=True, example="https://my-resource.openai.azure.com",
        ),
        Setting("deployment_name", "Deployment", "Which deployment your agents call."),
        Setting("api_version", "API version", f"Leave empty for {AZURE_VERSION}."),
    ),
    Provider.BEDROCK: (Setting("region", "Region", "Such as eu-central-1.", is_required=True),),
    Provider.CUSTOM: (
        Setting(
            "base_url", "Address", "Where /models answers, as in OpenAI's protocol.",
            is_required=True, is_url=True, example="https://llm.example.org/v1",
        ),
    ),
}  # fmt: skip


def faults(provider: Provider, config: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a configuration, by setting; addresses are checked where they are
    called. Settings of this provider only, and never a secret: those belong in the vault."""
    known = {one.name: one for one in SETTINGS[provider]}
    wrong = {
        one.name: f"{one.label} is missing."
        for one in known.values()
        if one.is_required and not config.get(one.name)
    }
    for name, value in config.items():
        if name.startswith("_") or any(word in name.lower() for word in SECRET_WORDS):
            wrong[name] = "Secrets belong in a stored credential, not here."
        elif name not in known:
            wrong[name] = f"{provider} has no setting {name}."
        elif not isinstance(value, str) or len(value) > MAX_VALUE:
            wrong[name] = f"Enter a text of at most {MAX_VALUE:,} characters."
    return wrong


def urls(provider: Provider, config: Mapping[str, Any]) -> dict[str, str]:
    """The addresses in a configuration that will be called, by setting."""
    return {
        one.name: config[one.name]
        for one in SETTINGS[provider]
        if one.is_url and config.get(one.name)
    }
