from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from loops.actions import evaluations
from loops.domain.conditions import equals
from loops.domain.states import PolicyMode, TrafficLabel
from loops.engine import backtests, parity
from loops.engine.backtests import Replay, replay
from loops.engine.parity import check_parity
from loops.engine.promises import check_promises, make_promises, promise_of
from loops.models import (
    HumanCheckpoint,
    Incident,
    PolicyActivationAudit,
    PolicyPromise,
    PolicyRule,
    PolicyTally,
    PolicyVersion,
)
from m25console.access import system_actor
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def replayed(rule: PolicyRule, *, days: int = 7) -> Replay:
    now = timezone.now()
    return replay(rule, since=now - timedelta(days=days), until=now + timedelta(minutes=1))


def ask(tenant: Tenant, label: TrafficLabel | None = None, **document: Any) -> str:
    asked = factories.ask(tenant, **document).evaluation.pk
    if label:
        evaluations.label(
            evaluation_id=asked, label=label, source="", by=system_actor(tenant),
            now=timezone.now(),
        )  # fmt: skip
    return asked


def taught_rule(tenant: Tenant, **fields: Any) -> PolicyRule:
    """A policy of timeouts, learned from two incidents."""
    _, last = factories.run_loops(tenant, times=2, error_code="E1")
    incident = Incident.objects.get(pk=last.incident_id)
    return factories.make_rule(
        tenant,
        source_pattern_id=incident.matched_pattern_id,
        source_incident=incident,
        created_at=timezone.now(),
        **{"mode": "shadow", "activated_at": None} | fields,
    )


def test_a_history_with_known_answers_is_counted_as_by_hand(tenant):
    rule = taught_rule(tenant)
    factories.run_loops(tenant, times=3, error_code="E1")
    factories.run_loop(tenant, error_type="unrelated")
    good = ask(tenant, TrafficLabel.GOOD)
    unknown = ask(tenant)
    ask(tenant, TrafficLabel.GOOD, error_type="fine")

    result = replayed(rule)

    found = result.findings
    assert found.verdict == "stops 3 of 3 others, blocks 1 of 2 good requests"
    assert [one.id for one in found.good_blocked] == [good]
    assert [one.id for one in found.unknown_blocked] == [unknown]
    assert len(found.taught) == 2
    assert (found.acted, found.asked, result.rate.expected) == (2, 3, 0.666667)
    assert result.cut == ()


def test_incidents_of_its_pattern_that_it_would_miss_are_told(tenant):
    rule = taught_rule(tenant, conditions=equals("agent_id", "a1"))
    missed = factories.run_loop(tenant, error_code="E1")
    found = replayed(rule).findings
    assert [one.id for one in found.missed] == [missed.incident_id]


def test_a_request_that_became_an_incident_is_counted_once(tenant):
    rule = taught_rule(tenant)
    ask(tenant, external_id="call-1", error_code="E1")
    factories.run_loop(tenant, external_id="call-1", error_code="E1")
    found = replayed(rule).findings
    assert (len(found.stopped), len(found.unknown_blocked)) == (1, 0)


def test_patterns_nobody_had_asked_for_are_recognised(tenant):
    asked = ask(tenant, error_code="E1")
    rule = taught_rule(tenant)
    PolicyRule.objects.filter(pk=rule.pk).update(
        conditions=equals("pattern_id", rule.source_pattern_id)
    )
    rule.refresh_from_db()
    found = replayed(rule).findings
    assert [one.id for one in found.unknown_blocked] == [asked]


def test_what_is_left_out_for_its_size_is_said(tenant, monkeypatch):
    monkeypatch.setattr(backtests, "MAX_INCIDENTS", 1)
    monkeypatch.setattr(backtests, "MAX_OF_PATTERN", 0)
    monkeypatch.setattr(backtests, "MAX_REQUESTS", 1)
    rule = taught_rule(tenant)
    ask(tenant)
    ask(tenant)
    result = replayed(rule)
    assert result.findings.asked == 1
    assert result.cut == (
        "only the newest 1 incidents were looked at",
        "only the newest 0 incidents of its pattern were looked at",
        "only the newest 1 requests were looked at",
    )


