from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from loops.actions.policy_modes import change_mode
from loops.domain.states import PolicyMode
from loops.engine import ledger
from loops.engine.books import read_book
from loops.engine.pruning import KEPT, KEPT_FOR, prune_policy_changes
from loops.engine.tallying import count_evaluations
from loops.models import PolicyChange, PolicyEvaluation, PolicyRule, PolicyTally
from m25console.access import system_actor
from m25console.models import Tenant
from tests import factories
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def tallies(rule: PolicyRule) -> dict[str, tuple[int, int, int, int]]:
    return {
        one.mode: (one.evaluations, one.matched, one.decided, one.excepted)
        for one in PolicyTally.objects.filter(policy=rule)
    }


def shadow_rule(tenant: Tenant, **fields: Any) -> PolicyRule:
    return factories.make_rule(tenant, **{"mode": "shadow", "activated_at": None} | fields)


def test_spec_50_two_of_three_would_have_been_blocked(tenant):
    rule = shadow_rule(tenant)
    for kind in ("timeout", "timeout", "other"):
        factories.ask(tenant, error_type=kind)
    assert count_evaluations(timezone.now()) == {"counted": 3}
    rule.refresh_from_db()
    assert (rule.shadow_evaluations, rule.shadow_would_block) == (3, 2)
    assert tallies(rule) == {"shadow": (3, 2, 0, 0)}
    assert list(ledger.violations()) == []


def test_counting_again_adds_nothing(tenant):
    rule = shadow_rule(tenant)
    factories.ask(tenant)
    count_evaluations(timezone.now())
    assert count_evaluations(timezone.now()) == {"counted": 0}
    rule.refresh_from_db()
    assert rule.shadow_evaluations == 1
    factories.ask(tenant)
    count_evaluations(timezone.now())
    assert tallies(rule) == {"shadow": (2, 2, 0, 0)}


def test_an_activation_between_asking_and_counting_keeps_both_apart(tenant):
    rule = shadow_rule(tenant)
    factories.ask(tenant)
    with transaction.atomic():
        change_mode(
            rule, to=PolicyMode.ACTIVE, path="auto", now=timezone.now(), by=system_actor(tenant)
        )
    factories.ask(tenant)
    factories.ask(tenant, error_type="other")
    count_evaluations(timezone.now())
    assert tallies(rule) == {"shadow": (1, 1, 0, 0), "active": (2, 1, 1, 0)}
    rule.refresh_from_db()
    assert (rule.shadow_evaluations, rule.shadow_would_block) == (1, 1)
    assert list(ledger.violations()) == []


def test_a_policy_is_asked_by_its_own_tenant_only(tenant):
    rule = shadow_rule(tenant)
    factories.ask(factories.make_tenant())
    count_evaluations(timezone.now())
    assert tallies(rule) == {}


def test_many_that_count_at_once_count_each_row_once(monkeypatch):
    monkeypatch.setattr("loops.engine.tallying.BATCH", 3)
    tenant = factories.make_tenant()
    rule = shadow_rule(tenant)
    for _ in range(20):
        factories.ask(tenant)

    at_once(lambda _: count_evaluations(timezone.now()), times=4)
    count_evaluations(timezone.now())

    rule.refresh_from_db()
    assert (rule.shadow_evaluations, rule.shadow_would_block) == (20, 20)
    assert tallies(rule) == {"shadow": (20, 20, 0, 0)}
    assert not PolicyEvaluation.objects.filter(is_counted=False).exists()


def test_old_changes_are_forgotten_and_no_book_looks_current_for_it(tenant):
    factories.make_rule(tenant)
    PolicyChange.objects.bulk_create(PolicyChange(tenant=tenant) for _ in range(KEPT))
    old = read_book(tenant.pk)
    # One that was begun before the last and committed after it: it bears a lower number.
    last = PolicyChange.objects.latest("pk")
    PolicyChange.objects.create(pk=last.pk + 1000, tenant=tenant)
    late = read_book(tenant.pk)
    PolicyChange.objects.create(pk=last.pk + 500, tenant=tenant)
    PolicyChange.objects.update(at=timezone.now() - KEPT_FOR - timedelta(minutes=1))

    result = prune_policy_changes(timezone.now())

    assert result["removed"] == KEPT + 3
    fresh = read_book(tenant.pk)
    assert fresh.changes == 1
    for outdated in (old, late):
        assert outdated.last_change != fresh.last_change
    assert prune_policy_changes(timezone.now()) == {"removed": 0}
