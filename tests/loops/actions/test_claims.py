"""Claims: who looks at a question. They lapse, can be taken over, and lock nobody out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import checkpoints, claims
from loops.models import CheckpointConfig, FeedEntry, HumanCheckpoint
from loops.permissions import AlreadyDecided, ClaimedByAnother
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="vera"))


@pytest.fixture
def robin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="robin"))


@pytest.fixture
def asked(tenant: Tenant) -> HumanCheckpoint:
    return factories.checkpoint_of(factories.run_loop(tenant))


def actions() -> list[str]:
    rows = AuditEntry.objects.filter(object_type="human_checkpoints").order_by("pk")
    return list(rows.values_list("action", flat=True))


def test_a_claim_lapses_after_the_tenants_minutes_and_pages_hear_of_it(tenant, vera, asked):
    CheckpointConfig.objects.create(tenant=tenant, claim_minutes=5)
    FeedEntry.objects.all().delete()

    claimed = claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)

    assert claimed.is_claimed(now=NOW + timedelta(minutes=4, seconds=59))
    assert not claimed.is_claimed(now=NOW + timedelta(minutes=5))
    assert FeedEntry.objects.get().kind == "claim"


def test_another_persons_claim_refuses_until_it_lapses(vera, robin, asked):
    claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)

    with pytest.raises(ClaimedByAnother, match="vera claimed this until"):
        claims.claim(checkpoint_id=asked.pk, by=robin, now=NOW)
    later = NOW + timedelta(minutes=30)

    assert claims.claim(checkpoint_id=asked.pk, by=robin, now=later).claimed_by == robin.user
    assert actions() == ["checkpoint.claimed", "checkpoint.claimed"]


def test_taking_a_claim_over_is_said_and_audited(vera, robin, asked):
    claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)

    claims.claim(checkpoint_id=asked.pk, by=robin, now=NOW, take_over=True)

    taken = AuditEntry.objects.get(action="checkpoint.claim_taken_over")
    assert (taken.before["claimed_by"], taken.after["claimed_by"]) == ("vera", "robin")


def test_only_the_claimer_releases(vera, robin, asked):
    claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)
    with pytest.raises(WrongState, match="nothing to release"):
        claims.release(checkpoint_id=asked.pk, by=robin, now=NOW)

    released = claims.release(checkpoint_id=asked.pk, by=vera, now=NOW)

    assert (released.claimed_by, released.claimed_until) == (None, None)


def test_a_claim_locks_nobody_out_but_asks_to_confirm(vera, robin, asked):
    claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)
    answer = {"checkpoint_id": asked.pk, "resolution": "apply", "note": "", "now": NOW}

    with pytest.raises(ClaimedByAnother, match="Confirm that you answer all the same"):
        checkpoints.resolve(**answer, by=robin)
    decided = checkpoints.resolve(**answer, by=robin, despite_claim=True)

    assert decided.is_final
    assert AuditEntry.objects.get(action="checkpoint.apply").after["despite_claim_of"] == "vera"
    asked.refresh_from_db()
    assert (asked.claimed_by, asked.claimed_until) == (None, None)


def test_ones_own_answer_ends_ones_claim_even_if_others_must_agree(vera, robin, asked):
    claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)

    checkpoints.resolve(checkpoint_id=asked.pk, resolution="defer", note="", by=vera, now=NOW)

    asked.refresh_from_db()
    assert asked.is_pending
    assert asked.claimed_by is None


def test_neither_viewers_nor_strangers_nor_late_comers_claim(tenant, vera, asked):
    viewer = factories.make_actor(tenant, role=Role.VIEWER)
    stranger = factories.make_actor(factories.make_tenant())
    with pytest.raises(NotPermitted):
        claims.claim(checkpoint_id=asked.pk, by=viewer, now=NOW)
    with pytest.raises(NotFound):
        claims.claim(checkpoint_id=asked.pk, by=stranger, now=NOW)

    checkpoints.resolve(checkpoint_id=asked.pk, resolution="apply", note="", by=vera, now=NOW)

    with pytest.raises(AlreadyDecided):
        claims.claim(checkpoint_id=asked.pk, by=vera, now=NOW)
