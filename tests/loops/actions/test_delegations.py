"""Deciding in somebody's place while they are away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import checkpoints, delegations, reverts
from loops.models import (
    CheckpointDecision,
    Delegation,
    HumanCheckpoint,
    RecoveryCandidate,
    RecoveryConfirmation,
)
from m25console.access import Actor
from m25console.models import AuditEntry, Membership, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def robin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="robin"))


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    """She may only read, herself."""
    person = factories.make_user(username="vera")
    return factories.make_actor(tenant, role=Role.VIEWER, user=person)


@pytest.fixture
def asked(tenant: Tenant) -> HumanCheckpoint:
    return factories.checkpoint_of(factories.run_loop(tenant))


def give(by: Actor, to: str = "vera", **other) -> Delegation:
    defaults = {"starts_at": NOW, "ends_at": NOW + DAY, "reason": "On leave.", "now": NOW}
    return delegations.give(by=by, to=to, **defaults | other)


def acting(actor: Actor, *, for_whom: str = "", now=NOW) -> Actor:
    return delegations.standing_of(actor, for_whom=for_whom, now=now).actor


def agree(checkpoint: HumanCheckpoint, *, by: Actor, now=NOW):
    return checkpoints.resolve(
        checkpoint_id=checkpoint.pk, resolution="apply", note="", by=by, now=now
    )


def needs_two(checkpoint: HumanCheckpoint) -> None:
    RecoveryCandidate.objects.update(requires_confirmation=2)
    HumanCheckpoint.objects.filter(pk=checkpoint.pk).update(approvers_required=2)


def test_a_viewer_decides_for_whoever_is_away_and_both_names_are_kept(robin, vera, asked):
    give(robin)

    agree(asked, by=acting(vera))

    decided = CheckpointDecision.objects.get()
    assert (decided.person, decided.on_behalf_of) == (vera.user, robin.user)
    assert AuditEntry.objects.get(action="checkpoint.apply").actor_label == "vera for robin"
    assert RecoveryConfirmation.objects.get().reviewer == robin.user


@pytest.mark.parametrize("moment", [NOW - DAY / 24, NOW + DAY])
def test_before_and_after_she_may_not(moment, robin, vera, asked):
    give(robin)
    with pytest.raises(NotPermitted):
        agree(asked, by=acting(vera, now=moment), now=moment)


def test_what_is_taken_back_holds_no_more_though_her_page_is_open(robin, vera, asked):
    row = give(robin)
    opened = acting(vera)

    delegations.end(delegation_id=row.pk, by=robin, now=NOW)

    with pytest.raises(NotPermitted, match="do not stand in for robin any more"):
        agree(asked, by=opened)


def test_who_may_not_decide_any_more_lends_nothing(tenant, robin, vera):
    give(robin)
    Membership.objects.filter(user=robin.user).update(role=Role.VIEWER)
    assert not acting(vera).can_review


def test_a_reviewer_acts_for_herself_unless_she_says_otherwise(tenant, robin):
    mara = factories.make_actor(tenant, user=factories.make_user(username="mara"))
    give(robin, to="mara")

    assert acting(mara).voice == mara.user
    assert acting(mara, for_whom="robin").voice == robin.user
    with pytest.raises(NotPermitted):
        acting(mara, for_whom="somebody")


def test_who_agreed_already_is_not_the_second_by_anothers_hand(robin, vera, asked):
    give(robin)
    needs_two(asked)
    agree(asked, by=robin)

    with pytest.raises(WrongState, match="robin has agreed to this already"):
        agree(asked, by=acting(vera))


@pytest.mark.parametrize("own_first", [True, False])
def test_one_hand_does_not_give_two_voices(own_first, tenant, robin, asked):
    mara = factories.make_actor(tenant, user=factories.make_user(username="mara"))
    give(robin, to="mara")
    needs_two(asked)
    order = [mara, acting(mara, for_whom="robin")]
    first, second = order if own_first else reversed(order)
    agree(asked, by=first)

    with pytest.raises(WrongState, match="You have agreed to this already"):
        agree(asked, by=second)


def test_nobody_confirms_for_another_what_that_one_asked_for(robin, vera, asked):
    give(robin)
    trace = asked.trace
    reverts.ask_for(trace_id=trace.pk, reason="It did harm.", by=robin, now=NOW)
    question = HumanCheckpoint.objects.get(checkpoint_type="revert_loop")

    with pytest.raises(WrongState, match="You asked for this yourself"):
        checkpoints.resolve(
            checkpoint_id=question.pk, resolution="confirm_revert", note="yes", by=acting(vera),
            now=NOW,
        )  # fmt: skip


def test_a_lent_place_is_not_lent_on(robin, vera):
    give(robin)
    with pytest.raises(NotPermitted, match="not yours to lend"):
        give(acting(vera), to="robin")
    with pytest.raises(NotPermitted):
        give(vera, to="robin")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": "robin"}, "to"),
        ({"to": "nobody-here"}, "to"),
        ({"reason": "  "}, "reason"),
        ({"ends_at": NOW}, "ends_at"),
        ({"ends_at": NOW + 400 * DAY}, "ends_at"),
    ],
)
def test_a_delegation_is_to_another_member_for_a_reason_and_ends(wrong, field, robin, vera):
    with pytest.raises(InvalidInput) as refused:
        give(robin, **wrong)
    assert field in refused.value.fields
    assert not Delegation.objects.exists()


def test_the_same_two_agree_once_for_the_same_time(robin, vera):
    row = give(robin)
    with pytest.raises(WrongState, match="stands in for you during part of that time"):
        give(robin, starts_at=NOW + DAY / 2, ends_at=NOW + 2 * DAY)
    give(robin, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)

    delegations.end(delegation_id=row.pk, by=robin, now=NOW)
    give(robin)


def test_an_admin_ends_anybodys_and_others_do_not(tenant, robin, vera):
    row = give(robin)
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    stranger = factories.make_actor(factories.make_tenant(), role=Role.ADMIN)
    with pytest.raises(NotPermitted):
        delegations.end(delegation_id=row.pk, by=vera, now=NOW)
    with pytest.raises(NotFound):
        delegations.end(delegation_id=row.pk, by=stranger, now=NOW)

    assert delegations.end(delegation_id=row.pk, by=admin, now=NOW).ended_at == NOW
    with pytest.raises(WrongState):
        delegations.end(delegation_id=row.pk, by=admin, now=NOW)
