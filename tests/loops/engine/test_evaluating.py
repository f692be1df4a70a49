from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loops.domain.conditions import equals
from loops.domain.states import PolicyDecision
from loops.engine import evaluating
from loops.engine.books import Books, read_book
from loops.models import (
    FailurePattern,
    Incident,
    PolicyEvaluation,
    PolicyException,
    PolicyRule,
    PreventionRecord,
)
from m25console.models import Tenant
from m25console.refusals import TooMany, WrongState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def learned(tenant: Tenant, **document: Any) -> tuple[FailurePattern, PolicyRule]:
    """A failure that happened once, and an active policy that blocks its pattern."""
    trace = factories.run_loop(tenant, **document)
    pattern = FailurePattern.objects.get(incidents=trace.incident_id)
    rule = factories.make_rule(
        tenant,
        conditions=equals("pattern_id", pattern.pk),
        source_pattern=pattern,
        source_incident_id=trace.incident_id,
    )
    return pattern, rule


def test_every_question_is_stored_with_its_answer(tenant):
    rule = factories.make_rule(tenant)
    answer = factories.ask(tenant, agent_id="a1", run_id="r1", context={"region": "eu"})
    row = PolicyEvaluation.objects.get()
    assert row.pk == answer.evaluation.pk
    assert (row.decision, row.policy_id, row.revision) == (PolicyDecision.BLOCK, rule.pk, 1)
    assert row.features == {
        "error_type": "timeout", "agent_id": "a1", "context": {"region": "eu"},
    }  # fmt: skip
    assert [(one["policy_id"], one["mode"], one["excepted"]) for one in row.matched] == [
        (rule.pk, "active", False)
    ]


def test_a_recurrence_that_is_blocked_is_prevented(tenant):
    pattern, rule = learned(tenant, error_code="E7")
    answer = factories.ask(tenant, error_code="E7", external_id="call-1", run_id="r1")
    record = PreventionRecord.objects.get()
    assert answer.prevention == record
    assert (record.policy_id, record.pattern_id) == (rule.pk, pattern.pk)
    assert record.original_incident_id == rule.source_incident_id
    assert (record.outcome, record.signature_match_confidence) == ("prevented", 0.95)
    assert (record.external_id, record.run_id) == ("call-1", "r1")
    rule.refresh_from_db()
    assert (rule.prevention_count, rule.last_prevention_at) == (1, record.created_at)


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("block", "prevented"),
        ("route_away", "prevented"),
        ("rate_limit", "mitigated"),
        ("escalate", None),
        ("warn", None),
    ],
)
def test_what_is_recorded_follows_from_the_action(tenant, action, outcome):
    _, rule = learned(tenant)
    PolicyRule.objects.filter(pk=rule.pk).update(actions={"type": action, "params": {}})
    answer = factories.ask(tenant)
    assert answer.evaluation.decision == action
    assert (answer.prevention.outcome if answer.prevention else None) == outcome


def test_a_message_is_recognised_by_its_template_and_nothing_is_learned_from_asking(tenant):
    message = "no seats left on flight HAT{} to Bergen tonight"
    factories.run_loop(tenant, error_type="tool", message=message.format(12))
    trace = factories.run_loop(tenant, error_type="tool", message=message.format(345))
    pattern = FailurePattern.objects.get()
    factories.make_rule(
        tenant,
        conditions={"all": [equals("error_type", "tool"), equals("pattern_id", pattern.pk)]},
        source_pattern=pattern,
        source_incident_id=trace.incident_id,
    )
    before = FailurePattern.objects.values().get()

    answer = factories.ask(tenant, error_type="tool", message=message.format(678))

    assert answer.prevention is not None
    assert answer.evaluation.match_confidence >= 0.85
    assert FailurePattern.objects.values().get() == before
    assert factories.ask(tenant, error_type="tool", message="disk is full").prevention is None


def test_a_block_of_an_unknown_failure_stands_but_prevents_nothing(tenant):
    factories.make_rule(tenant)
    answer = factories.ask(tenant)
    assert answer.evaluation.decision == PolicyDecision.BLOCK
    assert answer.prevention is None
    [verdict] = PolicyEvaluation.objects.get().matched
    assert verdict["no_prevention"]["rule"] == "SIGNATURE_CONFIDENCE"


