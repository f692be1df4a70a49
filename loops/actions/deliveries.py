"""Sending what is told, from taking a delivery up to what it came to.

Each try holds a ticket, as those of executions do: a worker that was taken for dead and speaks
after all is not heard. Whoever receives the same message twice knows it by its id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from loops.actions import circuits
from loops.actions.targets import secrets_of
from loops.actions.wording import message_of
from loops.domain.executions import TryResult, Verdict
from loops.domain.messages import Message
from loops.domain.notifications import MAX_TRIES
from loops.domain.states import ChannelKind, DeliveryStatus
from loops.models import Delivery, NotificationChannel
from m25console import audit
from m25console.access import Actor, check_administers
from m25console.refusals import NotFound, WrongState
from m25console.rows import found
from m25console.sealing import CannotUnseal

LEASE: Final = timedelta(seconds=60)  # for one try; longer than its task may take
MAX_HOST: Final = 300
AT_ONCE: Final = 500  # sent again together
LOST: Final = "The worker that tried to send it did not come back."
_END: Final[Mapping[Verdict, DeliveryStatus]] = {
    Verdict.SUCCEEDED: DeliveryStatus.SENT,
    Verdict.FAILED: DeliveryStatus.FAILED,
    Verdict.AGAIN: DeliveryStatus.FAILED,  # as often as it may be tried
}


@dataclass(frozen=True)
class Sending:
    """Leave to send a message once, with everything that needs."""

    delivery_id: str
    ticket: str
    number: int
    kind: ChannelKind
    address: str
    secrets: tuple[bytes, ...]  # that sign, the newest first; of Slack its address
    message: Message
    thread: str  # the question that all of it is about, if it is one

    @property
    def host(self) -> str:
        """Whose circuit it runs through; none for mail, which the operator's server takes."""
        return _host_of(self.kind, self.address, self.secrets)


class _Void(Exception):  # noqa: N818 - a reason, not an error
    """The delivery must not be tried again; the text says why."""

    def __init__(self, text: str, *, status: DeliveryStatus) -> None:
        super().__init__(text)
        self.status = status


@transaction.atomic
def begin(*, delivery_id: str, ticket: str, now: datetime) -> Sending | None:
    """Begin the next try, if this ticket is the latest and unused; None if there is none to make.

    What was answered meanwhile is left out; one with nothing left to say is skipped.
    """
    delivery = _held(delivery_id, ticket=ticket)
    if delivery is None or delivery.lease_until is not None:
        return None
    channel = NotificationChannel.objects.get(pk=delivery.channel_id)
    message, thread = message_of(delivery, now=now)
    try:
        _check_worth_it(delivery, channel, message)
        secrets = _unsealed(channel, now=now)
    except _Void as void:
        _close(delivery, void.status, str(void), now=now)
        return None
    if _rests(delivery, _host_of(channel.kind, channel.address, secrets), now=now):
        return None
    _take_up(delivery, message, now=now)
    return Sending(
        delivery_id=delivery.pk, ticket=ticket, number=delivery.tries,
        kind=ChannelKind(channel.kind), address=channel.address, secrets=secrets,
        message=message, thread=thread,
    )  # fmt: skip


def _unsealed(channel: NotificationChannel, *, now: datetime) -> tuple[bytes, ...]:
    """What signs its messages. Raises _Void where that cannot be read."""
    try:
        return secrets_of(channel, now=now)
    except CannotUnseal as error:
        raise _Void(str(error), status=DeliveryStatus.FAILED) from error


def _take_up(delivery: Delivery, message: Message, *, now: datetime) -> None:
    delivery.status, delivery.subject = DeliveryStatus.SENDING, message.subject
    delivery.tries += 1
    delivery.lease_until = delivery.next_try_at = now + LEASE
    delivery.save()


def _rests(delivery: Delivery, host: str, *, now: datetime) -> bool:
    """Whether its host is left alone for now; the delivery is then put off, which is no try."""
    until = circuits.admit(delivery.tenant, host, now=now) if host else None
    if until is None:
        return False
    delivery.status, delivery.ticket, delivery.next_try_at = DeliveryStatus.WAITING, "", until
    delivery.error = f"{host} failed several times in a row and is left alone for a minute."
    delivery.save()
    return True


def _host_of(kind: str, address: str, secrets: Sequence[bytes]) -> str:
    if kind == ChannelKind.EMAIL:
        return ""
    url = secrets[0].decode() if kind == ChannelKind.SLACK else address
    return urlsplit(url).netloc[:MAX_HOST]


