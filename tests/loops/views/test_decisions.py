"""Answers held and undone, answers of several people, what was seen, and remarks, on pages."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import holds, proposals
from loops.actions.answers import Given
from loops.engine import ledger, resuming
from loops.engine.holds import carry_out_due
from loops.models import (
    CheckpointConfig,
    CheckpointDecision,
    CommentMention,
    HeldDecision,
    HumanCheckpoint,
    PolicyRule,
    RecoveryCandidate,
)
from m25console.access import Actor
from m25console.models import Membership, Tenant
from m25console.refusals import Refusal, WrongState
from m25console.vocabulary import Role
from tests import factories
from tests.m25console.builders import signed_in
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def rita(tenant: Tenant) -> Actor:
    return named(tenant, "Rita Moss")


def named(tenant: Tenant, name: str) -> Actor:
    username = name.split(maxsplit=1)[0].lower()
    person = factories.make_user(full_name=name, username=f"{username}-{tenant.slug}")
    return factories.make_actor(tenant, user=person)


def rules(tenant: Tenant, **fields: Any) -> None:
    CheckpointConfig.objects.update_or_create(tenant=tenant, defaults=fields)


def waiting(tenant: Tenant, **document: Any) -> HumanCheckpoint:
    return factories.checkpoint_of(factories.run_loop(tenant, **document))


def sent(checkpoint: HumanCheckpoint, option: str = "apply", **fields: str) -> dict[str, str]:
    code = "unsafe" if option == "reject" else ""
    return {
        "resolution": option,
        "note": "Because.",
        "reason_code": code,
        "contract_digest": checkpoint.contract_digest,
    } | fields


def address(checkpoint: HumanCheckpoint, more: str = "") -> str:
    return f"/checkpoints/{checkpoint.pk}{more}"


def vote(checkpoint: HumanCheckpoint, option: str, *, by: Actor, note: str = "") -> Any:
    return resuming.resolve(
        checkpoint_id=checkpoint.pk,
        resolution=option,
        note=note or "Because.",
        by=by,
        now=timezone.now(),
    )


def held_by(rita: Actor, *, seconds: int = 10) -> tuple[Client, HumanCheckpoint]:
    rules(rita.tenant, hold_seconds=seconds)
    checkpoint = waiting(rita.tenant)
    browser = signed_in(rita)
    browser.post(address(checkpoint), sent(checkpoint))
    return browser, checkpoint


def soon() -> datetime:
    return timezone.now() + timedelta(seconds=11)


# ---- Held answers --------------------------------------------------------------------------------


def test_an_answer_on_hold_changes_nothing_until_its_time_and_then_once(rita):
    _, checkpoint = held_by(rita)
    assert not CheckpointDecision.objects.exists()
    assert carry_out_due(timezone.now())["carried_out"] == 0

    assert carry_out_due(soon())["carried_out"] == 1
    assert carry_out_due(soon())["carried_out"] == 0

    checkpoint.refresh_from_db()
    assert checkpoint.resolved_by == rita.user


def test_looking_at_an_answer_that_is_due_changes_nothing(rita, monkeypatch):
    browser, checkpoint = held_by(rita)
    assert 'data-countdown="10">in 10 s<' in browser.get(address(checkpoint)).text
    due = soon()
    monkeypatch.setattr(timezone, "now", lambda: due)

    pages = ("", "?partial=pane", "?partial=live")
    shown = [browser.get(address(checkpoint, one)).text for one in pages]

    assert all('data-countdown="0">any moment<' in page for page in shown)
    assert not CheckpointDecision.objects.exists()
    assert HeldDecision.objects.get().state == "held"


@pytest.mark.parametrize("more", ["", "/undo"])
def test_who_acts_on_a_question_whose_answer_is_due_finds_it_decided(more, rita, monkeypatch):
    browser, checkpoint = held_by(rita)
    due = soon()
    monkeypatch.setattr(timezone, "now", lambda: due)

    answer = browser.post(address(checkpoint, more), sent(checkpoint))

    assert answer.status_code == 409
    assert "Approved by Rita Moss" in answer.text
    assert CheckpointDecision.objects.get().is_final


def test_who_answered_can_undo_it_and_nobody_else(tenant, rita):
    browser, checkpoint = held_by(rita)
    other = signed_in(named(tenant, "Sam Okafor"))

    assert other.post(address(checkpoint, "/undo")).status_code == 403
    assert "Undone" in browser.post(address(checkpoint, "/undo"), follow=True).text

    carry_out_due(soon())
    assert factories.checkpoint_of(checkpoint.trace).is_pending


def test_others_read_what_is_held_and_cannot_answer_meanwhile(tenant, rita):
    _, checkpoint = held_by(rita)
    other = signed_in(named(tenant, "Sam Okafor"))

    page = other.get(address(checkpoint)).text
    answer = other.post(address(checkpoint), sent(checkpoint))

    assert "Approved by Rita Moss" in page
    assert 'id="undo"' not in page
    assert answer.status_code == 409
    assert HeldDecision.objects.count() == 1


def test_who_may_not_decide_any_more_is_told_that_it_was_refused(rita):
    browser, checkpoint = held_by(rita)
    Membership.objects.filter(user=rita.user).update(role=Role.VIEWER)

    carry_out_due(soon())

    assert "Your last answer did not take effect." in browser.get(address(checkpoint)).text
    assert factories.checkpoint_of(checkpoint.trace).is_pending


def test_what_would_be_refused_is_refused_at_once(rita):
    rules(rita.tenant, hold_seconds=10)
    checkpoint = waiting(rita.tenant)
    stale = sent(checkpoint, contract_digest="0" * 64)
    assert signed_in(rita).post(address(checkpoint), stale).status_code == 409
    assert not HeldDecision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_carry_one_answer_out_once():
    rita = named(factories.make_tenant(), "Rita Moss")
    checkpoint = waiting(rita.tenant)
    given = Given(checkpoint.pk, "apply")
    now = timezone.now()
    held = holds.hold(given, by=rita, now=now, seconds=1)

    later = now + timedelta(seconds=1)
    found = at_once(lambda _: holds.carry_out(held.pk, now=later) is not None, times=4)

    assert sorted(found) == [False, False, False, True]
    assert CheckpointDecision.objects.count() == 1
    assert list(ledger.violations()) == []


# ---- Several people ------------------------------------------------------------------------------


def test_from_a_risk_on_two_different_people_must_agree(tenant, rita):
    rules(tenant, two_people_from=2)
    checkpoint = waiting(tenant)

    assert vote(checkpoint, "apply", by=rita).approvals_missing == 1
    with pytest.raises(WrongState):
        vote(checkpoint, "apply", by=rita)
    assert vote(checkpoint, "apply", by=named(tenant, "Sam Okafor")).is_final

    recovery = RecoveryCandidate.objects.get(trace=checkpoint.trace)
    assert (recovery.status, recovery.confirmations_received) == ("applied", 2)


def blind(tenant: Tenant) -> HumanCheckpoint:
    rules(tenant, two_people_from=1, blind_second_opinion=True)
    return waiting(tenant)


def test_the_second_reviewer_finds_no_trace_of_the_first_vote(tenant, rita):
    checkpoint = blind(tenant)
    second = signed_in(named(tenant, "Sam Okafor"))
    before = second.get(address(checkpoint)).text
    vote(checkpoint, "apply", by=rita, note="A secret reason.")

    recovery = RecoveryCandidate.objects.get(trace=checkpoint.trace)
    pages = ("", "?partial=pane", "?partial=live")
    shown = [second.get(address(checkpoint, one)).text for one in pages]
    shown += [second.get(one).text for one in ("/", "/checkpoints")]
    shown += [second.get(f"/loops/{checkpoint.trace_id}").text]
    shown += [second.get(f"/recoveries/{recovery.pk}").text]
    shown += [second.get(f"/incidents/{checkpoint.incident_id}/timeline").text]

    for page in shown:
        for trace in ("Rita Moss", "secret reason", "1 of 2"):
            assert trace not in page
    assert "secret reason" not in second.get("/audit").text
    assert ("0 of 2" in before) == ("0 of 2" in shown[0])
    assert "Rita Moss" in signed_in(rita).get(address(checkpoint)).text


def test_two_who_disagree_leave_it_to_a_third_who_sees_both(tenant, rita):
    checkpoint = blind(tenant)
    third = named(tenant, "Tess Ito")
    vote(checkpoint, "apply", by=rita)
    assert vote(checkpoint, "reject", by=named(tenant, "Sam Okafor")).is_disputed

    page = signed_in(third).get(address(checkpoint)).text
    assert "Rita Moss" in page
    assert "Sam Okafor" in page
    assert vote(checkpoint, "apply", by=third).is_final
    recovery = RecoveryCandidate.objects.get(trace=checkpoint.trace)
    assert recovery.confirmations.count() == 2


# ---- Reasons, what was seen, remarks -------------------------------------------------------------


def test_a_rejection_on_a_page_says_of_which_kind_it_is(rita):
    checkpoint = waiting(rita.tenant)
    browser = signed_in(rita)

    unsaid = browser.post(address(checkpoint), sent(checkpoint, "reject", reason_code=""))
    said = browser.post(address(checkpoint), sent(checkpoint, "reject"))

    assert (unsaid.status_code, said.status_code) == (422, 302)
    assert checkpoint.decisions.get().reason_code == "unsafe"


def test_a_kind_of_reason_nobody_knows_is_refused(rita):
    checkpoint = waiting(rita.tenant)
    with pytest.raises(Refusal, match="no kind of reason"):
        resuming.resolve(
            checkpoint_id=checkpoint.pk,
            resolution="reject",
            note="No.",
            by=rita,
            now=timezone.now(),
            reason_code="bad_hair",
        )


def test_the_same_remedy_again_says_that_it_was_rejected_before(rita):
    browser = signed_in(rita)
    checkpoint = waiting(rita.tenant)
    browser.post(address(checkpoint), sent(checkpoint, "reject", note="It charges twice."))

    page = browser.get(address(waiting(rita.tenant))).text

    assert "Rejected before" in page
    assert "It charges twice." in page


def test_a_contract_that_changed_is_told_as_what_one_saw_and_what_it_is(rita):
    checkpoint = waiting(rita.tenant)
    browser = signed_in(rita)
    page = browser.get(address(checkpoint)).context["page"]
    RecoveryCandidate.objects.update(action_params={"max_retries": 99, "backoff_seconds": 5})

    answer = browser.post(address(checkpoint), sent(checkpoint, seen=page.sealed))

    assert answer.status_code == 409
    told = answer.text[answer.text.index('id="you-saw"') :]
    assert "<td>3</td><td>99</td>" in told


def test_what_the_approver_saw_keeps_its_old_name(rita):
    policy = factories.make_policy(rita.tenant, confirmations_required=1)
    PolicyRule.objects.filter(pk=policy.pk).update(name="The old name")
    policy.refresh_from_db()
    admin = factories.make_actor(rita.tenant, role=Role.ADMIN)
    from_loop = proposals.propose(policy_id=policy.pk, by=admin, now=timezone.now())
    browser = signed_in(rita)
    page = browser.get(address(from_loop)).context["page"]
    browser.post(address(from_loop), sent(from_loop, "approve", seen=page.sealed))
    PolicyRule.objects.filter(pk=policy.pk).update(name="The new name")

    decision = from_loop.decisions.get()
    seen = browser.get(address(from_loop, f"/seen/{decision.pk}")).text

    then = seen[seen.index("What was shown then") : seen.index("What is known now")]
    assert "The old name" in then
    assert "The new name" not in then
    assert decision.snapshot.shown["figures"]


def test_a_remark_calls_members_and_nobody_else(tenant, rita):
    sam = named(tenant, "Sam Okafor")
    assert sam.user is not None
    stranger = factories.make_user(username="stranger")
    checkpoint = waiting(tenant)
    text = f"@{sam.user.username}, @{stranger.username} and <b>@nobody</b>: look."

    page = signed_in(rita).post(address(checkpoint, "/comments"), {"text": text}, follow=True).text

    assert [one.person for one in CommentMention.objects.all()] == [sam.user]
    assert f'<b class="mention">@{sam.user.username}</b>' in page
    assert "<b>@nobody</b>" not in page
    assert "&lt;b&gt;@nobody" in page
