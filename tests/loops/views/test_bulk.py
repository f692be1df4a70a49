"""Answering many questions at once, on pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import bulk, checkpoints, claims
from loops.actions.bulk import Chosen, Said
from loops.domain.states import BulkAct, ItemState, Risk
from loops.engine import answering_many
from loops.models import (
    BulkItem,
    BulkRun,
    CheckpointConfig,
    CheckpointDecision,
    CheckpointSnooze,
    HeldDecision,
    HumanCheckpoint,
)
from m25console.access import Actor
from m25console.models import AuditEntry, Membership, Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_moment_is_enough(monkeypatch):
    """However slow the machine, what may be done at once is done at once."""
    monkeypatch.setattr(answering_many, "monotonic", lambda: 0.0)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="vera"))


@pytest.fixture
def browser(vera: Actor) -> Client:
    return signed_in(vera)


@pytest.fixture
def asked(tenant: Tenant) -> list[HumanCheckpoint]:
    """Four questions, none of them of high risk."""
    for number in range(4):
        factories.run_loop(tenant, error_type=f"timeout_{number}")
    HumanCheckpoint.objects.update(risk=Risk.MEDIUM)
    return list(HumanCheckpoint.objects.longest_waiting_first())


def boxes(checkpoints: list[HumanCheckpoint]) -> list[str]:
    return [f"{one.pk}:{one.contract_digest}" for one in checkpoints]


def approve(browser: Client, asked: list[HumanCheckpoint], **more):
    sent = {"act": "approve", "chosen": boxes(asked), "confirmed": "1"}
    return browser.post("/checkpoints/bulk", sent | more)


def states() -> list[str]:
    return list(BulkItem.objects.order_by("position").values_list("state", flat=True))


def test_what_it_comes_to_is_read_before_anything_is_done(browser, asked):
    HumanCheckpoint.objects.filter(pk=asked[0].pk).update(risk=Risk.HIGH)

    page = browser.post("/checkpoints/bulk", {"act": "approve", "chosen": boxes(asked)})

    assert "Approve 4 checkpoints?" in page.text
    assert "High risk: it is decided on its own page." in page.text
    assert not BulkRun.objects.exists()


def test_each_is_decided_on_its_own_with_its_own_history(browser, asked):
    answer = approve(browser, asked)

    result = browser.get(answer["Location"])
    assert "4 of 4 done" in result.text
    assert not HumanCheckpoint.objects.filter(pk__in=[one.pk for one in asked], resolved_at=None)
    assert CheckpointDecision.objects.count() == 4
    assert AuditEntry.objects.filter(action="checkpoint.apply").count() == 4
    assert AuditEntry.objects.get(action="bulk.approve").after["checkpoints"] == 4
    assert BulkRun.objects.get().finished_at is not None


def test_what_cannot_be_done_is_left_out_with_its_reason(browser, tenant, asked):
    risky, stale, taken, good = asked
    robin = factories.make_actor(tenant, user=factories.make_user(username="robin"))
    HumanCheckpoint.objects.filter(pk=risky.pk).update(risk=Risk.HIGH)
    claims.claim(checkpoint_id=taken.pk, by=robin, now=timezone.now())
    chosen = [*boxes([risky, taken, good]), f"{stale.pk}:{'0' * 64}"]

    answer = approve(browser, asked, chosen=chosen)

    page = browser.get(answer["Location"]).text
    assert "1 of 4 done, 3 skipped" in page
    assert "High risk: it is decided on its own page." in page
    assert "What you were shown has changed since" in page
    assert "robin claimed this until" in page


def test_a_rejection_of_many_says_why(browser, asked):
    sent = {"act": "reject", "chosen": boxes(asked), "confirmed": "1", "reason_code": "unsafe"}

    refused = browser.post("/checkpoints/bulk", sent)
    assert refused.status_code == 422
    assert "Give a reason" in refused.text
    browser.post("/checkpoints/bulk", sent | {"note": "Wrong agent."})

    assert list(HumanCheckpoint.objects.values_list("note", flat=True).distinct()) == [
        "Wrong agent."
    ]


def test_many_are_claimed_at_once_and_snoozed_after_a_second_look(browser, vera, asked):
    browser.post("/checkpoints/bulk", {"act": "claim", "chosen": boxes(asked)})
    assert HumanCheckpoint.objects.filter(claimed_by=vera.user).count() == 4

    sent = {"act": "snooze", "chosen": boxes(asked), "ends": "4h"}
    assert "Snooze 4 checkpoints?" in browser.post("/checkpoints/bulk", sent).text
    browser.post("/checkpoints/bulk", sent | {"confirmed": "1"})

    assert CheckpointSnooze.objects.count() == 4


def test_all_that_match_are_taken_only_if_as_many_as_were_shown(browser, tenant, asked):
    sent = {"act": "approve", "all": "1", "filter": "risk=medium"}
    shown = browser.post("/checkpoints/bulk", sent).text
    assert "Approve all 4 that match?" in shown
    factories.run_loop(tenant, error_type="another")
    HumanCheckpoint.objects.update(risk=Risk.MEDIUM)

    refused = browser.post("/checkpoints/bulk", sent | {"confirmed": "1", "count": "4"})
    assert refused.status_code == 409
    assert "You were shown 4; 5 match by now. Nothing was done." in refused.text
    assert 'name="count" value="5"' in refused.text
    assert not BulkRun.objects.exists()
    browser.post("/checkpoints/bulk", sent | {"confirmed": "1", "count": "5"})

    assert BulkRun.objects.get().total == 5


def test_all_that_match_are_none_but_those_of_the_filter(browser, asked):
    HumanCheckpoint.objects.filter(pk=asked[0].pk).update(risk=Risk.LOW)
    sent = {"act": "approve", "all": "1", "filter": "risk=low", "count": "1", "confirmed": "1"}

    browser.post("/checkpoints/bulk", sent)

    assert [one.checkpoint_id for one in BulkItem.objects.all()] == [asked[0].pk]


def test_another_tenants_question_is_not_there(browser, asked):
    stranger = factories.run_loop(factories.make_tenant())
    theirs = factories.checkpoint_of(stranger)

    answer = approve(browser, asked, chosen=boxes([*asked, theirs]))

    assert answer.status_code == 404
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("chosen", [[], ["nonsense"] * 501])
def test_none_and_too_many_are_refused(chosen, browser):
    answer = browser.post("/checkpoints/bulk", {"act": "approve", "chosen": chosen})
    assert answer.status_code == 422


def test_a_viewer_answers_none(tenant, asked):
    viewer = signed_in(factories.make_actor(tenant, role=Role.VIEWER))
    assert approve(viewer, asked).status_code == 403


def test_a_worker_goes_on_where_the_page_stopped(browser, vera, asked):
    chosen = [Chosen(one.pk, one.contract_digest) for one in asked]
    run = bulk.begin(said=Said(BulkAct.APPROVE), chosen=chosen, by=vera, now=timezone.now())
    assert not answering_many.carry_on(run, now=timezone.now(), within=timedelta(0))
    assert states() == [ItemState.DONE, *[ItemState.WAITING] * 3]
    page = browser.get(f"/checkpoints/bulk/{run.pk}").text
    assert "1 of 4 done" in page
    assert "every 1s" in page

    assert answering_many.carry_on_all(timezone.now()) == {"finished": 1, "left": 0}

    assert states() == [ItemState.DONE] * 4
    looked = browser.get(f"/checkpoints/bulk/{run.pk}?partial=progress")
    assert looked.status_code == 286  # htmx looks no more


def test_who_may_not_decide_any_more_has_nothing_done_in_their_name(vera, asked):
    chosen = [Chosen(one.pk, one.contract_digest) for one in asked]
    bulk.begin(said=Said(BulkAct.APPROVE), chosen=chosen, by=vera, now=timezone.now())
    Membership.objects.filter(user=vera.user).update(role=Role.VIEWER)

    answering_many.carry_on_all(timezone.now())

    assert states() == [ItemState.SKIPPED] * 4
    assert not CheckpointDecision.objects.exists()


def test_what_was_decided_meanwhile_is_reported(vera, tenant, asked):
    robin = factories.make_actor(tenant, user=factories.make_user(username="robin"))
    chosen = [Chosen(one.pk, one.contract_digest) for one in asked]
    bulk.begin(said=Said(BulkAct.APPROVE), chosen=chosen, by=vera, now=timezone.now())
    checkpoints.resolve(
        checkpoint_id=asked[0].pk, resolution="apply", note="", by=robin, now=timezone.now()
    )

    answering_many.carry_on_all(timezone.now())

    told = BulkItem.objects.get(checkpoint=asked[0]).told
    assert told.startswith("This was already decided: robin agreed to")


def test_rows_of_the_queue_can_be_selected_by_those_who_decide(browser, tenant, asked):
    page = browser.get("/checkpoints").text
    assert f'value="{boxes(asked)[0]}" form="bulk"' in page
    viewer = signed_in(factories.make_actor(tenant, role=Role.VIEWER))
    assert 'name="chosen"' not in viewer.get("/checkpoints").text


def test_where_answers_are_held_each_of_many_can_be_undone(browser, tenant, asked):
    CheckpointConfig.objects.create(tenant=tenant, hold_seconds=60)

    answer = approve(browser, asked)

    assert "unless undone" in browser.get(answer["Location"]).text
    assert HeldDecision.objects.count() == 4
    assert HumanCheckpoint.objects.pending().count() == 4


def test_why_many_were_rejected_is_kept_with_each(browser, asked):
    sent = {"act": "reject", "chosen": boxes(asked), "confirmed": "1", "note": "No."}

    browser.post("/checkpoints/bulk", sent | {"reason_code": "unsafe"})

    kept = CheckpointDecision.objects.values_list("reason_code", flat=True)
    assert list(kept) == ["unsafe"] * 4