@transaction.atomic
def end(sending: Sending, *, came_to: TryResult, wait: timedelta, now: datetime) -> bool:
    """Store how a try ended; False, having changed nothing, if it is somebody else's by now.

    `wait` is the rest before another try, where one is worth it and left.
    """
    delivery = _held(sending.delivery_id, ticket=sending.ticket)
    if delivery is None or delivery.status != DeliveryStatus.SENDING:
        return False
    delivery.error = came_to.error
    if sending.host:
        is_good = came_to.verdict is not Verdict.AGAIN
        circuits.note(delivery.tenant, sending.host, is_good=is_good, now=now)
    if came_to.verdict is Verdict.AGAIN and delivery.tries < MAX_TRIES:
        delivery.status = DeliveryStatus.WAITING
        delivery.ticket, delivery.lease_until = "", None
        delivery.next_try_at = now + wait
        delivery.save()
        return True
    _close(delivery, _END[came_to.verdict], came_to.error, now=now)
    return True


@transaction.atomic
def retry(*, delivery_id: str, by: Actor, now: datetime) -> Delivery:
    """Send what failed once more. Raises NotPermitted, NotFound, or WrongState unless it failed."""
    check_administers(by)
    mine = Delivery.objects.for_tenant(by.tenant).filter(pk=delivery_id)
    delivery = mine.select_for_update().first()
    if delivery is None:
        raise NotFound("There is no such delivery.")
    check_retry(delivery)
    delivery.status, delivery.tries, delivery.ticket = DeliveryStatus.WAITING, 0, ""
    delivery.finished_at, delivery.lease_until, delivery.next_try_at = None, None, now
    delivery.save()
    audit.record(by=by, action="delivery.retried", about=delivery, now=now)
    return delivery


@transaction.atomic
def retry_failed(*, channel_id: str, by: Actor, now: datetime) -> int:
    """Send all once more that failed by a channel lately; how many. What was answered meanwhile
    is left out when its turn comes. Raises NotPermitted, NotFound, or WrongState if none failed."""
    check_administers(by)
    channel = found(NotificationChannel.objects.for_tenant(by.tenant), channel_id, noun="channel")
    failed = Delivery.objects.for_tenant(by.tenant).failed_lately(now=now)
    mine = failed.filter(channel=channel).order_by("pk").select_for_update()
    ids = list(mine.values_list("pk", flat=True)[:AT_ONCE])
    check_failed(len(ids))
    Delivery.objects.filter(pk__in=ids).update(
        status=DeliveryStatus.WAITING, tries=0, ticket="", finished_at=None, lease_until=None,
        next_try_at=now,
    )  # fmt: skip
    told = {"deliveries": len(ids)}
    audit.record(by=by, action="channel.retried", about=channel, after=told, now=now)
    return len(ids)


def check_failed(count: int) -> None:
    """Whether a channel has anything to send again."""
    if not count:
        raise WrongState("Nothing failed by this channel in the last three days.")


def check_retry(delivery: Delivery) -> None:
    """Whether it may be sent once more."""
    if delivery.status != DeliveryStatus.FAILED:
        raise WrongState(f"This delivery is {delivery.status}; only one that failed is sent again.")


def _check_worth_it(delivery: Delivery, channel: NotificationChannel, message: Message) -> None:
    if channel.removed_at or not channel.is_enabled:
        raise _Void("The channel was switched off.", status=DeliveryStatus.SKIPPED)
    if not message.items:
        raise _Void("It was all answered before.", status=DeliveryStatus.SKIPPED)
    if delivery.tries >= MAX_TRIES:
        raise _Void(LOST, status=DeliveryStatus.FAILED)


def _held(delivery_id: str, *, ticket: str) -> Delivery | None:
    mine = Delivery.objects.filter(pk=delivery_id, ticket=ticket).select_related("tenant")
    return mine.select_for_update(of=("self",)).first() if ticket else None


def _close(delivery: Delivery, status: DeliveryStatus, error: str, *, now: datetime) -> None:
    delivery.status, delivery.error, delivery.finished_at = status, error, now
    delivery.ticket, delivery.lease_until, delivery.next_try_at = "", None, None
    delivery.save()
    if status is DeliveryStatus.FAILED:
        mine = NotificationChannel.objects.filter(pk=delivery.channel_id)
        mine.update(fault=error, failures=F("failures") + 1)
    elif status is DeliveryStatus.SENT:
        mine = NotificationChannel.objects.filter(pk=delivery.channel_id)
        mine.exclude(fault="", failures=0).update(fault="", failures=0)


def told_of_test(came_to: TryResult) -> dict[str, Any]:
    """What is kept of a channel's test."""
    return {"verdict": came_to.verdict.value, "error": came_to.error}
