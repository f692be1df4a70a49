"""Answers that are refused, whatever door they come through."""

import pytest
from django.utils import timezone

from loops.actions import checkpoints
from loops.actions.answers import Decision
from loops.actions.consequences import CONSEQUENCES
from loops.domain.checkpoints import OPTIONS, REASON_REQUIRED
from loops.models import CheckpointDecision, HumanCheckpoint
from m25console.access import Actor
from m25console.models import Tenant
from m25console.refusals import InvalidInput
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


@pytest.fixture
def checkpoint(tenant: Tenant) -> HumanCheckpoint:
    return factories.checkpoint_of(factories.run_loop(tenant))


def resolve(
    checkpoint: HumanCheckpoint, option: str, *, by: Actor, note: str = "because"
) -> Decision:
    return checkpoints.resolve(
        checkpoint_id=checkpoint.pk, resolution=option, note=note, by=by, now=timezone.now()
    )


@pytest.mark.parametrize("option", sorted(REASON_REQUIRED))
def test_what_stops_something_or_crosses_a_limit_needs_a_reason(option, checkpoint, reviewer):
    HumanCheckpoint.objects.update(options=[*checkpoint.options, option])

    with pytest.raises(InvalidInput) as refused:
        resolve(checkpoint, option, by=reviewer, note=" \n")

    assert "note" in refused.value.fields
    assert not CheckpointDecision.objects.exists()


def test_something_follows_from_every_answer_that_is_offered():
    offered = {(kind, option) for kind, options in OPTIONS.items() for option in options}
    assert set(CONSEQUENCES) == offered
