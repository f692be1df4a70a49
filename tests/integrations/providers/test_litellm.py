"""Checks of a real gateway that speaks OpenAI's protocol: LiteLLM's proxy with invented answers.

It has no database, so it takes its master key and no other.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from integrations.domain import health
from integrations.domain.references import of_credential
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.engine import checking
from integrations.models import Integration
from m25console import outbound
from m25console.access import Actor
from tests import servers
from tests.integrations.building import a_credential, an_integration, look_at_what_is_due

pytestmark = pytest.mark.django_db
MASTER_KEY = "sk-of-a-test-1234"
CONFIG = f"""
model_list:
  - model_name: good
    litellm_params: {{model: openai/gpt-4o-mini, api_key: none, mock_response: "hello"}}
  - model_name: limited
    litellm_params: {{model: openai/gpt-4o-mini, api_key: none, mock_response: "litellm.RateLimitError"}}
  - model_name: broken
    litellm_params: {{model: openai/gpt-4o-mini, api_key: none, mock_response: "litellm.InternalServerError"}}
litellm_settings: {{num_retries: 0}}
router_settings: {{disable_cooldowns: true, num_retries: 0}}
general_settings: {{master_key: {MASTER_KEY}}}
"""  # noqa: E501 - as the gateway's own documentation writes it


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of a running gateway."""
    config: Path = tmp_path_factory.mktemp("litellm") / "config.yaml"
    config.write_text(CONFIG)
    port = servers.free_port()
    command = ["litellm", "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with servers.running("llm", command, port=port, env=quiet):
        yield f"127.0.0.1:{port}"


def reached(admin: Actor, gateway: str, *, secret: str = MASTER_KEY) -> Integration:
    stored = a_credential(admin, secret=secret)
    return an_integration(
        admin, provider=Provider.CUSTOM, config={"base_url": f"http://{gateway}/v1"},
        credential_ref=of_credential(stored.pk, tenant_id=admin.tenant.pk), is_enabled=True,
        now=timezone.now(),
    )  # fmt: skip


def test_int_22_a_real_gateway_is_healthy_and_lists_its_models(
    admin: Actor, gateway: str, settings
):
    settings.OUTBOUND_ALLOW = frozenset({gateway})
    row = reached(admin, gateway)
    assert look_at_what_is_due() == 1
    row.refresh_from_db()
    assert row.health_state in (HealthState.HEALTHY, HealthState.DEGRADED)
    assert row.health_checks.get().stages[-1]["told"] in ("good", "limited", "broken")


def test_a_real_gateway_refuses_another_key(admin: Actor, gateway: str, settings):
    """Without a database to look other keys up in, it says 400 where others say 401."""
    settings.OUTBOUND_ALLOW = frozenset({gateway})
    row = reached(admin, gateway, secret="sk-not-this-one")
    found = checking.look_at(row, by=None, now=timezone.now())
    row.refresh_from_db()
    assert (found.state, found.error) == (HealthState.FAILING, "http_400")
    assert row.status == IntegrationStatus.ENABLED


@pytest.mark.parametrize(
    ("model", "state", "error"),
    [
        ("good", HealthState.HEALTHY, ""),
        ("limited", HealthState.DEGRADED, "rate_limited"),
        ("broken", HealthState.FAILING, "http_500"),
    ],
)
def test_int_23_what_a_real_gateway_answers_a_call_is_told_apart(
    gateway: str, settings, model, state, error
):
    settings.OUTBOUND_ALLOW = frozenset({gateway})
    call = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    answer = outbound.send(
        f"http://{gateway}/v1/chat/completions", method="POST", body=json.dumps(call).encode(),
        headers={"Authorization": f"Bearer {MASTER_KEY}", "Content-Type": "application/json"},
        deadline_seconds=60,
    )  # fmt: skip
    found = health.of_answer(status=answer.status, latency_ms=1)
    assert (found.state, found.error) == (state, error)


def test_a_real_gateway_is_out_of_reach_unless_the_operator_allows_it(
    admin: Actor, gateway: str, settings
):
    settings.OUTBOUND_ALLOW = frozenset({gateway})
    row = reached(admin, gateway)
    settings.OUTBOUND_ALLOW = frozenset()
    found = checking.look_at(row, by=None, now=timezone.now())
    assert (found.state, found.error) == (HealthState.FAILING, "forbidden")
