"""The message of a delivery, from the rows it is about as they are when it is sent."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse

from loops.domain.checkpoints import DECIDE_WITHIN
from loops.domain.messages import Item, Message
from loops.domain.narrative import DECISION_WORDS
from loops.domain.notifications import ASKING, ENDING
from loops.domain.states import CheckpointPriority, Event, Resolution
from loops.models import Delivery, Happening, HumanCheckpoint

PREFERENCES: Final[Mapping[bool, str]] = {
    True: "loops:my-notifications",
    False: "loops:notification-settings",
}


def message_of(delivery: Delivery, *, now: datetime) -> tuple[Message, str]:
    """What a delivery says now, and the id of the question it is all about; "" if of several."""
    rows = Happening.objects.filter(pk__in=delivery.items.values("happening")).order_by("at", "pk")
    told = _open(rows.select_related("checkpoint"))
    about = {row.checkpoint_id for row in told}
    message = Message(
        tenant=delivery.tenant.name,
        items=[item_of(row) for row in told],
        now=now,
        preferences_url=absolute(reverse(PREFERENCES[delivery.channel.person_id is not None])),
    )
    return message, (about.pop() or "") if len(about) == 1 else ""


def item_of(row: Happening) -> Item:
    """A happening as a message tells it; load it with its checkpoint."""
    asked = row.checkpoint if row.event in ASKING else None
    return Item(
        event=Event(row.event),
        sentence=sentence_of(row),
        url=absolute(path_of(row)),
        risk=row.risk,
        ends=_ends(asked) if asked else _told_end(row),
        digest=asked.contract_digest if asked else "",
        options=asked.options if asked else (),
    )


def sentence_of(row: Happening) -> str:
    """What happened, in a sentence."""
    details = row.details
    match Event(row.event):
        case Event.DECIDED:
            return (
                f"{details['by']} {DECISION_WORDS[Resolution(details['option'])]}: {row.sentence}"
            )
        case Event.MENTIONED:
            return f"{details['by']} mentioned you: {row.sentence}"
        case Event.DELEGATED:
            lent = f"{details['by']} has you decide in their place until {details['until']} UTC"
            return f"{lent}: {row.sentence}"
        case Event.HELD_REFUSED:
            return f"{details['outcome']} {row.sentence}".strip()
        case Event.POLICY_SHADOWED | Event.ROUTING_ROLLED_BACK:
            return f"{row.sentence} {details['why'] or ''}".strip()
    return row.sentence


def path_of(row: Happening) -> str:
    """The page about it. Opening it changes nothing."""
    if "page" in row.details:
        return reverse(row.details["page"], args=[row.subject_id])
    if row.checkpoint_id:
        page = reverse("loops:checkpoint", args=[row.checkpoint_id])
        return f"{page}#comments" if row.event == Event.MENTIONED else page
    return _page_of_subject(row)


def _page_of_subject(row: Happening) -> str:
    match Event(row.event):
        case Event.DELEGATED:
            return reverse("loops:delegations")
        case Event.POLICY_SHADOWED:
            return reverse("loops:policy", args=[row.subject_id])
        case Event.VOTE_DROPPED:
            policy = reverse("loops:policy", args=[row.subject_id])
            return f"{policy}#revision-{row.details['revision']}"
        case Event.ROUTING_ROLLED_BACK:
            return reverse("loops:adjustment", args=[row.subject_id])
    return reverse("loops:checkpoints")


def absolute(path: str) -> str:
    """The address of a page, for readers outside the console."""
    return f"{settings.BASE_URL}{path}"


def _open(rows: Iterable[Happening]) -> list[Happening]:
    """Without those that ask for what was answered meanwhile."""
    found = list(rows)
    ended = _ended(found)
    return [
        row
        for row in found
        if row.event not in ASKING
        or (row.checkpoint.is_pending if row.checkpoint else row.subject_id not in ended)
    ]


def _ended(rows: Iterable[Happening]) -> frozenset[str]:
    """The ids of the questions kept elsewhere, asked in these rows, that are over."""
    elsewhere = [row for row in rows if row.event in ASKING and not row.checkpoint_id]
    keys = [Happening.key_of(event, row.subject_id) for row in elsewhere for event in ENDING]
    if not keys:
        return frozenset()
    mine = Happening.objects.filter(tenant_id=elsewhere[0].tenant_id, key__in=keys)
    return frozenset(mine.values_list("subject_id", flat=True))


def _told_end(row: Happening) -> datetime | None:
    told = row.details.get("ends_at")
    return datetime.fromisoformat(told) if told else None


def _ends(asked: HumanCheckpoint) -> datetime | None:
    """When its answer is due, or when it lapses; whichever is first."""
    within = DECIDE_WITHIN[CheckpointPriority(asked.priority)]
    due = asked.created_at + within if within else None
    return min((one for one in (due, asked.expires_at) if one), default=None)


def message_of_test(*, tenant: str, is_personal: bool, now: datetime) -> Message:
    """What "Send a test" sends: it asks for nothing."""
    item = Item(
        Event.ASKED,
        "This is a test of this channel. Nothing is asked.",
        absolute(reverse("loops:notifications")),
    )
    return Message(tenant, [item], now, absolute(reverse(PREFERENCES[is_personal])))
