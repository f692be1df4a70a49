"""Two people at the same question at the same moment. Each test fails without its lock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import bulk, checkpoints, claims, delegations
from loops.actions.bulk import Chosen, Said
from loops.domain.states import BulkAct, ItemState, Risk
from loops.engine import answering_many
from loops.models import BulkItem, CheckpointDecision, Delegation, HumanCheckpoint
from m25console.refusals import Refusal, WrongState
from tests import factories
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_ten_who_claim_at_once_one_has_it():
    tenant = factories.make_tenant()
    asked = factories.checkpoint_of(factories.run_loop(tenant))
    people = [factories.make_actor(tenant) for _ in range(10)]

    def claim(number: int) -> bool:
        try:
            claims.claim(checkpoint_id=asked.pk, by=people[number], now=timezone.now())
        except WrongState:
            return False
        return True

    assert sum(at_once(claim, times=10)) == 1


def test_many_and_one_at_once_decide_each_question_once():
    tenant = factories.make_tenant()
    for number in range(6):
        factories.run_loop(tenant, error_type=f"timeout_{number}")
    HumanCheckpoint.objects.update(risk=Risk.LOW)
    asked = list(HumanCheckpoint.objects.longest_waiting_first())
    chosen = [Chosen(one.pk, one.contract_digest) for one in asked]
    vera, robin = factories.make_actor(tenant), factories.make_actor(tenant)
    run = bulk.begin(said=Said(BulkAct.APPROVE), chosen=chosen, by=vera, now=timezone.now())

    def answer(number: int) -> int:
        if number < 3:  # the page and two workers at the same run
            answering_many.carry_on(run, now=timezone.now())
            return 0
        given = 0
        for one in asked:
            try:
                checkpoints.resolve(
                    checkpoint_id=one.pk, resolution="apply", note="", by=robin, now=timezone.now()
                )
                given += 1
            except Refusal:
                continue
        return given

    alone = sum(at_once(answer, times=4))

    done = BulkItem.objects.filter(state=ItemState.DONE).count()
    assert done + alone == 6
    assert CheckpointDecision.objects.count() == 6
    assert not BulkItem.objects.filter(state=ItemState.WAITING).exists()


def test_a_page_and_workers_at_the_same_run_do_each_question_once():
    tenant = factories.make_tenant()
    for number in range(6):
        factories.run_loop(tenant, error_type=f"timeout_{number}")
    HumanCheckpoint.objects.update(risk=Risk.LOW)
    chosen = [Chosen(one.pk, one.contract_digest) for one in HumanCheckpoint.objects.all()]
    vera = factories.make_actor(tenant)
    run = bulk.begin(said=Said(BulkAct.APPROVE), chosen=chosen, by=vera, now=timezone.now())

    at_once(lambda _: answering_many.carry_on(run, now=timezone.now()), times=4)

    assert BulkItem.objects.filter(state=ItemState.DONE).count() == 6


def test_the_same_place_is_lent_once_however_often_it_is_asked_at_once():
    tenant = factories.make_tenant()
    robin = factories.make_actor(tenant)
    vera = factories.make_actor(tenant).user
    assert vera is not None
    now = timezone.now()

    def give(_: int) -> bool:
        try:
            delegations.give(
                to=vera.username, starts_at=now, ends_at=now + timedelta(days=1),
                reason="away", by=robin, now=now,
            )  # fmt: skip
        except WrongState:
            return False
        return True

    assert sum(at_once(give, times=8)) == 1
    assert Delegation.objects.count() == 1
