from datetime import UTC, datetime, time, timedelta

import pytest

from loops.domain.messages import Item, Message, as_html, as_slack, as_text, facts
from loops.domain.notifications import audience, sent_at, wants
from loops.domain.quiet import QuietHours
from loops.domain.states import DELIVERY_MOVES, DeliveryStatus, Event, Risk

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
PEOPLE = {"reviewers": {1, 2}, "admins": {9}}


def item(**fields: object) -> Item:
    defaults = {"event": Event.ASKED, "sentence": "Retry it?", "url": "https://c.example/x"}
    return Item(**defaults | fields)  # type: ignore[arg-type]


def message(*items: Item) -> Message:
    return Message("Acme", items, NOON, "https://c.example/account/notifications")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Event.ASKED, {1, 2}),
        (Event.REMINDED, {1, 2}),
        (Event.ESCALATED, {1, 2, 9}),
        (Event.DECIDED, {2}),
        (Event.MENTIONED, {2}),
        (Event.POLICY_SHADOWED, {1, 2, 9}),
    ],
)
def test_the_audience_widens_as_a_question_waits(event: Event, told: set[int]) -> None:
    assert audience(event, claimer=None, named=[2, 77], **PEOPLE) == told


def test_a_reminder_is_the_claimers_and_admins_stand_in_for_missing_reviewers() -> None:
    assert audience(Event.REMINDED, claimer=1, named=[], **PEOPLE) == {1}
    assert audience(Event.REMINDED, claimer=5, named=[], **PEOPLE) == {1, 2}  # no member any more
    alone = audience(Event.ASKED, reviewers=[], admins=[9], claimer=None, named=[])
    assert alone == {9}


def test_a_channel_of_the_tenant_carries_nothing_personal() -> None:
    everything = {"events": list(Event), "least_risk": Risk.MEDIUM}
    assert not wants(Event.MENTIONED, risk=3, is_personal=False, **everything)
    assert wants(Event.MENTIONED, risk=3, is_personal=True, **everything)
    assert not wants(Event.ASKED, risk=Risk.LOW, is_personal=True, **everything)
    assert wants(Event.POLICY_SHADOWED, risk=None, is_personal=False, **everything)


def test_what_waits_for_the_morning_goes_out_together() -> None:
    night = QuietHours(range(7), time(11), time(20))
    assert sent_at(NOON, is_urgent=False, quiet=None) == NOON + timedelta(minutes=2)
    assert sent_at(NOON, is_urgent=True, quiet=night) == NOON
    assert sent_at(NOON, is_urgent=False, quiet=night) == NOON.replace(hour=20)


def test_a_bundle_counts_what_it_holds() -> None:
    asked = [item(risk=Risk.HIGH), item(risk=Risk.HIGH), *[item(risk=Risk.LOW)] * 5]
    assert message(*asked).subject == "7 new questions, 2 high risk"
    mixed = message(item(), item(), item(event=Event.ESCALATED))
    assert mixed.subject == "2 new questions, it waited too long"
    assert message(item()).subject == "A question: Retry it?"


def test_facts_tell_risk_time_left_and_the_contract() -> None:
    told = facts(
        item(risk=Risk.HIGH, ends=NOON + timedelta(hours=3), digest="abcdef0123456789"), now=NOON
    )
    assert told == "high risk · 3 h left · contract abcdef012345"
    assert facts(item(ends=NOON - timedelta(hours=1)), now=NOON) == "overdue"


def test_no_text_from_outside_is_mark_up_or_a_second_line() -> None:
    evil = message(item(sentence="<b>&<!channel>\r\nBcc: x\u202e *bold*"))
    assert "\n" not in evil.subject
    assert "⟨U+202E⟩" in evil.subject
    page = as_html(evil)
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    slack = as_slack(evil)
    assert "<!channel>" not in slack["text"]
    assert [one["text"]["type"] for one in slack["blocks"] if "text" in one] == ["plain_text"]


def test_a_long_bundle_says_how_much_more_there_is() -> None:
    many = message(*[item()] * 40)
    assert "And 25 more in the console." in as_text(many)
    assert len(as_slack(many)["blocks"]) <= 50


def test_every_state_of_a_delivery_has_its_moves() -> None:
    assert set(DELIVERY_MOVES) == set(DeliveryStatus)
    assert DELIVERY_MOVES[DeliveryStatus.SENT] == frozenset()
