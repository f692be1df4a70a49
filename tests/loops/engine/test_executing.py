"""Carrying recoveries out, against a real endpoint on loopback."""

import json
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import endpoints as endpoint_actions
from loops.actions import executions, tries
from loops.actions.targets import secrets_of
from loops.domain.executions import signed_headers
from loops.domain.states import (
    Capability,
    ExecutionStatus,
    Executor,
    ProvenanceEvent,
    RecoveryStatus,
    Verification,
)
from loops.engine import executing, ledger
from loops.engine.executors import webhook
from loops.models import (
    CapabilityLockout,
    FailurePattern,
    RecoveryCandidate,
    RecoveryExecution,
    RecoveryProvenance,
    SuggestionAction,
    WebhookEndpoint,
)
from m25console import errands
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import carrying, factories
from tests.carrying import applied, carry_out_what_is_due, execution_of
from tests.endpoints import Endpoint, answers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    carrying.stock_catalogue()
    return factories.make_tenant()


@pytest.fixture
def endpoint(tenant, settings):
    with carrying.endpoint_of(tenant, settings) as running:
        yield running


def events_of(recovery: RecoveryCandidate) -> list[str]:
    history = RecoveryProvenance.objects.filter(recovery=recovery).oldest_first()
    return list(history.values_list("event_type", flat=True))


def make_due(execution: RecoveryExecution) -> None:
    RecoveryExecution.objects.filter(pk=execution.pk).update(next_attempt_at=timezone.now())


def test_without_an_endpoint_it_is_written_down_and_nobody_is_asked(tenant):
    recovery = applied(tenant)
    execution = execution_of(recovery)
    assert (execution.executor, execution.status) == (Executor.RECORD_ONLY, "succeeded")
    assert execution.result["recorded"] is True
    assert recovery.execution_status == ExecutionStatus.SUCCEEDED
    assert recovery.verification == Verification.WATCHING
    assert carry_out_what_is_due() == 0
    assert SuggestionAction.objects.filter(total_applications__gt=0).count() == 0
    assert list(ledger.violations()) == []


def test_an_endpoint_is_asked_once_with_a_signed_request(tenant, endpoint: Endpoint):
    recovery = applied(tenant, agent_id="booking")
    assert recovery.execution_status == ExecutionStatus.PENDING
    assert recovery.verification is None

    assert carry_out_what_is_due() == 1

    [received] = endpoint.received
    execution, told = execution_of(recovery), json.loads(received.body)
    assert told["data"]["recovery_id"] == recovery.pk
    assert told["data"]["incident"]["agent_id"] == "booking"
    assert told["data"]["action"]["code"] == "retry_exponential"
    assert received.headers["webhook-id"] == str(execution.idempotency_key)
    secrets = secrets_of(WebhookEndpoint.objects.get(), now=timezone.now())
    expected = signed_headers(
        message_id=received.headers["webhook-id"], body=received.body, secrets=secrets,
        at=timezone.datetime.fromtimestamp(
            int(received.headers["webhook-timestamp"]), tz=timezone.get_current_timezone()
        ),
    )  # fmt: skip
    assert received.headers["webhook-signature"] == expected["webhook-signature"]
    recovery.refresh_from_db()
    assert (execution.status, execution.attempts) == (ExecutionStatus.SUCCEEDED, 1)
    assert execution.result == {"status": 200, "answer": '{"done": true}', "is_cut": False}
    assert recovery.verification == Verification.WATCHING
    assert events_of(recovery) == ["approved", "executed", "success"]
    assert list(ledger.violations()) == []


def test_what_an_endpoint_carried_out_counts_for_the_action_once(tenant, endpoint: Endpoint):
    applied(tenant)
    carry_out_what_is_due()
    endpoint.behaviour = answers(400)
    applied(tenant)
    carry_out_what_is_due()
    assert carry_out_what_is_due() == 0
    action = SuggestionAction.objects.get(action_code="retry_exponential")
    assert (action.total_applications, action.successful_applications) == (2, 1)
    assert action.success_rate == 0.5


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusal_is_final(tenant, endpoint: Endpoint, status):
    endpoint.behaviour = answers(status, b"no")
    recovery = applied(tenant)
    carry_out_what_is_due()
    execution = execution_of(recovery)
    assert (execution.status, execution.error) == ("failed", f"The endpoint answered {status}.")
    recovery.refresh_from_db()
    assert recovery.execution_status == ExecutionStatus.FAILED
    assert recovery.verification is None
    assert list(ledger.violations()) == []