def test_another_failure_under_a_broad_rule_is_no_prevention(tenant):
    _, rule = learned(tenant, error_code="E7")
    factories.run_loop(tenant, error_code="OTHER", api_endpoint="/x", agent_capability="y")
    PolicyRule.objects.filter(pk=rule.pk).update(conditions=equals("error_type", "timeout"))
    answer = factories.ask(tenant, error_code="OTHER", api_endpoint="/x", agent_capability="y")
    assert answer.evaluation.decision == PolicyDecision.BLOCK
    [verdict] = PolicyEvaluation.objects.get().matched
    assert verdict["no_prevention"]["rule"] == "SIGNATURE_MISMATCH"


def test_a_policy_in_shadow_is_told_of_and_does_nothing(tenant):
    rule = factories.make_rule(tenant, mode="shadow", activated_at=None)
    answer = factories.ask(tenant)
    assert (answer.evaluation.decision, answer.prevention) == (PolicyDecision.ALLOW, None)
    assert answer.evaluation.matched[0]["policy_id"] == rule.pk


def test_policies_of_another_tenant_say_nothing(tenant):
    factories.make_rule(factories.make_tenant())
    assert factories.ask(tenant).evaluation.matched == []


def test_an_exception_lets_its_requests_through_until_it_ends(tenant):
    rule = factories.make_rule(tenant)
    person = factories.make_user()
    exception = PolicyException.objects.create(
        tenant=tenant, policy=rule, conditions=equals("agent_id", "a1"), reason="tested by hand",
        created_by=person, expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    excepted = factories.ask(tenant, agent_id="a1").evaluation
    assert (excepted.decision, excepted.matched[0]["excepted"]) == (PolicyDecision.ALLOW, True)
    assert factories.ask(tenant, agent_id="a2").evaluation.decision == PolicyDecision.BLOCK
    PolicyException.objects.filter(pk=exception.pk).update(ended_at=timezone.now(), ended_by=person)
    assert factories.ask(tenant, agent_id="a1").evaluation.decision == PolicyDecision.BLOCK


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "disabled"},
        {"conditions": equals("error_type", "other")},
        {"actions": {"type": "warn", "params": {}}},
        {"scope_type": "agent", "scope_id": "a9"},
    ],
)
def test_a_change_of_a_policy_holds_from_the_next_question_on(tenant, change):
    rule = factories.make_rule(tenant)
    assert factories.ask(tenant).evaluation.decision == PolicyDecision.BLOCK
    PolicyRule.objects.filter(pk=rule.pk).update(**change)
    assert factories.ask(tenant).evaluation.decision != PolicyDecision.BLOCK


def test_a_policy_that_cannot_be_read_never_matches_and_stops_no_other(tenant):
    factories.make_rule(tenant, conditions={"expression": "error_type == 'timeout'"})
    factories.make_rule(tenant, actions={"type": "dance"})
    assert factories.ask(tenant).evaluation.matched == []
    factories.make_rule(tenant)
    assert factories.ask(tenant).evaluation.decision == PolicyDecision.BLOCK


def test_the_same_question_gets_the_stored_answer(tenant):
    learned(tenant)
    first = factories.ask(tenant, external_id="call-1", context={"n": 1e23, "deep": [1.0, None]})
    PolicyRule.objects.update(mode="disabled")
    again = factories.ask(tenant, external_id="call-1", context={"n": 1e23, "deep": [1.0, None]})
    assert again.is_repeat
    assert again.evaluation.pk == first.evaluation.pk
    assert again.prevention == first.prevention
    assert PolicyEvaluation.objects.count() == 1


@pytest.mark.parametrize("other", [{"error_code": "E1"}, {"run_id": "r2"}])
def test_another_question_under_the_same_name_is_refused(tenant, other):
    factories.ask(tenant, external_id="call-1")
    with pytest.raises(WrongState, match="under the same external id"):
        factories.ask(tenant, external_id="call-1", **other)
    assert PolicyEvaluation.objects.count() == 1


