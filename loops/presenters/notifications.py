"""What people were told, and by which channels, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from loops.actions.channels import check_rotate
from loops.actions.notifications import notifications_of
from loops.actions.wording import path_of, sentence_of
from loops.domain.delivery_faults import remedy
from loops.domain.notifications import KEEPS_FAILING, PERSONAL
from loops.domain.states import ChannelKind, Event, Risk
from loops.engine.channels.email import NO_SERVER
from loops.models import Notification, NotificationChannel
from loops.notification_forms import KINDS, RISKS
from m25console.access import Actor, Verdict, verdict
from m25console.keyset import Order, Page, Place, page
from m25console.looks import Look

EVENTS: Final[Mapping[Event, str]] = {
    Event.ASKED: "New questions",
    Event.REMINDED: "Reminders before an answer is due",
    Event.ESCALATED: "Questions that waited too long",
    Event.DECIDED: "Decisions on what was voted on or asked for",
    Event.LAPSED: "Questions that closed unanswered",
    Event.MENTIONED: "Comments that mention you",
    Event.DELEGATED: "Deciding in somebody's place",
    Event.HELD_REFUSED: "Your answers that did not take effect",
    Event.POLICY_SHADOWED: "Policies that only observe again",
    Event.VOTE_DROPPED: "Your confirmations that no longer count",
    Event.ROUTING_ROLLED_BACK: "Routing changes that were taken back",
}
SHARED_EVENTS: Final = {one: words for one, words in EVENTS.items() if one not in PERSONAL}
SHORT: Final[Mapping[Event, Look]] = {
    Event.ASKED: Look("Question", "info", "hand-stop"),
    Event.REMINDED: Look("Reminder", "warn", "clock"),
    Event.ESCALATED: Look("Waited too long", "bad", "flame"),
    Event.DECIDED: Look("Decided", "ok", "check"),
    Event.LAPSED: Look("Closed unanswered", "idle", "clock"),
    Event.MENTIONED: Look("Mentioned", "info", "message"),
    Event.DELEGATED: Look("Delegated", "info", "user-check"),
    Event.HELD_REFUSED: Look("No effect", "bad", "alert-triangle"),
    Event.POLICY_SHADOWED: Look("Policy in shadow", "warn", "eye"),
    Event.VOTE_DROPPED: Look("Confirmation dropped", "warn", "refresh"),
    Event.ROUTING_ROLLED_BACK: Look("Routing taken back", "warn", "arrow-back-up"),
}
RISK_LOOKS: Final[Mapping[int, Look]] = {
    Risk.LOW: Look("Low risk", "idle", ""),
    Risk.MEDIUM: Look("Medium risk", "warn", ""),
    Risk.HIGH: Look("High risk", "bad", "alert-triangle"),
}
CHANNEL_ICONS: Final[Mapping[ChannelKind, str]] = {
    ChannelKind.EMAIL: "mail",
    ChannelKind.WEBHOOK: "plug-connected",
    ChannelKind.SLACK: "message",
}
# Long texts that no row shows.
UNSEEN: Final = (
    "happening__checkpoint__contract",
    "happening__checkpoint__incident__error_message",
    "happening__checkpoint__incident__context",
    "happening__checkpoint__incident__description",
    "happening__checkpoint__incident__action_details",
)
UNREAD_AT_MOST: Final = 50
NEWEST: Final = Order(column="at", tie_kind=int)


@dataclass(frozen=True)
class Row:
    """One notification in the centre."""

    number: int
    look: Look
    sentence: str
    about: str  # the incident, if it is about one
    url: str
    risk: Look | None
    at: datetime
    is_unread: bool


def centre(
    actor: Actor, *, event: str, place: Place
) -> tuple[list[Row], Page[Notification], list[Row]]:
    """What is unread, a page of what was read, and that page's rows; two queries."""
    rows = notifications_of(actor).select_related("happening__checkpoint__incident").defer(*UNSEEN)
    if event:
        rows = rows.filter(happening__event=event)
    first = not place.older and not place.newer
    fresh = rows.unread().order_by(*NEWEST.names())[:UNREAD_AT_MOST] if first else []
    earlier = page(rows.filter(read_at__isnull=False), order=NEWEST, place=place)
    return [_row(one) for one in fresh], earlier, [_row(one) for one in earlier.rows]


def event_in(query: Mapping[str, str]) -> str:
    """The kind of happening an address asks for; "" for none or a misspelt one."""
    told = query.get("kind", "")
    return told if told in {one.value for one in Event} else ""


def kinds(chosen: str) -> list[tuple[str, str, bool]]:
    return [(one.value, SHORT[one].text, one.value == chosen) for one in Event]


def _row(one: Notification) -> Row:
    happening = one.happening
    return Row(
        number=one.pk,
        look=SHORT[Event(happening.event)],
        sentence=sentence_of(happening),
        about=happening.checkpoint.incident.title if happening.checkpoint else "",
        url=path_of(happening),
        risk=RISK_LOOKS[happening.risk] if happening.risk else None,
        at=one.at,
        is_unread=one.read_at is None,
    )


@dataclass(frozen=True)
class ChannelRow:
    """One channel in a list."""

    channel: NotificationChannel
    kind: str
    icon: str
    risk: str
    events: list[str]
    trouble: str  # why it does not work now; empty while it does
    remedy: str  # what to do about that
    keeps_failing: bool
    tested: str
    may_rotate: Verdict


def channel_rows(actor: Actor, *, is_personal: bool) -> list[ChannelRow]:
    """The person's own channels, or the tenant's."""
    rows = NotificationChannel.objects.for_tenant(actor.tenant).order_by("created_at", "pk")
    mine = rows.filter(person=actor.user) if is_personal else rows.shared()
    return [channel_row(one) for one in mine]


def channel_row(one: NotificationChannel) -> ChannelRow:
    kind = ChannelKind(one.kind)
    unset = kind is ChannelKind.EMAIL and not settings.MAIL_CONFIGURED
    trouble = NO_SERVER if unset else one.fault
    return ChannelRow(
        channel=one,
        kind=KINDS[kind],
        icon=CHANNEL_ICONS[kind],
        risk=RISKS[Risk(one.least_risk)],
        events=[EVENTS[event] for event in Event if event in one.events],
        trouble=trouble,
        remedy=remedy(trouble),
        keeps_failing=one.failures >= KEEPS_FAILING,
        tested=_told_of_test(one),
        may_rotate=verdict(check_rotate, one),
    )


def _told_of_test(one: NotificationChannel) -> str:
    if one.test_result is None:
        return "no result yet"
    return "it arrived" if one.test_result["verdict"] == "succeeded" else one.test_result["error"]


def words_for(*, is_personal: bool) -> Mapping[Event, str]:
    """What a channel may tell of, in words."""
    return EVENTS if is_personal else SHARED_EVENTS
