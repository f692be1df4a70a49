"""Asking a provider whether it takes a key, by the cheapest question it answers: its models.

Nothing is bought by asking. What comes back is told stage by stage.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from integrations.domain import configs, health
from integrations.domain.health import Finding
from integrations.domain.states import HealthState, Provider
from m25console import destinations, outbound
from m25console.destinations import OutboundFault, Stage
from m25console.scrubbing import scrubbed

ANTHROPIC_VERSION: Final = "2023-06-01"
USUAL: Final[Mapping[Provider, str]] = {
    Provider.OPENAI: "https://api.openai.com/v1",
    Provider.ANTHROPIC: "https://api.anthropic.com",
}
MAX_SAMPLE: Final = 100  # characters of a model's name


@dataclass(frozen=True)
class Probed:
    """What was found, how long the answer took in milliseconds, and how each stage went."""

    finding: Finding
    latency_ms: int | None = None
    stages: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class _Question:
    url: str
    headers: Mapping[str, str]


def probe(provider: Provider, *, config: Mapping[str, str], secret: str) -> Probed:
    """One question, within ten seconds; whatever goes wrong on the way is an answer too."""
    asked = _question(provider, config, secret)
    if isinstance(asked, str):
        return Probed(Finding(HealthState.UNKNOWN, asked))
    if not (secret.isascii() and secret.isprintable()):
        told = "This key has characters that no header can carry. Store it again."
        return Probed(Finding(HealthState.FAILING, told, "credential"))
    try:
        answer = outbound.send(
            asked.url, method="GET", headers=asked.headers,
            deadline_seconds=health.DEADLINE_SECONDS,
        )  # fmt: skip
    except OutboundFault as fault:
        return _unanswered(fault)
    latency = sum(one.milliseconds for one in answer.stages)
    found = health.of_answer(status=answer.status, latency_ms=latency)
    return Probed(found, latency, _stages(answer, found, secret))


def unresolved(message: str) -> Probed:
    """What a check comes to whose key could not be read."""
    return Probed(Finding(HealthState.FAILING, message, "credential"))


def _question(provider: Provider, config: Mapping[str, str], secret: str) -> _Question | str:
    """What to ask, or why nothing can be asked."""
    match provider:
        case Provider.BEDROCK:
            return "Bedrock cannot be asked yet: its health is told by the calls you report."
        case Provider.AZURE_OPENAI:
            return _azure(config, secret)
        case Provider.ANTHROPIC:
            base = config.get("base_url") or USUAL[provider]
            headers = {"x-api-key": secret, "anthropic-version": ANTHROPIC_VERSION}
            return _Question(f"{base.rstrip('/')}/v1/models", headers)
    base = config.get("base_url") or USUAL.get(provider, "")
    if not base:
        return "Without an address there is nothing to ask."
    headers = {"Authorization": f"Bearer {secret}"}
    if config.get("organization_id"):
        headers["OpenAI-Organization"] = config["organization_id"]
    return _Question(f"{base.rstrip('/')}/models", headers)


def _azure(config: Mapping[str, str], secret: str) -> _Question | str:
    endpoint = config.get("azure_endpoint")
    if not endpoint:
        return "Without an endpoint there is nothing to ask."
    version = quote(config.get("api_version") or configs.AZURE_VERSION, safe="")
    url = f"{endpoint.rstrip('/')}/openai/models?api-version={version}"
    return _Question(url, {"api-key": secret})


def _unanswered(fault: OutboundFault) -> Probed:
    stages = tuple(asdict(one) for one in fault.stages)
    if isinstance(fault, destinations.ForbiddenTarget):
        return Probed(Finding(HealthState.FAILING, str(fault), "forbidden"), None, stages)
    error = "timeout" if "within" in str(fault) else "no_answer"
    return Probed(Finding(HealthState.FAILING, str(fault), error), None, stages)


def _stages(answer: outbound.Answer, found: Finding, secret: str) -> tuple[Mapping[str, Any], ...]:
    """The stages of the way, and those that the answer tells of, up to the first that failed."""
    *way, last = answer.stages
    told = [
        Stage("auth", last.milliseconds, is_good=answer.status != 401),
        Stage("permission", 0, is_good=answer.status not in (401, 403)),
        Stage("sample", 0, is_good=answer.status == 200),
    ]
    reached = next((place for place, one in enumerate(told, 1) if not one.is_good), len(told))
    stages: list[Mapping[str, Any]] = [asdict(one) for one in (*way, *told[:reached])]
    stages[-1] = {**stages[-1], "told": _sample(answer, secret) or found.message}
    return tuple(stages)


def _sample(answer: outbound.Answer, secret: str) -> str:
    """The first model that is listed, if the answer is a list we know."""
    if answer.status != 200 or answer.is_cut:
        return ""
    try:
        listed = orjson.loads(answer.body)["data"]
        return scrubbed(str(listed[0]["id"]), [secret])[:MAX_SAMPLE]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return ""
