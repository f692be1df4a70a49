"""Reading what one was told."""

from datetime import datetime

from loops.models import Notification
from loops.models.notifications import NotificationQuerySet
from m25console.access import Actor
from m25console.refusals import NotFound


def notifications_of(actor: Actor) -> NotificationQuerySet:
    """What the person behind an actor was told in this tenant; a machine alone is told nothing."""
    if actor.user is None:
        return Notification.objects.none()
    return Notification.objects.of(actor.user, tenant=actor.tenant)


def mark_read(*, number: int, by: Actor, now: datetime) -> Notification:
    """Note that it was read; the first time counts. Raises NotFound for another person's."""
    mine = notifications_of(by).filter(pk=number)
    mine.unread().update(read_at=now)
    row = mine.select_related("happening").first()
    if row is None:
        raise NotFound("There is no such notification.")
    return row


def mark_all_read(*, by: Actor, now: datetime) -> int:
    """Note that everything told so far was read; how much was not before."""
    return notifications_of(by).unread().filter(at__lte=now).update(read_at=now)
