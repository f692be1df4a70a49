import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from integrations.actions.daily import sum_up
from integrations.actions.enforcement import Question, ask
from integrations.domain.enforcement import Wanted
from integrations.domain.mcp_tools import McpRisk
from integrations.domain.states import PolicyResult
from m25console.access import Actor
from m25console.metrics import exposition
from tests.integrations.building import an_integration, used
from tests.integrations.calling import TIMED_OUT, a_server, a_tool, called, question, stopped

ALERTS = Path(settings.BASE_DIR) / "deploy/alerts.yml"


def told() -> dict[str, list[tuple[dict[str, str], float]]]:
    """By name the samples of everything that is told."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(exposition().decode()):
        found.setdefault(family.name, [])
        for one in family.samples:
            found.setdefault(one.name, []).append((one.labels, one.value))
    return found


@pytest.mark.django_db
def test_figures_tell_what_was_used_and_what_limits_said_with_few_labels(admin: Actor):
    now = timezone.now()
    row = an_integration(admin, is_enabled=True, now=now, budget_limit_cents=100, rate_limit_rpm=10)
    used(row, now=now, model="gpt-4o-2024-11-20", tokens_in=100_000, latency_ms=700, cost_cents=9)
    used(row, now=now, model="secret-model", error_code="mine", latency_ms=90_000, cost_cents=75)
    used(row, now=now, policy_result=PolicyResult.BLOCKED)
    ask(
        [Question(row.pk, Wanted(cents=1)), Question("int_x", Wanted())],
        tenant=admin.tenant,
        now=now,
    )
    sum_up(now.date(), now=now)
    figures = told()
    mine = {"tenant": admin.tenant.pk, "integration": row.pk}
    call = mine | {"provider": "openai", "model": "gpt-4o"}
    assert (call, 1) in figures["cus_llm_calls_total"]
    assert (call | {"token_type": "input"}, 100_000) in figures["cus_llm_tokens_total"]
    assert (call, 26) in figures["cus_llm_cost_cents_total"]
    other = call | {"model": "other"}
    assert figures["cus_llm_errors_total"] == [(other | {"error_code": "other"}, 1)]
    assert (other | {"le": "60.0"}, 0) in figures["cus_llm_latency_seconds_bucket"]
    assert (call | {"le": "1.0"}, 1) in figures["cus_llm_latency_seconds_bucket"]
    assert ({"result": "blocked"}, 1) in figures["cus_policy_results_total"]
    assert (mine | {"result": "blocked"}, 1) in figures["cus_enforcement_decisions_total"]
    assert (mine | {"reason": "budget"}, 1) in figures["cus_enforcement_blocked_total"]
    assert (mine, 1.01) in figures["cus_budget_utilization_ratio"]
    assert (mine, 2) in figures["cus_rate_current_rpm"]
    assert (mine, 1) in figures["cus_integration_status"]


@pytest.mark.django_db
def test_figures_tell_of_calls_of_tools_and_of_those_that_wait_for_people(admin: Actor):
    now = timezone.now()
    server = a_server(admin)
    called(a_tool(server), admin, now=now, ended=TIMED_OUT)
    stopped(a_tool(server, risk_level=McpRisk.HIGH), admin, now=now)
    question(a_tool(server, is_approved=False), admin, now=now - timedelta(hours=2))
    figures, tenant = told(), {"tenant": admin.tenant.pk}
    assert figures["cus_mcp_calls_total"] == [(tenant | {"server": server.pk}, 1)]
    assert figures["cus_mcp_calls_failed_total"] == [(tenant | {"server": server.pk}, 1)]
    assert (tenant, 1) in figures["cus_mcp_calls_refused"]
    assert figures["cus_mcp_approvals_waiting"] == [(tenant, 1)]
    [(_, seconds)] = figures["cus_mcp_approvals_oldest_seconds"]
    assert 7200 <= seconds < 7300


@pytest.mark.django_db
def test_every_alert_is_of_a_figure_that_is_told_and_says_whose_it_is():
    rules = [
        rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    ]
    names = set(re.findall(r"\bcus_\w+", " ".join(rule["expr"] for rule in rules)))
    figures = told()
    missing = {one for one in names if one.removesuffix("_total") not in figures}
    assert missing == set()
    for rule in rules:
        named = "group_left (name, enforcement) cus_integration_info"
        assert named in rule["expr"] or "cus_mcp_" in rule["expr"]
        assert "$labels.tenant" in rule["annotations"]["summary"]
        assert rule["annotations"]["console"].startswith("{{ $externalLabels.console }}/")
