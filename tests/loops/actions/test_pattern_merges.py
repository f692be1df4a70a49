"""Merging patterns: everything of them is of one, now and for the incidents to come."""

import pytest
from django.utils import timezone

from loops.actions import pattern_merges
from loops.actions.pattern_merges import StaleMerge, what_it_would_join
from loops.domain.states import PolicyMode
from loops.engine import ledger, resuming
from loops.engine.recognising import recognise
from loops.models import (
    FailurePattern,
    Incident,
    LoopTrace,
    PatternMerge,
    PolicyRule,
    RecoveryCandidate,
)
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SEATS = "not enough seats on flight HAT1"
PLACES = "the plane to Berlin is fully booked"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


def pattern_of(trace: LoopTrace) -> FailurePattern:
    return FailurePattern.objects.get(incidents=trace.incident_id)


def merge(
    source: FailurePattern, *, into: FailurePattern, by: Actor, **more: str
) -> FailurePattern:
    return pattern_merges.merge(
        into=into.pk,
        pattern_ids=[source.pk],
        **{"reason": "the same failure in other words"} | more,
        by=by,
        now=timezone.now(),
    )


def test_merged_patterns_are_one_now_and_for_the_incidents_to_come(tenant, admin):
    [*_, seats] = factories.run_loops(tenant, times=2, message=SEATS)
    places = factories.run_loop(tenant, message=PLACES)
    source, heir = pattern_of(seats), pattern_of(places)

    merge(source, into=heir, by=admin)
    later = factories.run_loop(tenant, message=SEATS)

    heir.refresh_from_db()
    assert heir.occurrence_count == 4
    assert set(Incident.objects.values_list("matched_pattern", flat=True)) == {heir.pk}
    assert set(RecoveryCandidate.objects.values_list("source_pattern", flat=True)) == {heir.pk}
    found = later.events.get(position=1).details["result"]
    assert (found["pattern_id"], found["occurrences"]) == (heir.pk, 4)
    assert found["why"]["alias"] == source.pk
    assert list(ledger.violations()) == []


def test_a_merge_is_written_into_the_history_of_both(tenant, admin):
    source, heir = (
        pattern_of(factories.run_loop(tenant, message=told)) for told in (SEATS, PLACES)
    )

    merge(source, into=heir, by=admin)

    kept = PatternMerge.objects.get()
    assert (kept.source, kept.into, kept.incidents) == (source, heir, 1)
    assert (kept.person, kept.reason) == (admin.user, "the same failure in other words")
    assert AuditEntry.objects.get(action="pattern.merge").object_id == source.pk


@pytest.mark.parametrize("message", [None, SEATS])
def test_patterns_of_different_codes_are_counted_by_one(tenant, admin, message):
    first = factories.run_loop(tenant, message=message, error_code="E1", error_type="one")
    second = factories.run_loop(tenant, message=PLACES, error_code="E2", error_type="two")
    source, heir = pattern_of(first), pattern_of(second)

    merge(source, into=heir, by=admin)
    factories.run_loop(tenant, message=message, error_code="E1", error_type="one")

    heir.refresh_from_db()
    assert heir.occurrence_count == 3
    assert list(ledger.violations()) == []


def test_three_patterns_become_one_in_one_go(tenant, admin):
    found = [
        pattern_of(factories.run_loop(tenant, error_type=kind)) for kind in ("one", "two", "three")
    ]

    pattern_merges.merge(
        into=found[0].pk,
        pattern_ids=[one.pk for one in found[1:]],
        reason="all the same",
        by=admin,
        now=timezone.now(),
    )

    assert FailurePattern.objects.known().get().occurrence_count == 3
    assert list(ledger.violations()) == []


def test_a_pattern_merged_twice_leads_straight_to_the_last_heir(tenant, admin):
    one, two, three = (
        pattern_of(factories.run_loop(tenant, error_type=kind)) for kind in ("one", "two", "three")
    )

    merge(one, into=two, by=admin)
    merge(two, into=three, by=admin)
    later = factories.run_loop(tenant, error_type="one")

    assert pattern_of(later) == three
    assert list(ledger.violations()) == []


def test_a_request_is_recognised_as_the_heir(tenant, admin):
    source, heir = (
        pattern_of(factories.run_loop(tenant, **told))
        for told in ({"error_type": "timeout"}, {"error_type": "late", "message": PLACES})
    )
    merge(source, into=heir, by=admin)

    by_fields = recognise({"error_type": "timeout"}, tenant_id=tenant.pk)
    by_message = recognise({"error_type": "late", "message": PLACES}, tenant_id=tenant.pk)

    assert (by_fields.pattern_id, by_fields.first_incident_id) == (heir.pk, heir.first_incident_id)
    assert by_message.pattern_id == heir.pk