def test_another_tenants_history_takes_no_part(tenant):
    other = factories.make_tenant()
    factories.run_loop(other)
    ask(other)
    rule = factories.make_rule(tenant)
    assert replayed(rule).findings.verdict == "nothing to compare it with"


def test_a_policy_that_cannot_be_read_says_so(tenant):
    rule = factories.make_rule(tenant, conditions={"expression": "x"})
    assert not replayed(rule).is_readable


def versions() -> dict[str, list[Any]]:
    """Every row of every table, by its version in the database."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("loops").get_models():
            table = model._meta.db_table
            cursor.execute(f'SELECT xmin::text, ctid::text FROM "{table}" ORDER BY 2')
            found[table] = cursor.fetchall()
    return found


def test_a_replay_writes_nothing(tenant):
    rule = taught_rule(tenant, conditions={"not": equals("pattern_id", "pat_1")})
    factories.run_loop(tenant, message="no seat")
    ask(tenant, message="no seat")
    before = versions()
    replayed(rule)
    assert versions() == before


def promised(tenant: Tenant, *, days_ago: int = 5, **fields: Any) -> PolicyRule:
    """An active policy that promised, days ago, to act on a tenth of a thousand requests."""
    began = timezone.now() - timedelta(days=days_ago)
    rule = taught_rule(tenant, mode="active", activated_at=began, mode_since=began)
    PolicyPromise.objects.create(
        tenant=tenant, policy=rule, revision=1, window_days=30, evaluations=1000, made_at=began,
        **{"expected_rate": 0.1, "low": 0.08, "high": 0.12} | fields,
    )  # fmt: skip
    return rule


def tally(rule: PolicyRule, *, days_ago: int, matched: int, evaluations: int = 100) -> None:
    PolicyTally.objects.create(
        tenant_id=rule.tenant_id, policy=rule, mode="active", evaluations=evaluations,
        matched=matched, day=(timezone.now() - timedelta(days=days_ago)).date(),
    )  # fmt: skip


def test_an_activation_promises_what_its_backtest_found(tenant):
    ask(tenant)
    for _ in range(3):
        ask(tenant, error_type="fine")
    rule = factories.make_rule(tenant, activated_at=timezone.now(), mode_since=timezone.now())

    assert make_promises(timezone.now()) == {"made": 1}
    assert make_promises(timezone.now()) == {"made": 0}

    promise = promise_of(rule)
    assert promise is not None
    assert (promise.evaluations, promise.expected_rate) == (4, 0.25)
    assert (promise.low, promise.high) == (0.045587, 0.699358)
    assert promise.results["unknown_blocked"] == 1


def test_each_activation_and_each_revision_promises_anew(tenant):
    rule = factories.make_rule(tenant)
    make_promises(timezone.now())
    PolicyRule.objects.filter(pk=rule.pk).update(revision=2)
    assert make_promises(timezone.now()) == {"made": 1}
    later = timezone.now() + timedelta(minutes=1)
    PolicyRule.objects.filter(pk=rule.pk).update(activated_at=later)
    assert make_promises(later) == {"made": 1}


def test_without_data_nothing_is_promised_and_nothing_is_broken(tenant):
    rule = factories.make_rule(tenant)
    make_promises(timezone.now())
    promise = promise_of(rule)
    assert promise is not None
    assert (promise.evaluations, promise.expected_rate, promise.low) == (0, None, None)
    tally(rule, days_ago=2, matched=90)
    tally(rule, days_ago=1, matched=90)
    assert check_promises(timezone.now())["broken"] == 0


def test_a_broken_promise_puts_the_policy_back_to_shadow_once_and_asks(tenant):
    rule = promised(tenant)
    tally(rule, days_ago=3, matched=10)
    tally(rule, days_ago=2, matched=40)
    tally(rule, days_ago=1, matched=50)

    assert check_promises(timezone.now()) == {"checked": 1, "broken": 1}
    assert check_promises(timezone.now()) == {"checked": 0, "broken": 0}

    rule.refresh_from_db()
    assert rule.mode == PolicyMode.SHADOW
    change = PolicyActivationAudit.objects.get(policy=rule)
    assert (change.old_mode, change.new_mode) == ("active", "shadow")
    assert change.approval_path == "promise_broken"
    assert "It acted on 40.0% of 100 on" in change.note
    assert "had promised 10.0% (8.0% to 12.0%)" in change.note
    asked = HumanCheckpoint.objects.get(checkpoint_type="approve_policy", target_id=rule.pk)
    assert asked.description.startswith("It acted on 40.0% of 100")
    assert not asked.holds_loop


@pytest.mark.parametrize(
    "days",
    [
        [(2, 40, 100)],
        [(3, 40, 100), (1, 40, 100)],
        [(2, 29, 29), (1, 29, 29)],
        [(2, 10, 100), (1, 40, 100)],
        [(1, 40, 100), (0, 40, 100)],
    ],
    ids=["one day", "not in a row", "too few requests", "one was kept", "today is not over"],
)
def test_a_promise_stands_until_two_whole_days_in_a_row_break_it(tenant, days):
    rule = promised(tenant)
    for days_ago, matched, asked in days:
        tally(rule, days_ago=days_ago, matched=matched, evaluations=asked)
    assert check_promises(timezone.now()) == {"checked": 1, "broken": 0}


def asked_yesterday(tenant: Tenant, **document: Any) -> datetime:
    moment = timezone.now() - timedelta(minutes=5)
    factories.ask(tenant, now=moment, **document)
    return moment


def test_the_same_policies_say_the_same_again(tenant):
    rule = factories.make_rule(tenant)
    factories.make_rule(tenant, conditions=equals("pattern_id", "pat_1"))
    asked_yesterday(tenant)
    asked_yesterday(tenant, error_type="fine")
    assert check_parity(timezone.now()) == {"checked": 2, "differences": 0, "differing": []}
    PolicyRule.objects.filter(pk=rule.pk).update(mode="disabled", mode_since=timezone.now())
    assert check_parity(timezone.now())["differences"] == 0


def test_an_evaluator_that_changed_its_mind_is_a_difference(tenant, monkeypatch):
    rule = factories.make_rule(tenant)
    asked_yesterday(tenant)
    monkeypatch.setattr(parity, "_matching", lambda _row, _rules: set())
    result = check_parity(timezone.now())
    assert result["differences"] == 1
    assert f"policy {rule.pk}, revision 1" in result["differing"][0]


def test_a_policy_that_matches_now_but_did_not_is_a_difference(tenant):
    factories.make_rule(tenant)
    asked_yesterday(tenant, error_type="fine")
    # Behind the console's back: no revision says that the condition was another.
    PolicyRule.objects.update(conditions=equals("error_type", "fine"))
    assert check_parity(timezone.now())["differences"] == 1


def test_an_earlier_revision_is_judged_as_it_was(tenant):
    rule = factories.make_rule(tenant)
    asked_yesterday(tenant)
    for revision, kind in ((1, "timeout"), (2, "fine")):
        PolicyVersion.objects.create(
            tenant=tenant, policy=rule, revision=revision, name=rule.name, actions=rule.actions,
            conditions=equals("error_type", kind), scope_type="tenant", scope_id=tenant.pk,
            changed_by="somebody", at=timezone.now(),
        )  # fmt: skip
    PolicyRule.objects.update(revision=2, conditions=equals("error_type", "fine"))
    assert check_parity(timezone.now())["differences"] == 0
