"""Taking patterns apart, and that they stay so."""

import pytest
from django.utils import timezone

from loops.actions import cannot_links, pattern_merges, pattern_splits
from loops.domain.confidence import Band
from loops.domain.states import PolicyMode
from loops.engine import ledger
from loops.engine.recognising import recognise
from loops.models import CannotLink, FailurePattern, LoopTrace, PatternSplit, PolicyRule
from m25console.access import Actor
from m25console.models import Tenant
from m25console.refusals import InvalidInput, NotFound, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SEATS = "not enough seats on flight HAT1"
PLACES = "the plane to Berlin is fully booked"
WRITE = "could not open table orders for writing"
READ = "could not open table customers for writing"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


def pattern_of(trace: LoopTrace) -> FailurePattern:
    return FailurePattern.objects.get(incidents=trace.incident_id)


def merge(source: FailurePattern, *, into: FailurePattern, by: Actor) -> None:
    pattern_merges.merge(
        into=into.pk, pattern_ids=[source.pk], reason="the same", by=by, now=timezone.now()
    )


def unmerge(pattern: FailurePattern, *, by: Actor) -> FailurePattern:
    return pattern_splits.unmerge(
        pattern_id=pattern.pk, reason="not the same after all", by=by, now=timezone.now()
    )


def split(pattern: FailurePattern, traces: list[LoopTrace], *, by: Actor) -> FailurePattern:
    return pattern_splits.split(
        pattern_id=pattern.pk,
        incident_ids=[one.incident_id for one in traces],
        reason="another failure",
        by=by,
        now=timezone.now(),
    )


def test_what_came_with_a_merge_or_by_it_since_goes_back_and_stays_there(tenant, admin):
    source = pattern_of(factories.run_loop(tenant, message=SEATS))
    heir = pattern_of(factories.run_loop(tenant, message=PLACES))
    merge(source, into=heir, by=admin)
    factories.run_loop(tenant, message=SEATS)

    unmerge(source, by=admin)
    again = factories.run_loop(tenant, message=SEATS)

    source.refresh_from_db()
    heir.refresh_from_db()
    assert (source.occurrence_count, heir.occurrence_count) == (3, 1)
    assert pattern_of(again) == source
    assert source.apart_from == [heir.pk]
    assert PatternSplit.objects.get().undoes is not None
    assert list(ledger.violations()) == []


def test_what_was_taken_apart_is_not_merged_until_that_is_lifted(tenant, admin):
    source = pattern_of(factories.run_loop(tenant, message=SEATS))
    heir = pattern_of(factories.run_loop(tenant, message=PLACES))
    merge(source, into=heir, by=admin)
    unmerge(source, by=admin)

    with pytest.raises(WrongState, match="not the same after all"):
        merge(source, into=heir, by=admin)
    link = CannotLink.objects.get()
    cannot_links.lift(link_id=link.pk, reason="now it is", by=admin, now=timezone.now())
    merge(source, into=heir, by=admin)

    assert list(ledger.violations()) == []


def test_a_pair_forbids_a_merge_through_what_was_merged_before(tenant, admin):
    one, two, three = (
        pattern_of(factories.run_loop(tenant, error_type=kind)) for kind in ("one", "two", "three")
    )
    cannot_links.tell_apart(
        pattern_id=one.pk, other_id=three.pk, reason="different", by=admin, now=timezone.now()
    )
    merge(one, into=two, by=admin)

    with pytest.raises(WrongState, match="different"):
        merge(two, into=three, by=admin)


def test_a_merge_taken_back_takes_along_what_had_been_merged_before_it(tenant, admin):
    one, two, three = (
        pattern_of(factories.run_loop(tenant, error_type=kind)) for kind in ("one", "two", "three")
    )
    merge(one, into=two, by=admin)
    merge(two, into=three, by=admin)

    unmerge(two, by=admin)

    two.refresh_from_db()
    assert two.occurrence_count == 2
    assert pattern_of(factories.run_loop(tenant, error_type="one")) == two
    assert list(ledger.violations()) == []