def test_a_policy_changed_while_a_request_is_judged_is_judged_anew(tenant, monkeypatch):
    rule = factories.make_rule(tenant)
    judged = evaluating._judged

    def changed_meanwhile(*args: Any, **kwargs: Any) -> Any:
        result = judged(*args, **kwargs)
        PolicyRule.objects.filter(pk=rule.pk, mode="active").update(mode="disabled")
        return result

    monkeypatch.setattr(evaluating, "_judged", changed_meanwhile)
    assert factories.ask(tenant).evaluation.decision == PolicyDecision.ALLOW
    assert PolicyEvaluation.objects.count() == 1


def test_policies_that_never_rest_are_waited_for_a_few_times_only(tenant, monkeypatch):
    rule = factories.make_rule(tenant)
    judged = evaluating._judged

    def changing(*args: Any, **kwargs: Any) -> Any:
        rule.priority += 1
        rule.save()
        return judged(*args, **kwargs)

    monkeypatch.setattr(evaluating, "_judged", changing)
    with pytest.raises(TooMany):
        factories.ask(tenant)
    assert not PolicyEvaluation.objects.exists()


def test_asking_costs_one_query_however_many_policies_there_are(tenant):
    counts = []
    for number in (1, 40):
        for other in range(number):
            factories.make_rule(tenant, conditions=equals("error_type", f"kind-{other}"))
        factories.ask(tenant)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            factories.ask(tenant)
        counts.append(len(caught))
    assert counts == [1, 1]


def test_books_are_kept_for_a_bounded_number_of_tenants():
    books = Books(max_books=2)
    tenants = [factories.make_tenant() for _ in range(3)]
    first = books.of(tenants[0].pk)
    assert books.of(tenants[0].pk) is first
    for one in tenants[1:]:
        books.of(one.pk)
    assert books.of(tenants[0].pk) is not first


def test_a_book_of_many_policies_pushes_others_out(tenant):
    books = Books(max_rules=1)
    other = factories.make_tenant()
    kept = books.of(other.pk)
    factories.make_rule(tenant)
    factories.make_rule(tenant)
    books.of(tenant.pk)
    assert books.of(other.pk) is not kept


def test_an_outdated_book_is_read_once_though_many_find_it_so(tenant):
    books = Books()
    outdated = books.of(tenant.pk)
    renewed = books.renewed(tenant.pk, outdated=outdated)
    assert renewed is not outdated
    assert books.renewed(tenant.pk, outdated=outdated) is renewed
    assert read_book(tenant.pk).changes == 0


def test_spec_71_a_record_is_neither_changed_nor_deleted(tenant):
    record = factories.prevent(tenant)
    with pytest.raises(IntegrityError), transaction.atomic():
        PreventionRecord.objects.filter(pk=record.pk).update(outcome="failed")
    with pytest.raises(IntegrityError), transaction.atomic():
        PreventionRecord.objects.filter(pk=record.pk).delete()
    assert PreventionRecord.objects.get() == record


def test_what_became_an_incident_cannot_be_prevented_under_its_name(tenant):
    learned(tenant)
    factories.report(tenant, external_id="call-1")
    answer = factories.ask(tenant, external_id="call-1")
    assert answer.evaluation.decision == PolicyDecision.BLOCK
    assert answer.prevention is None
    [verdict] = PolicyEvaluation.objects.get().matched
    assert verdict["no_prevention"]["rule"] == "INCIDENT_CREATED"
    assert PolicyRule.objects.get().prevention_count == 0


def test_what_was_prevented_is_not_taken_as_an_incident(tenant):
    record = factories.prevent(tenant, error_type="tool", external_id=None)
    named = factories.ask(tenant, error_type="tool", external_id="call-1").prevention
    before = Incident.objects.count()
    [prevented, accepted] = [
        factories.report(tenant, error_type="tool", external_id=name)[0]
        for name in ("call-1", "call-2")
    ]
    assert (prevented.status, accepted.status) == ("prevented", "accepted")
    assert prevented.prevention_id == named.pk != record.pk
    assert prevented.evaluation_id == named.evaluation_id
    assert Incident.objects.count() == before + 1