@pytest.mark.parametrize("status", [408, 429, 500, 503, 307])
def test_anything_else_is_tried_again_under_the_same_id(tenant, endpoint: Endpoint, status):
    endpoint.behaviour = answers(status)
    recovery = applied(tenant)
    carry_out_what_is_due()
    execution = execution_of(recovery)
    assert (execution.status, execution.attempts) == (ExecutionStatus.PENDING, 1)
    assert execution.next_attempt_at > timezone.now()
    assert carry_out_what_is_due() == 0

    endpoint.behaviour = answers(204)
    make_due(execution)
    carry_out_what_is_due()

    assert execution_of(recovery).status == ExecutionStatus.SUCCEEDED
    first, second = endpoint.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert events_of(recovery)[1:] == ["executed", "failure", "executed", "success"]


def test_an_endpoint_may_ask_for_patience(tenant, endpoint: Endpoint):
    endpoint.behaviour = answers(503, Retry_After="120")
    recovery = applied(tenant)
    carry_out_what_is_due()
    assert execution_of(recovery).next_attempt_at > timezone.now() + timedelta(seconds=110)


def test_tries_come_to_an_end(tenant, endpoint: Endpoint):
    endpoint.behaviour = answers(500)
    recovery = applied(tenant)
    for _ in range(5):
        make_due(execution_of(recovery))
        carry_out_what_is_due()
    execution = execution_of(recovery)
    assert (execution.status, execution.attempts) == (ExecutionStatus.FAILED, 5)
    assert len(endpoint.received) == 5
    assert list(ledger.violations()) == []


def test_an_endpoint_that_hangs_up_is_tried_again(tenant, endpoint: Endpoint):
    endpoint.behaviour = lambda request: request.connection.shutdown(socket.SHUT_RDWR)
    recovery = applied(tenant)
    carry_out_what_is_due()
    assert execution_of(recovery).status == ExecutionStatus.PENDING


def test_a_message_that_was_lost_is_sent_again_and_the_old_one_is_void(tenant, endpoint: Endpoint):
    applied(tenant)
    [lost] = executing.ERRANDS.give_out(now=timezone.now())
    assert executing.ERRANDS.give_out(now=timezone.now()) == []
    later = timezone.now() + errands.LOST_AFTER + timedelta(seconds=1)
    [again] = executing.ERRANDS.give_out(now=later)
    assert again.ticket != lost.ticket
    assert not executing.execute(lost)
    assert executing.execute(again)
    assert not executing.execute(again)
    assert len(endpoint.received) == 1


def test_a_worker_that_dies_between_sending_and_storing_is_followed_by_another(
    tenant, endpoint: Endpoint
):
    recovery = applied(tenant)
    [call] = executing.ERRANDS.give_out(now=timezone.now())
    attempt = tries.begin(execution_id=call.id, ticket=call.ticket, now=timezone.now())
    came_to = webhook.carry_out(attempt, timezone.now())  # and it is killed here

    make_due(execution_of(recovery))  # its lease is over
    carry_out_what_is_due()

    first, second = endpoint.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert execution_of(recovery).status == ExecutionStatus.SUCCEEDED
    assert events_of(recovery)[1:] == ["executed", "failure", "executed", "success"]
    # It was only slow, and speaks after all: nobody hears it.
    late = timezone.now()
    assert not tries.end(attempt, came_to=came_to, wait=timedelta(0), now=late)
    assert list(ledger.violations()) == []


def test_what_was_taken_back_is_not_carried_out(tenant, endpoint: Endpoint):
    recovery = applied(tenant)
    RecoveryCandidate.objects.update(status=RecoveryStatus.ROLLED_BACK)
    assert carry_out_what_is_due() == 0
    execution = execution_of(recovery)
    assert execution.status == ExecutionStatus.SKIPPED
    assert "taken back" in execution.error
    assert endpoint.received == []


def test_an_endpoint_switched_off_is_not_called(tenant, endpoint: Endpoint):
    recovery = applied(tenant)
    WebhookEndpoint.objects.update(is_enabled=False)
    assert carry_out_what_is_due() == 0
    assert execution_of(recovery).status == ExecutionStatus.SKIPPED