def test_the_policy_of_a_merged_pattern_is_inherited_and_observes_until_confirmed(tenant, admin):
    policy = learned_policy(tenant, SEATS)
    factories.activate(policy)
    heir = pattern_of(factories.run_loop(tenant, message=PLACES))

    merge(policy.source_pattern, into=heir, by=admin)

    policy.refresh_from_db()
    assert policy.source_pattern == heir
    assert (policy.mode, policy.revision) == (PolicyMode.SHADOW, 2)
    assert heir.pk in str(policy.conditions)
    assert list(ledger.violations()) == []


def test_of_two_live_policies_the_heirs_stays(tenant, admin):
    given_up, kept = learned_policy(tenant, SEATS), learned_policy(tenant, PLACES)

    merge(given_up.source_pattern, into=kept.source_pattern, by=admin)

    given_up.refresh_from_db()
    kept.refresh_from_db()
    assert (given_up.mode, kept.mode) == (PolicyMode.DISABLED, PolicyMode.SHADOW)
    assert given_up.source_pattern_id == kept.source_pattern_id
    assert list(ledger.violations()) == []


def test_policies_in_force_that_do_different_things_are_named_before(tenant):
    one, other = learned_policy(tenant, SEATS), learned_policy(tenant, PLACES)
    for policy, action in ((one, "block"), (other, "warn")):
        PolicyRule.objects.filter(pk=policy.pk).update(actions={"type": action, "params": {}})
        policy.refresh_from_db()
        factories.activate(policy)

    joining = what_it_would_join(one.source_pattern, [other.source_pattern])

    [pair] = joining.policies.contradicting
    assert {policy.pk for policy in pair} == {one.pk, other.pk}
    assert joining.policies.retired == (other,)


def test_only_an_admin_merges_what_switches_a_policy_off(tenant):
    one, other = learned_policy(tenant, SEATS), learned_policy(tenant, PLACES)
    reviewer = factories.make_actor(tenant)

    with pytest.raises(NotPermitted, match="admins"):
        merge(one.source_pattern, into=other.source_pattern, by=reviewer)


def test_a_merge_is_refused_once_it_would_do_something_else(tenant, admin):
    one, other = (pattern_of(factories.run_loop(tenant, message=told)) for told in (SEATS, PLACES))
    shown = what_it_would_join(other, [one]).digest
    factories.run_loops(tenant, times=2, message=SEATS)

    with pytest.raises(StaleMerge):
        merge(one, into=other, by=admin, seen=shown)


def test_a_merge_needs_a_reason_a_reviewer_and_two_patterns_of_the_tenant(tenant, admin):
    one, other = (pattern_of(factories.run_loop(tenant, message=told)) for told in (SEATS, PLACES))
    elsewhere = pattern_of(factories.run_loop(factories.make_tenant(), message=SEATS))

    with pytest.raises(InvalidInput, match="reason"):
        merge(one, into=other, by=admin, reason=" ")
    with pytest.raises(NotPermitted):
        merge(one, into=other, by=factories.make_actor(tenant, role=Role.VIEWER))
    with pytest.raises(NotFound):
        merge(elsewhere, into=other, by=admin)
    with pytest.raises(InvalidInput, match="at least one"):
        merge(one, into=one, by=admin)


def test_a_merged_pattern_cannot_be_merged_again(tenant, admin):
    one, other = (pattern_of(factories.run_loop(tenant, message=told)) for told in (SEATS, PLACES))
    merge(one, into=other, by=admin)

    with pytest.raises(WrongState, match="already"):
        merge(one, into=other, by=admin)


def test_a_loop_that_waits_goes_on_with_the_heir(tenant, admin):
    waiting = factories.run_loop(tenant, message=SEATS)
    heir = pattern_of(factories.run_loop(tenant, message=PLACES))
    merge(pattern_of(waiting), into=heir, by=admin)

    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(waiting).pk,
        resolution="apply",
        note="",
        by=admin,
        now=timezone.now(),
    )

    told = waiting.events.latest("position").details["payload"]
    assert told["pattern_id"] == heir.pk
    assert told["no_policy"] == "2 of 3 occurrences"
    assert list(ledger.violations()) == []


def learned_policy(tenant: Tenant, message: str) -> PolicyRule:
    """The policy that three failures with this message led to."""
    [*_, last] = factories.run_loops(tenant, times=3, message=message)
    return PolicyRule.objects.get(source_incident=last.incident_id)
