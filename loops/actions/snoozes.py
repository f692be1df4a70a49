"""Putting a question out of one's own sight for a while; nobody else notices."""

from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.actions.questions import locked_question
from loops.models import CheckpointSnooze, HumanCheckpoint
from m25console import audit
from m25console.access import Actor


@transaction.atomic
def snooze(*, checkpoint_id: str, until: datetime, by: Actor, now: datetime) -> CheckpointSnooze:
    """Hide a question from the actor's queue and counts until a moment; again moves the moment.

    Raises NotFound, NotPermitted, AlreadyDecided, or InvalidInput for a moment too early or late.
    """
    checkpoint = locked_question(checkpoint_id, by=by)
    permissions.check_snooze(by, checkpoint, until=until, now=now)
    row, _is_new = CheckpointSnooze.objects.update_or_create(
        checkpoint=checkpoint,
        person=by.user,
        defaults={"tenant": by.tenant, "at": now, "until": until},
    )
    told = {"until": until.isoformat()}
    audit.record(by=by, action="checkpoint.snoozed", about=checkpoint, after=told, now=now)
    return row


@transaction.atomic
def wake(*, checkpoint_id: str, by: Actor, now: datetime) -> HumanCheckpoint:
    """Show a snoozed question again; nothing happens if it is not snoozed.

    Raises NotFound or NotPermitted.
    """
    checkpoint = locked_question(checkpoint_id, by=by)
    permissions.check_wake(by, checkpoint)
    gone, _each = CheckpointSnooze.objects.filter(checkpoint=checkpoint, person=by.user).delete()
    if gone:
        audit.record(by=by, action="checkpoint.woken", about=checkpoint, now=now)
    return checkpoint