def test_another_master_key_sends_nothing(tenant, endpoint: Endpoint, settings):
    recovery = applied(tenant)
    settings.CREDENTIAL_MASTER_KEYS = (b"another key of thirty-two bytes.",)
    assert carry_out_what_is_due() == 0
    assert "secret cannot be used" in execution_of(recovery).error
    assert endpoint.received == []


def test_a_slow_tenant_does_not_hold_up_the_others(tenant, endpoint: Endpoint):
    for number in range(errands.IN_FLIGHT_EACH + 3):
        applied(tenant, error_type=f"timeout_{number}")
    other = factories.make_tenant()
    endpoint_actions.set_up(
        url=endpoint.url, is_enabled=True, now=timezone.now(),
        by=factories.make_actor(other, role=Role.ADMIN),
    )  # fmt: skip
    theirs = execution_of(applied(other)).pk

    given = {call.id for call in executing.ERRANDS.give_out(now=timezone.now())}

    assert theirs in given
    assert len(given) == errands.IN_FLIGHT_EACH + 1
    assert executing.ERRANDS.give_out(now=timezone.now()) == []


def earn_automatic_recovery(tenant: Tenant) -> None:
    CapabilityLockout.objects.create(
        tenant=tenant, capability=Capability.AUTO_APPLY_RECOVERY, is_unlocked=True,
        requires_gate="prevention", unlocked_at=timezone.now(),
    )  # fmt: skip
    factories.run_loop(tenant)
    FailurePattern.objects.update(
        auto_apply_recovery=True,
        recovery_template={"action_type": "retry", "action_params": {"max_retries": 1}},
    )


@pytest.mark.parametrize(("switched_on", "times"), [(False, 0), (True, 1)])
def test_without_a_person_the_endpoint_is_called_only_if_that_is_switched_on(
    tenant, endpoint: Endpoint, settings, switched_on, times
):
    settings.RECOVERY_AUTO_EXECUTE = switched_on
    earn_automatic_recovery(tenant)
    trace = factories.run_loop(tenant)
    recovery = RecoveryCandidate.objects.get(trace=trace)
    assert recovery.status == RecoveryStatus.APPLIED
    carry_out_what_is_due()
    assert len(endpoint.received) == times
    assert execution_of(recovery).status == ExecutionStatus.SUCCEEDED
    assert list(ledger.violations()) == []


def test_the_rules_say_what_would_be_executed(tenant):
    for _ in range(2):
        trace = factories.run_loop(tenant)
    recovery = RecoveryCandidate.objects.get(trace=trace)
    assert recovery.selected_action.action_code == "retry_exponential"
    *findings, summary = recovery.rules_evaluated
    assert [one["rule_id"] for one in findings] == ["timeout_retry"]
    assert (summary["matcher"], summary["combined"]) == (0.95, 0.9)
    assert recovery.confidence_version == "CONFIDENCE_V1"


def test_what_helped_before_takes_part_in_what_the_rules_say(tenant, endpoint: Endpoint):
    skip = SuggestionAction.objects.get(action_code="skip_task")
    for _ in range(3):
        trace = factories.run_loop(tenant, error_type="odd")
        carry_out(RecoveryCandidate.objects.get(trace=trace), skip)
    trace = factories.run_loop(tenant, error_type="odd")
    recovery = RecoveryCandidate.objects.get(trace=trace)
    assert recovery.rules_evaluated[0]["rule_id"] == "historical_success"
    assert recovery.selected_action == skip


def carry_out(recovery: RecoveryCandidate, action: SuggestionAction) -> None:
    recovery.status, recovery.selected_action = RecoveryStatus.APPLIED, action
    recovery.decided_at = timezone.now()
    recovery.save()
    executions.wanted(
        recovery,
        incident=recovery.source_incident,
        executor=Executor.WEBHOOK,
        requested_by="a test",
        now=timezone.now(),
    ).save()
    carry_out_what_is_due()


def test_a_decision_is_in_the_history_with_its_person(tenant):
    recovery = applied(tenant)
    [row] = RecoveryProvenance.objects.filter(recovery=recovery)
    assert (row.event_type, row.actor_type) == (ProvenanceEvent.APPROVED, "human")
