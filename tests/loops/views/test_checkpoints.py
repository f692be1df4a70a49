"""The queue of decisions and the page of each, as people and browsers meet them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from loops.actions import proposals
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    RecoveryStatus,
    Resolution,
)
from loops.models import (
    CheckpointDecision,
    HumanCheckpoint,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
)
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.asking import (
    agree,
    floor_override,
    novel_recovery,
    routing_change,
    weak_match,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return named(tenant, "Rita Moss")


def named(tenant: Tenant, name: str, role: Role = Role.REVIEWER) -> Actor:
    return factories.make_actor(tenant, role=role, user=factories.make_user(full_name=name))


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client


def waiting(tenant: Tenant, **document: Any) -> HumanCheckpoint:
    """A checkpoint that waits for one person to agree to a recovery."""
    return factories.checkpoint_of(factories.run_loop(tenant, **document))


def distinct_failures(tenant: Tenant, times: int) -> None:
    """So many failures that have nothing in common, each of which waits for a person."""
    for number in range(times):
        factories.report(tenant, error_type=f"kind_{number}")
    factories.advance()


def address(checkpoint: HumanCheckpoint) -> str:
    return f"/checkpoints/{checkpoint.pk}"


def decide(
    client: Client, checkpoint: HumanCheckpoint, option: str, *, note: str = "", digest: str = ""
) -> Any:
    sent = {
        "resolution": option,
        "reason_code": "unsafe" if option == "reject" else "",
        "note": note,
        "contract_digest": digest or checkpoint.contract_digest,
    }
    return client.post(address(checkpoint), sent)


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


# ---- The queue -------------------------------------------------------------------------------


def test_the_queue_lists_the_longest_waiting_first(tenant, reviewer):
    late, early = waiting(tenant, title="Late one"), waiting(tenant, title="Early one")
    HumanCheckpoint.objects.filter(pk=early.pk).update(
        created_at=late.created_at - timedelta(hours=3)
    )

    page = text_of(browser_of(reviewer).get("/checkpoints"))

    assert page.index("Early one") < page.index("Late one")


def test_a_row_says_what_is_asked_about_what_and_how_sure(tenant, reviewer):
    waiting(tenant, title="Billing timed out")

    page = text_of(browser_of(reviewer).get("/checkpoints"))

    for words in ("Retry up to 3 times, 5 seconds apart?", "Billing timed out", "seen once"):
        assert words in page
    for words in ("Normal", "70%", "weak", "Recovery"):
        assert words in page


def test_a_row_counts_the_votes_of_two(tenant, reviewer):
    checkpoint = novel_recovery(tenant, by=reviewer)
    agree(checkpoint, by=reviewer)

    page = text_of(browser_of(reviewer).get("/checkpoints"))

    assert "1 of 2 agreed, you too" in page


def test_what_was_due_and_is_not_decided_is_overdue(tenant, reviewer):
    checkpoint = waiting(tenant)
    HumanCheckpoint.objects.update(created_at=checkpoint.created_at - timedelta(hours=25))

    assert "overdue" in text_of(browser_of(reviewer).get("/checkpoints"))


def test_decided_ones_are_listed_apart_with_who_and_what(tenant, reviewer):
    agree(waiting(tenant, title="Billing timed out"), by=reviewer)
    browser = browser_of(reviewer)

    assert "Billing timed out" not in text_of(browser.get("/checkpoints"))
    decided = text_of(browser.get("/checkpoints?state=decided"))
    assert "Billing timed out" in decided
    assert "by Rita Moss" in decided


@pytest.mark.parametrize(
    ("query", "is_listed"),
    [
        ("type=approve_recovery", True),
        ("type=simulate_routing", False),
        ("priority=normal", True),
        ("priority=critical", False),
        ("band=weak_match", True),
        ("band=novel", False),
        ("pattern=pat_unknown", False),
        ("priority=misspelt&older=damaged", True),
    ],
)
def test_filters_of_the_address_choose_what_is_listed(tenant, reviewer, query, is_listed):
    waiting(tenant, title="Billing timed out")

    page = text_of(browser_of(reviewer).get(f"/checkpoints?{query}"))

    assert ("Billing timed out" in page) is is_listed


def test_what_needs_my_answer_leaves_out_what_i_agreed_to(tenant, reviewer):
    checkpoint = novel_recovery(tenant, by=reviewer)
    agree(checkpoint, by=reviewer)

    mine = text_of(browser_of(reviewer).get("/checkpoints?mine=1"))
    others = text_of(browser_of(named(tenant, "Sam")).get("/checkpoints?mine=1"))

    assert checkpoint.pk not in mine
    assert checkpoint.pk in others


def test_the_next_page_goes_on_where_the_first_ended(tenant, reviewer):
    distinct_failures(tenant, 27)
    browser = browser_of(reviewer)

    first = browser.get("/checkpoints")
    second = browser.get("/checkpoints" + first.context["next_url"])

    shown = [row.id for row in first.context["rows"] + second.context["rows"]]
    pending = HumanCheckpoint.objects.pending().longest_waiting_first()
    assert shown == list(pending.values_list("pk", flat=True))
    assert len(first.context["rows"]) == 25
    assert second.context["next_url"] == ""


def test_the_queue_takes_five_queries_however_long_it_is(
    tenant, reviewer, django_assert_num_queries
):
    distinct_failures(tenant, 30)
    browser = browser_of(reviewer)

    with django_assert_num_queries(5):
        browser.get("/checkpoints?priority=normal&type=approve_recovery&mine=1")


def test_news_counts_what_came_and_what_was_decided_since(tenant, reviewer):
    browser = browser_of(reviewer)
    decided = waiting(tenant)
    as_of = browser.get("/checkpoints").context["as_of"]
    agree(decided, by=reviewer)
    distinct_failures(tenant, 2)

    news = browser.get("/checkpoints", {"partial": "news", "since": as_of})

    assert "2 new, 1 decided" in text_of(news)


@pytest.mark.parametrize("since", ["", "yesterday", "2026-01-01T00:00:00"])
def test_news_since_no_known_moment_is_none(tenant, reviewer, since):
    waiting(tenant)

    news = browser_of(reviewer).get("/checkpoints", {"partial": "news", "since": since})

    assert text_of(news).strip() == ""


def test_every_page_says_in_its_title_and_navigation_how_many_wait(tenant, reviewer):
    waiting(tenant)
    novel_recovery(tenant, by=reviewer)

    page = text_of(browser_of(reviewer).get("/members/"))

    assert "<title>(2) " in page
    assert '<span class="count visually-hidden">2 waiting:</span>' in page
    assert "1 high<" in page
    assert "1 medium<" in page
    assert "low<" not in page


def test_another_tenants_checkpoints_are_not_listed(tenant, reviewer):
    waiting(factories.make_tenant(), title="Not yours")

    browser = browser_of(reviewer)
    assert "Not yours" not in text_of(browser.get("/checkpoints"))
    assert "Nothing waits" in text_of(browser.get("/checkpoints"))


# ---- The page of one decision ------------------------------------------------------------------


def test_the_page_shows_what_is_decided_and_why(tenant, reviewer):
    checkpoint = waiting(tenant, title="Billing timed out", agent_id="billing-7")

    answer = browser_of(reviewer).get(address(checkpoint))

    page = text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert checkpoint.contract_digest in page
    for words in ("Retry up to 3 times", "Max retries", "billing-7", "+ 0%", "= 70%"):
        assert words in page
    assert "Then: a policy after 3 occurrences; this was seen once." in page


def test_a_long_message_is_folded_and_whole(tenant, reviewer):
    lines = [f"line {number} of the message" for number in range(200)]
    checkpoint = waiting(tenant, message="\n".join(lines), error_type="ToolError")

    page = text_of(browser_of(reviewer).get(address(checkpoint)))

    assert "180 more lines" in page
    assert lines[-1] in page


def test_what_was_decided_before_is_told_with_its_sample(tenant, reviewer):
    agree(waiting(tenant), by=reviewer, option=Resolution.REJECT)
    browser = browser_of(reviewer)

    page = text_of(browser.get(address(waiting(tenant))))

    assert "1 of 1, too few to say" in page


def test_every_type_of_checkpoint_has_its_page(tenant, reviewer):
    other = named(tenant, "Sam Okafor")
    asked = {
        "Treat this incident as the same failure?": weak_match(factories.make_tenant()),
        "would move traffic away from one agent": routing_change(factories.make_tenant()),
    }
    floored = factories.make_tenant()
    asked["Cross it once, or respect the floor?"] = floor_override(
        floored, by=factories.make_actor(floored)
    )
    asked["must agree"] = novel_recovery(tenant, by=other)

    for words, checkpoint in asked.items():
        browser = browser_of(factories.make_actor(checkpoint.tenant))
        page = text_of(browser.get(address(checkpoint)))
        assert words in page
        for option in checkpoint.options:
            assert f'id="answer-{option}"' in page
        assert checkpoint.pk in text_of(browser.get("/checkpoints"))


@pytest.mark.parametrize("kind", [CheckpointType.APPROVE_POLICY, CheckpointType.REVERT_LOOP])
def test_types_that_no_stage_asks_for_have_a_page_too(tenant, reviewer, kind):
    checkpoint = waiting(tenant)
    options = {"approve_policy": ["approve", "reject", "modify"]}.get(
        kind, ["confirm_revert", "cancel"]
    )
    HumanCheckpoint.objects.update(
        checkpoint_type=kind, options=options, description="Shall it be?", target_id="other"
    )

    page = text_of(browser_of(reviewer).get(address(checkpoint)))

    assert "Shall it be?" in page
    assert all(f'value="{option}"' in page for option in options)


def test_the_page_takes_a_fixed_number_of_queries(tenant, reviewer, django_assert_max_num_queries):
    checkpoint = routing_change(tenant)
    browser = browser_of(reviewer)

    with django_assert_max_num_queries(6):
        browser.get(address(checkpoint))


def test_another_tenants_checkpoint_does_not_exist(tenant, reviewer):
    checkpoint = waiting(factories.make_tenant())
    browser = browser_of(reviewer)

    assert browser.get(address(checkpoint)).status_code == 404
    assert decide(browser, checkpoint, "apply").status_code == 404
    assert not CheckpointDecision.objects.exists()


def test_the_pane_is_the_whole_decision_without_the_frame(tenant, reviewer):
    checkpoint = waiting(tenant, title="Billing timed out")

    pane = text_of(browser_of(reviewer).get(address(checkpoint), {"partial": "pane"}))

    assert "<html" not in pane
    assert '<h2 class="decision-title" id="decision-heading" tabindex="-1">' in pane
    for words in ("Billing timed out", "What exactly is decided", 'id="answer-apply"'):
        assert words in pane
    assert f'hx-post="{address(checkpoint)}?partial=pane" hx-target="#pane"' in pane


# ---- Deciding ------------------------------------------------------------------------------------


def test_approving_applies_the_recovery_and_leads_to_the_loop_and_the_next_one(tenant, reviewer):
    checkpoint, other = waiting(tenant), waiting(tenant, error_type="rate_limit")
    browser = browser_of(reviewer)

    answer = decide(browser, checkpoint, "apply")

    assert answer.status_code == 302
    page = text_of(browser.get(answer["Location"]))
    assert RecoveryCandidate.objects.get(trace=checkpoint.trace).status == RecoveryStatus.APPLIED
    assert "Approved by Rita Moss" in page
    assert f"/loops/{checkpoint.trace_id}" in page
    assert f"/checkpoints/{other.pk}" in page


def test_deciding_in_the_pane_answers_with_it_and_tells_the_list_what_is_next(tenant, reviewer):
    checkpoint, other = waiting(tenant), waiting(tenant, error_type="rate_limit")
    sent = {"resolution": "apply", "contract_digest": checkpoint.contract_digest}

    answer = browser_of(reviewer).post(f"{address(checkpoint)}?partial=pane", sent)

    assert answer.status_code == 200
    assert "Approved by Rita Moss" in text_of(answer)
    assert json.loads(answer["HX-Trigger"]) == {"decided": {"id": checkpoint.pk, "next": other.pk}}


def test_a_pane_that_comes_too_late_says_so_and_stays_a_pane(tenant, reviewer):
    checkpoint = waiting(tenant)
    agree(checkpoint, by=named(tenant, "Sam Okafor"))
    sent = {"resolution": "apply", "contract_digest": checkpoint.contract_digest}

    answer = browser_of(reviewer).post(f"{address(checkpoint)}?partial=pane", sent)

    assert answer.status_code == 409
    assert "already decided: Sam Okafor" in text_of(answer)
    assert "<html" not in text_of(answer)


def test_a_get_never_decides(tenant, reviewer):
    checkpoint = waiting(tenant)

    browser_of(reviewer).get(
        address(checkpoint),
        {"resolution": "apply", "contract_digest": checkpoint.contract_digest},
    )

    assert factories.checkpoint_of(checkpoint.trace).is_pending


@pytest.mark.parametrize("note", ["", "   \n"])
def test_rejecting_without_a_reason_is_sent_back(tenant, reviewer, note):
    checkpoint = waiting(tenant)

    answer = decide(browser_of(reviewer), checkpoint, "reject", note=note)

    assert answer.status_code == 422
    assert "Give a reason" in text_of(answer)
    assert factories.checkpoint_of(checkpoint.trace).is_pending


def test_crossing_the_floor_needs_a_reason_and_keeps_it(tenant, reviewer):
    checkpoint = floor_override(tenant, by=named(tenant, "Sam"))
    browser = browser_of(reviewer)

    assert decide(browser, checkpoint, "override").status_code == 422
    assert decide(browser, checkpoint, "override", note="Last resort.").status_code == 302

    assert checkpoint.decisions.get().note == "Last resort."


def test_an_answer_that_was_not_offered_changes_nothing(tenant, reviewer):
    checkpoint = waiting(tenant)

    assert decide(browser_of(reviewer), checkpoint, "override", note="x").status_code == 422
    assert factories.checkpoint_of(checkpoint.trace).is_pending


def test_without_the_contract_that_was_shown_nothing_is_decided(tenant, reviewer):
    checkpoint = waiting(tenant)

    answer = browser_of(reviewer).post(address(checkpoint), {"resolution": "apply"})

    assert answer.status_code == 422
    assert factories.checkpoint_of(checkpoint.trace).is_pending


def test_rejecting_ends_the_loop_and_keeps_the_reason(tenant, reviewer):
    checkpoint = waiting(tenant)
    browser = browser_of(reviewer)

    decide(browser, checkpoint, "reject", note="A retry would charge twice.")

    page = text_of(browser.get(address(checkpoint)))
    assert "Rejected by Rita Moss" in page
    assert "A retry would charge twice." in page
    assert LoopTrace.objects.get(pk=checkpoint.trace_id).outcome == "ended"


def test_deferring_keeps_it_waiting_and_shows_the_note_to_the_next_person(tenant, reviewer):
    checkpoint = waiting(tenant)

    decide(browser_of(reviewer), checkpoint, "defer", note="After the release.")

    page = text_of(browser_of(named(tenant, "Sam")).get(address(checkpoint)))
    assert factories.checkpoint_of(checkpoint.trace).is_pending
    assert "Deferred" in page
    assert "After the release." in page


def test_who_comes_too_late_reads_who_decided_and_when(tenant, reviewer):
    checkpoint = waiting(tenant)
    agree(checkpoint, by=named(tenant, "Sam Okafor"))

    answer = decide(browser_of(reviewer), checkpoint, "reject", note="No!")

    page = text_of(answer)
    checkpoint.refresh_from_db()
    assert answer.status_code == 409
    assert "already decided: Sam Okafor" in page
    assert f"{checkpoint.resolved_at:%H:%M:%S} UTC" in page
    assert "Approved by Sam Okafor" in page
    assert page.count(" disabled") >= 3
    assert "No!" in page  # what was typed is not lost
    assert checkpoint.resolution == "apply"


def test_a_decided_page_opened_again_is_grey_and_says_by_whom(tenant, reviewer):
    checkpoint = waiting(tenant)
    agree(checkpoint, by=named(tenant, "Sam Okafor"))

    page = text_of(browser_of(reviewer).get(address(checkpoint)))

    assert "Approved by Sam Okafor" in page
    assert "<fieldset disabled>" in page
    assert 'id="id_note"' not in page


def test_a_contract_that_changed_is_refused_and_shown_field_by_field(tenant, reviewer):
    checkpoint = waiting(tenant)
    RecoveryCandidate.objects.update(action_params={"max_retries": 99, "backoff_seconds": 5})
    browser = browser_of(reviewer)

    stale = decide(browser, checkpoint, "apply")

    page = text_of(stale)
    assert stale.status_code == 409
    assert "changed since" in page
    assert "Max retries" in page
    assert "<td>3</td><td>99</td>" in page
    fresh = browser.get(address(checkpoint)).context["page"].digest
    assert decide(browser, checkpoint, "apply", digest=fresh).status_code == 302


def test_a_viewer_reads_why_the_buttons_are_grey_and_cannot_post(tenant):
    checkpoint = waiting(tenant)
    browser = browser_of(named(tenant, "Vera", Role.VIEWER))

    page = text_of(browser.get(address(checkpoint)))
    answer = decide(browser, checkpoint, "apply")

    assert "reviewers can decide" in page
    assert "<fieldset disabled>" in page
    assert answer.status_code == 403
    assert factories.checkpoint_of(checkpoint.trace).is_pending


def test_two_people_must_agree_and_the_first_cannot_do_it_twice(tenant, reviewer):
    checkpoint = novel_recovery(tenant, by=reviewer)
    browser = browser_of(reviewer)

    decide(browser, checkpoint, "apply")
    page = text_of(browser.get(address(checkpoint)))
    again = decide(browser, checkpoint, "apply")
    decide(browser_of(named(tenant, "Sam")), checkpoint, "apply")

    assert "1 of 2 agreed" in page
    assert escape("You have agreed to this already; another person must agree too.") in page
    assert again.status_code == 409
    assert RecoveryCandidate.objects.get(trace=checkpoint.trace).status == RecoveryStatus.APPLIED


def test_a_page_left_open_learns_that_somebody_else_decided(tenant, reviewer):
    checkpoint = waiting(tenant)
    agree(checkpoint, by=named(tenant, "Sam Okafor"))

    live = text_of(browser_of(reviewer).get(address(checkpoint), {"partial": "live"}))

    assert "<html" not in live
    assert 'hx-swap-oob="innerHTML"' in live
    assert "Approved by Sam Okafor" in live
    assert 'data-announce="Approved by Sam Okafor."' in live
    assert 'id="id_note"' in live  # what somebody is typing stays


def test_text_from_outside_is_text(tenant, reviewer):
    evil = '<script>alert("x")</script>'
    checkpoint = waiting(tenant, title=evil, message=evil, agent_id=evil, context={"k": evil})
    browser = browser_of(reviewer)

    for page in ("/", "/checkpoints", address(checkpoint)):
        assert "<script>alert" not in text_of(browser.get(page))


def test_an_urgent_one_says_so(tenant, reviewer):
    checkpoint = waiting(tenant)
    HumanCheckpoint.objects.update(priority=CheckpointPriority.CRITICAL)

    assert "Critical" in text_of(browser_of(reviewer).get(address(checkpoint)))


def test_a_proposed_policy_shows_its_record_and_is_sent_back_to_be_edited(reviewer):
    browser = browser_of(reviewer)
    policy = factories.make_policy(reviewer.tenant)
    PolicyRule.objects.filter(pk=policy.pk).update(shadow_evaluations=1140, shadow_would_block=6)
    proposal = proposals.propose(
        policy_id=policy.pk, by=factories.make_actor(reviewer.tenant), now=timezone.now()
    )

    page = browser.get(f"/checkpoints/{proposal.pk}")
    answer = browser.post(
        f"/checkpoints/{proposal.pk}",
        {
            "resolution": "modify",
            "note": "It asks for too little.",
            "contract_digest": proposal.contract_digest,
        },
    )

    assert "1,140 times" in page.text
    assert f"/policies/{policy.pk}/replay" in page.text
    assert answer["Location"] == f"/policies/{policy.pk}"
