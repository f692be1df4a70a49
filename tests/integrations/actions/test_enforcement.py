from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.actions import limits
from integrations.actions.enforcement import Answer, Question, ask
from integrations.actions.limits import WantedRaise
from integrations.domain.enforcement import Limits, Wanted
from integrations.domain.states import Enforcement, FailMode, PolicyResult
from integrations.models import EnforcementConfig, EnforcementDecision
from m25console.access import Actor
from tests.integrations.building import NOW, an_integration, used

pytestmark = pytest.mark.django_db


def asked(row, *, now=NOW, cents: int = 0, tokens: int = 0) -> Answer:
    question = Question(row.pk, Wanted(cents, tokens))
    return ask([question], tenant=row.tenant, now=now)[0]


def codes(answer: Answer) -> list[str]:
    return [one.code for one in answer.decision.reasons]


def test_int_30_the_budget_counts_what_was_used_this_month(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=1000)
    used(row, cost_cents=799)
    used(row, cost_cents=900, now=NOW - timedelta(days=30))
    assert asked(row).decision.result is Enforcement.ALLOWED
    used(row, cost_cents=1)
    warned = asked(row)
    assert (warned.decision.result, codes(warned)) == (Enforcement.WARNED, ["budget_warning"])
    assert asked(row, cents=200).decision.result is Enforcement.BLOCKED


def test_int_35_the_rate_counts_calls_that_were_made_in_the_last_minute(admin: Actor):
    row = an_integration(admin, is_enabled=True, rate_limit_rpm=2)
    used(row, now=NOW - timedelta(seconds=61))
    used(row, now=NOW - timedelta(seconds=59))
    used(row, now=NOW, policy_result=PolicyResult.BLOCKED)
    assert asked(row).decision.result is Enforcement.ALLOWED
    used(row, now=NOW)
    assert asked(row).decision.result is Enforcement.THROTTLED


def test_int_29_another_tenants_integration_is_not_found(admin: Actor, other_admin: Actor):
    row = an_integration(other_admin, is_enabled=True)
    [answer] = ask([Question(row.pk, Wanted())], tenant=admin.tenant, now=NOW)
    assert codes(answer) == ["integration_not_found"]


def test_int_37_within_a_batch_what_is_let_through_adds_up(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=1000)
    used(row, cost_cents=300)
    question = Question(row.pk, Wanted(cents=400))
    first, second = ask([question, question], tenant=admin.tenant, now=NOW)
    assert first.decision.result is Enforcement.ALLOWED
    assert second.decision.result is Enforcement.BLOCKED


def test_limits_that_only_observe_tell_what_they_would_have_stopped(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=10, enforces=False)
    used(row, cost_cents=10)
    answer = asked(row)
    assert answer.decision.result is Enforcement.WARNED
    assert answer.would_be is Enforcement.BLOCKED
    kept = EnforcementDecision.objects.get()
    assert (kept.pk, kept.would_be) == (answer.decision_id, Enforcement.BLOCKED)
    assert kept.reasons[0]["limit_value"] == 10


def test_a_plain_yes_leaves_no_record(admin: Actor):
    assert asked(an_integration(admin, is_enabled=True)).decision_id == ""
    assert not EnforcementDecision.objects.exists()


def test_int_36_what_cannot_be_read_lets_through_or_blocks_as_the_tenant_chose(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=10)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cus_usage_meters RENAME TO away")
    opened = asked(row)
    assert (opened.decision.result, opened.decision.degraded) == (Enforcement.ALLOWED, True)
    assert codes(opened) == ["budget_degraded"]
    EnforcementConfig.objects.create(tenant=admin.tenant, fail_mode=FailMode.CLOSED)
    assert asked(row).decision.result is Enforcement.BLOCKED


def test_however_much_is_asked_it_is_read_and_counted_in_one_statement_each(admin: Actor):
    rows = [an_integration(admin, is_enabled=True, rate_limit_rpm=9) for _ in range(3)]
    questions = [Question(row.pk, Wanted()) for row in rows]
    for asked_of in (questions[:1], questions):
        with CaptureQueriesContext(connection) as seen:
            ask(asked_of, tenant=admin.tenant, now=NOW)
        own = [one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]]
        assert len(own) == 2


def test_a_limit_that_is_raised_counts_calls_up_to_the_raise_while_it_holds(admin: Actor):
    row = an_integration(admin, is_enabled=True, rate_limit_rpm=1)
    higher = WantedRaise(Limits(calls_per_minute=3), NOW + timedelta(days=1), "The launch.")
    limits.raise_limits(integration_id=row.pk, wanted=higher, by=admin, now=NOW)
    for _ in range(3):
        used(row)
    assert asked(row).decision.reasons[0].current_value == 3
    used(row, now=NOW + timedelta(days=2))
    later = asked(row, now=NOW + timedelta(days=2))
    assert (later.decision.result, later.decision.reasons[0].current_value) == (
        Enforcement.THROTTLED,
        1,
    )
