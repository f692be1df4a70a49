"""The queue as reviewers work in it: filters with counts, orders, search, and the pane beside."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.domain.states import CheckpointPriority, HoldState, Resolution, Risk
from loops.engine import resuming
from loops.models import CheckpointSnooze, HeldDecision, HumanCheckpoint
from m25console.access import Actor
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(full_name="Rita Moss"))


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    client = Client()
    assert reviewer.user
    client.force_login(reviewer.user)
    return client


def asked(tenant: Tenant, title: str, **columns: Any) -> HumanCheckpoint:
    """A checkpoint about an incident of this title, then with these columns."""
    document = {"error_type": title.replace(" ", "_").lower(), "title": title}
    checkpoint = factories.checkpoint_of(factories.run_loop(tenant, **document))
    HumanCheckpoint.objects.filter(pk=checkpoint.pk).update(**columns)
    return HumanCheckpoint.objects.get(pk=checkpoint.pk)


def titles(browser: Client, query: str = "") -> list[str]:
    return [row.incident_title for row in browser.get(f"/checkpoints{query}").context["rows"]]


def counts(browser: Client, query: str = "") -> dict[str, str]:
    """The counts of all options that are offered, by filter and value."""
    facets = browser.get(f"/checkpoints{query}").context["facets"]
    groups = {one.name: one.options for one in [*facets.groups, facets.patterns]}
    told = {f"{name}={one.value}": one.count for name in groups for one in groups[name]}
    return told | {one.label: one.count for one in facets.toggles}


def test_each_order_has_its_first_row(tenant, browser):
    now = timezone.now()
    asked(tenant, "Old", risk=Risk.LOW, waiting_cost=4, created_at=now - timedelta(hours=9))
    asked(tenant, "Risky", risk=Risk.HIGH, waiting_cost=2)
    asked(tenant, "Costly", risk=Risk.MEDIUM, waiting_cost=64)

    assert titles(browser) == ["Old", "Risky", "Costly"]
    assert titles(browser, "?sort=risk") == ["Risky", "Costly", "Old"]
    assert titles(browser, "?sort=cost") == ["Costly", "Old", "Risky"]
    page = browser.get("/checkpoints?sort=cost").content.decode()
    assert "4 an hour, 36 so far" in page
    assert "critical 16, high 8, normal 4, low 2, advisory 1; twice that if a loop" in page


@pytest.mark.parametrize("sort", ["risk", "cost"])
def test_pages_of_an_order_with_equal_rows_lose_and_double_none(tenant, browser, sort):
    for number in range(27):
        factories.report(tenant, error_type=f"kind_{number}")
    factories.advance()
    some = HumanCheckpoint.objects.order_by("pk").values("pk")[:9]
    HumanCheckpoint.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
        risk=Risk.HIGH, waiting_cost=32
    )

    first = browser.get(f"/checkpoints?sort={sort}")
    second = browser.get("/checkpoints" + first.context["next_url"])
    back = browser.get("/checkpoints" + second.context["previous_url"])

    seen = [row.id for row in [*first.context["rows"], *second.context["rows"]]]
    assert len(seen) == len(set(seen)) == 27
    assert [row.id for row in back.context["rows"]] == seen[:25]
    assert {row.risk.text for row in first.context["rows"][:9]} == {"High risk"}


def test_an_option_counts_what_its_address_would_list(tenant, browser):
    asked(tenant, "One", risk=Risk.HIGH, priority=CheckpointPriority.HIGH)
    asked(tenant, "Two", risk=Risk.HIGH)
    asked(tenant, "Three", risk=Risk.LOW)

    told = counts(browser, "?risk=high&priority=normal")

    assert (told["risk=high"], told["risk=low"]) == ("1", "1")
    assert (told["priority=high"], told["priority=normal"]) == ("1", "1")
    facets = browser.get("/checkpoints?risk=high&priority=normal").context["facets"]
    for facet in facets.groups:
        for option in facet.options:
            if not option.chosen:
                assert len(titles(browser, option.url)) == int(option.count)


def test_an_option_keeps_the_rest_of_the_address_and_lets_go_of_itself(tenant, browser):
    asked(tenant, "One", risk=Risk.HIGH)

    facets = browser.get("/checkpoints?risk=high&q=one&sort=risk&open=").context["facets"]
    risk = next(one for one in facets.groups if one.name == "risk").options[0]

    assert risk.chosen
    assert risk.url == "?q=one&sort=risk"


@pytest.mark.parametrize("text", ["billing", "BILL time", "agent-7", "hat083", "escalate"], ids=str)
def test_a_search_finds_by_the_beginnings_of_words(tenant, browser, text):
    factories.run_loop(
        tenant, error_type="Upstream", title="Billing timed out on HAT083", agent_id="agent-7"
    )
    asked(tenant, "Something else", words="something else")

    assert titles(browser, f"?q={text}") == ["Billing timed out on HAT083"]


def test_a_search_finds_by_id_and_among_the_decided_too(tenant, browser):
    checkpoint = asked(tenant, "One")
    asked(tenant, "Two")

    assert titles(browser, f"?q={checkpoint.pk}") == ["One"]
    assert titles(browser, f"?q={checkpoint.pk}&state=decided") == []
    assert "Nothing is called so" in browser.get("/checkpoints?q=zebra").content.decode()


def test_what_one_decided_oneself_is_found_among_the_decided(tenant, browser, reviewer):
    for title, by in (("Mine", reviewer), ("Theirs", factories.make_actor(tenant))):
        resuming.resolve(
            checkpoint_id=asked(tenant, title).pk, resolution="reject", note="Because.",
            by=by, now=timezone.now(),
        )  # fmt: skip

    assert titles(browser, "?state=decided&by_me=1") == ["Mine"]
    assert counts(browser, "?state=decided")["Decided by me"] == "1"
    assert len(titles(browser, "?state=decided")) == 2


def test_what_was_decided_in_the_last_week_is_found_and_can_be_taken_away(
    tenant, browser, reviewer
):
    for title, days in (("This week", 2), ("This month", 20), ("Long ago", 60)):
        found = asked(tenant, title)
        now = timezone.now()
        resuming.resolve(
            checkpoint_id=found.pk, resolution="reject", note="Because.", by=reviewer, now=now
        )
        then = now - timedelta(days=days)
        HumanCheckpoint.objects.filter(pk=found.pk).update(created_at=then, resolved_at=then)

    assert titles(browser, "?state=decided&week=1") == ["This week"]
    assert titles(browser, "?state=decided&month=1") == ["This week", "This month"]
    told = counts(browser, "?state=decided")
    assert (told["Last 7 days"], told["Last 30 days"]) == ("1", "2")
    address = "/exports?state=decided&amp;week=1"
    assert address in browser.get("/checkpoints?state=decided&week=1").text
    assert "Decided by me" not in counts(browser)


def test_a_pattern_is_chosen_by_a_part_of_its_name(tenant, browser):
    factories.run_loop(tenant, error_type="ToolError", message="no seat on flight 7", title="Seat")
    asked(tenant, "Other")

    assert titles(browser, "?pattern=seat on") == ["Seat"]
    [chosen, *_] = browser.get("/checkpoints?pattern=seat on").context["facets"].patterns.options
    assert (chosen.label, chosen.count, chosen.chosen) == ("seat on", "1", True)


def test_a_claim_says_by_whom_and_lapses_by_itself(tenant, reviewer, browser):
    now = timezone.now()
    sam = factories.make_actor(tenant, user=factories.make_user(full_name="Sam Okafor"))
    until = now + timedelta(minutes=5)
    asked(tenant, "Mine", claimed_by=reviewer.user, claimed_until=until)
    asked(tenant, "Sams", claimed_by=sam.user, claimed_until=until)
    asked(tenant, "Lapsed", claimed_by=sam.user, claimed_until=now - timedelta(minutes=5))

    page = browser.get("/checkpoints").content.decode()

    assert f"claimed by you until {until:%H:%M}" in page
    assert f"claimed by Sam Okafor until {until:%H:%M}" in page
    assert titles(browser, "?claimed=me") == ["Mine"]
    assert titles(browser, "?claimed=others") == ["Sams"]
    assert titles(browser, "?claimed=nobody") == ["Lapsed"]


def test_what_i_snoozed_is_hidden_from_me_until_i_ask_for_it(tenant, reviewer, browser):
    now = timezone.now()
    checkpoint = asked(tenant, "Snoozed")
    asked(tenant, "Awake")
    CheckpointSnooze.objects.create(
        tenant=tenant, checkpoint=checkpoint, person=reviewer.user, at=now,
        until=now + timedelta(hours=1),
    )  # fmt: skip

    assert titles(browser) == ["Awake"]
    assert titles(browser, "?snoozed=1") == ["Snoozed"]
    assert counts(browser)["Snoozed by me"] == "1"


def test_an_answer_on_hold_says_whose_it_is_and_when_it_takes_effect(tenant, reviewer, browser):
    now = timezone.now()
    HeldDecision.objects.create(
        tenant=tenant, checkpoint=asked(tenant, "Held"), person=reviewer.user, label="Rita Moss",
        option=Resolution.APPLY, door="web", contract_digest="", at=now,
        effect_at=now + timedelta(seconds=8), state=HoldState.HELD,
    )  # fmt: skip

    [row] = browser.get("/checkpoints").context["rows"]

    assert (row.hold.answer, row.hold.who) == ("Approved", "Rita Moss")
    assert not row.may_be_next
    assert "approved by Rita Moss, takes effect" in browser.get("/checkpoints").content.decode()


def test_what_is_late_is_found_together(tenant, browser):
    now = timezone.now()
    asked(tenant, "Overdue", created_at=now - timedelta(hours=25))
    asked(tenant, "Escalated", escalated_at=now)
    asked(tenant, "In time")

    assert titles(browser, "?late=1") == ["Overdue", "Escalated"]
    assert counts(browser)["Late or escalated"] == "2"


def test_what_waits_for_more_than_a_day_is_found_and_offered_before_anything_does(tenant, browser):
    asked(tenant, "New", risk=Risk.LOW)

    assert (counts(browser)["Older than a day"], counts(browser)["risk=high"]) == ("0", "0")
    asked(tenant, "Old", risk=Risk.HIGH, created_at=timezone.now() - timedelta(hours=25))
    assert titles(browser, "?risk=high&aged=1") == ["Old"]
    assert counts(browser)["Older than a day"] == "1"


def test_the_open_decision_stands_beside_the_list_without_scripts(tenant, browser):
    checkpoint = asked(tenant, "One", risk=Risk.HIGH)
    asked(tenant, "Two", risk=Risk.LOW)

    answer = browser.get(f"/checkpoints?risk=high&open={checkpoint.pk}")

    page = answer.content.decode()
    assert [row.incident_title for row in answer.context["rows"]] == ["One"]
    assert 'id="decision-heading"' in page
    assert checkpoint.contract_digest in page
    assert f'href="?risk=high&amp;open={checkpoint.pk}"' in page
    assert 'id="back-to-list" href="?risk=high"' in page


def test_what_is_open_beside_the_list_is_of_the_tenant(tenant, browser):
    foreign = asked(factories.make_tenant(), "Not yours")

    assert browser.get(f"/checkpoints?open={foreign.pk}").status_code == 404


def test_the_list_and_the_filters_come_again_each_by_itself(
    tenant, browser, django_assert_max_num_queries
):
    asked(tenant, "One")

    with django_assert_max_num_queries(4):
        rows = browser.get("/checkpoints?partial=list").content.decode()
    with django_assert_max_num_queries(4):
        filters = browser.get("/checkpoints?partial=facets").content.decode()

    assert "One" in rows
    assert "facet-risk" in filters
    assert "<html" not in rows + filters
    # A ticked box in the list would keep it from looking again, as if somebody selected there.
    assert 'id="go-on"' not in rows
