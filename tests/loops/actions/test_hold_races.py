"""Answers on hold, and what others do at the same moment. Each test fails without its lock."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from loops.actions import bulk, checkpoints, holds
from loops.actions.answers import Given
from loops.actions.bulk import Chosen, Said
from loops.domain.states import BulkAct, CheckpointType, HoldState, ItemState, Risk
from loops.engine import answering_many
from loops.models import BulkItem, CheckpointDecision, HeldDecision, HumanCheckpoint
from m25console.access import Actor
from m25console.models import Tenant
from m25console.refusals import WrongState
from tests import factories
from tests.races import at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def asked(tenant: Tenant) -> HumanCheckpoint:
    """A question about nothing that has a lock of its own, which would hide that one is missing."""
    asked = factories.checkpoint_of(factories.run_loop(tenant))
    asked.checkpoint_type, asked.options = CheckpointType.SIMULATE_ROUTING, ["apply", "cancel"]
    asked.target_id, asked.risk = "other", Risk.LOW
    asked.save()
    return asked


def hold(asked: HumanCheckpoint, *, by: Actor, now: datetime) -> bool:
    try:
        holds.hold(Given(asked.pk, "apply"), by=by, now=now, seconds=10)
    except WrongState:
        return False
    return True


def resolve(asked: HumanCheckpoint, *, by: Actor, now: datetime) -> bool:
    try:
        checkpoints.resolve(checkpoint_id=asked.pk, resolution="apply", note="", by=by, now=now)
    except WrongState:
        return False
    return True


def test_what_is_undone_as_it_takes_effect_is_either_and_not_both(tenant, asked, monkeypatch):
    rita, now = factories.make_actor(tenant), timezone.now()
    assert hold(asked, by=rita, now=now)
    held = HeldDecision.objects.get()
    monkeypatch.setattr(holds, "_end", meeting(holds._end))

    def end(number: int) -> bool:
        if number:
            return holds.carry_out(held.pk, now=held.effect_at) is not None
        try:
            holds.undo(checkpoint_id=asked.pk, by=rita, now=now)
        except WrongState:
            return False
        return True

    assert sorted(at_once(end, times=2)) == [False, True]
    held.refresh_from_db()
    has_happened = CheckpointDecision.objects.exists()
    assert held.state == (HoldState.CARRIED_OUT if has_happened else HoldState.UNDONE)


def test_of_those_who_answer_with_a_hold_at_once_one_is_held(tenant, asked):
    people, now = [factories.make_actor(tenant) for _ in range(6)], timezone.now()

    held = at_once(lambda number: hold(asked, by=people[number], now=now), times=6)

    assert held.count(True) == HeldDecision.objects.count() == 1


def test_one_answer_on_hold_and_one_at_once_do_not_both_stand(tenant, asked, monkeypatch):
    rita, omar, now = factories.make_actor(tenant), factories.make_actor(tenant), timezone.now()
    monkeypatch.setattr(checkpoints, "_recovery", meeting(checkpoints._recovery))

    def answer(number: int) -> bool:
        return hold(asked, by=rita, now=now) if number else resolve(asked, by=omar, now=now)

    assert sorted(at_once(answer, times=2)) == [False, True]
    assert HeldDecision.objects.count() + CheckpointDecision.objects.count() == 1


def test_one_of_many_and_one_alone_at_once_are_one_answer(tenant, asked, monkeypatch):
    rita, omar, now = factories.make_actor(tenant), factories.make_actor(tenant), timezone.now()
    chosen = [Chosen(asked.pk, asked.contract_digest)]
    run = bulk.begin(said=Said(BulkAct.APPROVE), chosen=chosen, by=rita, now=now)
    monkeypatch.setattr(checkpoints, "_recovery", meeting(checkpoints._recovery))

    def answer(number: int) -> bool:
        if number:
            return resolve(asked, by=omar, now=now + timedelta(seconds=1))
        answering_many.carry_on(run, now=now)
        return BulkItem.objects.get().state == ItemState.DONE

    assert sorted(at_once(answer, times=2)) == [False, True]
    assert CheckpointDecision.objects.count() == 1
    assert "Something broke" not in BulkItem.objects.get().told
