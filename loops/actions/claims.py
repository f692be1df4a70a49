"""Saying that one looks at a question, so that others look at another. One transaction each."""

from datetime import datetime, timedelta

from django.db import transaction

from loops import permissions
from loops.actions.questions import locked_question
from loops.domain.claims import CLAIM_MINUTES
from loops.feed import tell_pages
from loops.models import CheckpointConfig, HumanCheckpoint
from m25console import audit
from m25console.access import Actor
from m25console.models import Tenant


@transaction.atomic
def claim(
    *, checkpoint_id: str, by: Actor, now: datetime, take_over: bool = False
) -> HumanCheckpoint:
    """Claim a question for as long as the tenant's rules say; one's own claim begins anew.

    Raises NotFound, NotPermitted, AlreadyDecided, or ClaimedByAnother unless it is taken over.
    """
    checkpoint = locked_question(checkpoint_id, by=by)
    permissions.check_claim(by, checkpoint, now=now, take_over=take_over)
    other = permissions.claimer_but(by, checkpoint, now=now)
    before = _told(checkpoint)
    checkpoint.claimed_by = by.user
    checkpoint.claimed_until = now + timedelta(minutes=_minutes(by.tenant))
    checkpoint.save(update_fields=["claimed_by", "claimed_until"])
    audit.record(
        by=by,
        action="checkpoint.claim_taken_over" if other else "checkpoint.claimed",
        about=checkpoint,
        before=before,
        after=_told(checkpoint),
        now=now,
    )
    tell_pages(checkpoint.trace, kind="claim", now=now)
    return checkpoint


@transaction.atomic
def release(*, checkpoint_id: str, by: Actor, now: datetime) -> HumanCheckpoint:
    """Give one's own claim back. Raises NotFound, NotPermitted or WrongState."""
    checkpoint = locked_question(checkpoint_id, by=by)
    permissions.check_release(by, checkpoint)
    before = _told(checkpoint)
    let_go(checkpoint)
    audit.record(
        by=by, action="checkpoint.released", about=checkpoint, before=before,
        after=_told(checkpoint), now=now,
    )  # fmt: skip
    tell_pages(checkpoint.trace, kind="claim", now=now)
    return checkpoint


def let_go(checkpoint: HumanCheckpoint) -> None:
    """End the claim on a locked question, whoever has it."""
    checkpoint.claimed_by = checkpoint.claimed_until = None
    checkpoint.save(update_fields=["claimed_by", "claimed_until"])


def _minutes(tenant: Tenant) -> int:
    own = CheckpointConfig.objects.filter(tenant=tenant).values_list("claim_minutes", flat=True)
    return own.first() or CLAIM_MINUTES


def _told(checkpoint: HumanCheckpoint) -> dict[str, str | None]:
    until = checkpoint.claimed_until
    return {
        "claimed_by": str(checkpoint.claimed_by) if checkpoint.claimed_by else None,
        "claimed_until": until.isoformat() if until else None,
    }
