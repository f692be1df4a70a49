"""Sending what is told, from taking a delivery up to what it came to.

Each try holds a ticket, as those of executions do: a worker that was taken for dead and speaks
after all is not heard. Whoever receives the same message twice knows it by its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

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
from m25console.sealing import CannotUnseal

LEASE: Final = timedelta(seconds=60)  # for one try; longer than its task may take
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
        secrets = secrets_of(channel, now=now)
    except _Void as void:
        _close(delivery, void.status, str(void), now=now)
        return None
    except CannotUnseal as error:
        _close(delivery, DeliveryStatus.FAILED, str(error), now=now)
        return None
    _take_up(delivery, message, now=now)
    return Sending(
        delivery_id=delivery.pk,
        ticket=ticket,
        number=delivery.tries,
        kind=ChannelKind(channel.kind),
        address=channel.address,
        secrets=secrets,
        message=message,
        thread=thread,
    )


def _take_up(delivery: Delivery, message: Message, *, now: datetime) -> None:
    delivery.status, delivery.subject = DeliveryStatus.SENDING, message.subject
    delivery.tries += 1
    delivery.lease_until = delivery.next_try_at = now + LEASE
    delivery.save()


@transaction.atomic
def end(sending: Sending, *, came_to: TryResult, wait: timedelta, now: datetime) -> bool:
    """Store how a try ended; False, having changed nothing, if it is somebody else's by now.

    `wait` is the rest before another try, where one is worth it and left.
    """
    delivery = _held(sending.delivery_id, ticket=sending.ticket)
    if delivery is None or delivery.status != DeliveryStatus.SENDING:
        return False
    delivery.error = came_to.error
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
    mine = Delivery.objects.filter(pk=delivery_id, ticket=ticket)
    return mine.select_for_update().first() if ticket else None


def _close(delivery: Delivery, status: DeliveryStatus, error: str, *, now: datetime) -> None:
    delivery.status, delivery.error, delivery.finished_at = status, error, now
    delivery.ticket, delivery.lease_until, delivery.next_try_at = "", None, None
    delivery.save()
    if status is not DeliveryStatus.SKIPPED:
        mine = NotificationChannel.objects.filter(pk=delivery.channel_id)
        mine.exclude(fault=error).update(fault=error)


def told_of_test(came_to: TryResult) -> dict[str, Any]:
    """What is kept of a channel's test."""
    return {"verdict": came_to.verdict.value, "error": came_to.error}
