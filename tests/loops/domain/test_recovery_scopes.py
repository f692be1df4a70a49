from decimal import Decimal

import pytest

from loops.domain.recovery_scopes import cost_of, dry_run, life_of
from loops.domain.states import ExecutionScope, RiskClass


def run(**fields):
    defaults = {
        "action_code": "retry_exponential",
        "scope": ExecutionScope.REQUEST_SAMPLE,
        "fraction": 0.1,
        "risk": RiskClass.LOW,
        "agents": [],
    }
    return dry_run(**defaults | fields)


@pytest.mark.parametrize("risk", [RiskClass.HIGH, RiskClass.CRITICAL])
def test_what_is_risky_names_its_agents(risk):
    assert not run(risk=risk).is_allowed
    assert run(risk=risk, agents=["booking"]).is_allowed


def test_a_subset_names_its_agents():
    assert not run(scope=ExecutionScope.AGENT_SUBSET).is_allowed


@pytest.mark.parametrize(
    ("action", "cost"),
    [
        ("retry_exponential", "0.10"),
        ("fallback_model", "0.05"),
        ("circuit_breaker", "0"),
        ("scale_out", "1"),
        ("notify_ops", "0.20"),
    ],
)
def test_costs_are_reckoned_by_the_action(action, cost):
    assert cost_of(action) == Decimal(cost)


@pytest.mark.parametrize(("fraction", "samples"), [(0.0, 1), (0.25, 25), (7, 100)])
def test_a_fraction_is_kept_within_its_bounds(fraction, samples):
    assert run(fraction=fraction).samples == samples


def test_a_scope_lives_between_a_minute_and_an_hour():
    assert life_of(1).total_seconds() == 60
    assert life_of(90).total_seconds() == 90
    assert life_of(10**6).total_seconds() == 3600