def test_a_policy_goes_back_with_its_pattern(tenant, admin):
    [*_, last] = factories.run_loops(tenant, times=3, message=SEATS)
    policy = PolicyRule.objects.get(source_incident=last.incident_id)
    heir = pattern_of(factories.run_loop(tenant, message=PLACES))
    merge(pattern_of(last), into=heir, by=admin)

    unmerge(policy.source_pattern, by=admin)

    before = policy.conditions
    policy.refresh_from_db()
    assert policy.source_pattern_id != heir.pk
    assert (policy.conditions, policy.revision) == (before, 3)
    assert policy.mode == PolicyMode.SHADOW
    assert list(ledger.violations()) == []


def test_incidents_taken_out_of_a_pattern_of_messages_are_recognised_as_their_own(tenant, admin):
    kept = factories.run_loops(tenant, times=2, message=WRITE)
    taken = factories.run_loops(tenant, times=2, message=READ)
    old = put_together(kept[0], taken)

    new = split(old, taken, by=admin)
    again = [factories.run_loop(tenant, message=told) for told in (READ, WRITE)]

    old.refresh_from_db()
    new.refresh_from_db()
    assert [pattern_of(one) for one in again] == [new, old]
    assert (old.occurrence_count, new.occurrence_count) == (3, 3)
    assert "<*>" not in old.template_text
    assert list(ledger.violations()) == []


def put_together(first: LoopTrace, others: list[LoopTrace]) -> FailurePattern:
    """One pattern of all of them, whether they were recognised so or not."""
    pattern = pattern_of(first)
    assert {pattern_of(one) for one in others} == {pattern}, "choose messages that are alike"
    return pattern


def test_incidents_taken_out_of_a_pattern_of_fields_are_recognised_as_their_own(tenant, admin):
    known = {"error_type": "http", "agent_capability": "search", "api_endpoint": "/v1/search"}
    kept = factories.run_loop(tenant, **known, status_code=503)
    taken = factories.run_loop(tenant, **known, status_code=429)
    old = put_together(kept, [taken])

    new = split(old, [taken], by=admin)

    assert pattern_of(factories.run_loop(tenant, **known, status_code=429)) == new
    assert recognise(known | {"status_code": 429}, tenant_id=tenant.pk).pattern_id == new.pk
    assert list(ledger.violations()) == []


def test_what_reads_like_both_of_a_pair_asks_a_person_and_names_the_conflict(tenant, admin):
    known = {"error_type": "http", "agent_capability": "search", "api_endpoint": "/v1/search"}
    one = pattern_of(factories.run_loop(tenant, **known, error_code="E1", status_code=503))
    taken = factories.run_loop(tenant, **known, error_code="E1", status_code=429)
    other = split(one, [taken], by=admin)

    doubtful = factories.run_loop(tenant, **known, error_code="E1", status_code=500)

    found = doubtful.events.get(position=1).details["result"]
    assert found["confidence"] == 0.8
    assert {found["pattern_id"], found["why"]["conflict"]["pattern_id"]} == {one.pk, other.pk}
    asked = recognise(known | {"error_code": "E1", "status_code": 500}, tenant_id=tenant.pk)
    assert asked.confidence == 0.8
    doubtful.refresh_from_db()
    assert doubtful.incident.match_confidence_band == Band.WEAK


def test_a_split_is_refused_where_nothing_could_tell_the_two_apart(tenant, admin):
    known = {"error_type": "http", "agent_capability": "search", "api_endpoint": "/v1/search"}
    traces = factories.run_loops(tenant, times=2, **known, status_code=503)
    others = [factories.run_loop(tenant, **known, status_code=code) for code in (429, 430)]
    pattern = put_together(traces[0], others)

    with pytest.raises(InvalidInput, match="exactly like"):
        split(pattern, traces[1:], by=admin)
    with pytest.raises(InvalidInput, match="2 different failures"):
        split(pattern, others, by=admin)
    with pytest.raises(InvalidInput, match="all of them"):
        split(pattern, [*traces, *others], by=admin)
    with pytest.raises(InvalidInput, match="not of this pattern"):
        split(pattern, [factories.run_loop(tenant, error_type="another")], by=admin)


def test_only_a_merge_that_stands_is_taken_back(tenant, admin):
    one = pattern_of(factories.run_loop(tenant))

    with pytest.raises(WrongState, match="not merged"):
        unmerge(one, by=admin)
    with pytest.raises(NotFound):
        unmerge(one, by=factories.make_actor(factories.make_tenant()))
