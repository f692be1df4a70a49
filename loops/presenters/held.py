"""An answer on hold, as its giver and as others read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db.models import QuerySet

from loops.actions import answer_checks
from loops.domain.states import HoldState, Resolution
from loops.models import HeldDecision, HumanCheckpoint
from loops.presenters.wordings import ANSWERS
from m25console.access import Actor, Verdict, verdict
from m25console.looks import Look


@dataclass(frozen=True)
class Held:
    """An answer that has not taken effect; `who` and `answer` are None for whoever may not know."""

    who: str | None
    answer: Look | None
    effect_at: datetime
    seconds: int  # until then; 0 once it is due
    undo: Verdict


@dataclass(frozen=True)
class Holding:
    """The answer on hold, if there is one; what was refused of the reader's last one, if it was;
    and whether they, or anybody, may answer meanwhile."""

    held: Held | None
    refused: str
    free: Verdict


def holds_on(checkpoint: HumanCheckpoint, *, actor: Actor) -> QuerySet[HeldDecision]:
    """The latest answer to it that could be undone."""
    rows = HeldDecision.objects.for_tenant(actor.tenant).filter(checkpoint=checkpoint)
    return rows.select_related("person").order_by("-pk")[:1]


def holding_of(
    checkpoint: HumanCheckpoint, rows: Sequence[HeldDecision], *, actor: Actor, now: datetime
) -> Holding:
    """How it stands with answers that can be undone, by the rows of `holds_on`."""
    free = Verdict(allowed=True)
    if not rows:
        return Holding(None, "", free)
    latest, *_ = rows
    latest.checkpoint = checkpoint
    if latest.state != HoldState.HELD:
        mine = actor.user is not None and latest.person_id == actor.user.pk
        told = latest.outcome if mine and checkpoint.is_pending else ""
        return Holding(None, told, free)
    return Holding(_held(latest, actor, now), "", _free(latest, actor))


def _free(latest: HeldDecision, actor: Actor) -> Verdict:
    return verdict(answer_checks.check_not_held, actor, latest)


def _held(latest: HeldDecision, actor: Actor, now: datetime) -> Held:
    may_undo = verdict(answer_checks.check_undo, actor, latest, now=now)
    mine = actor.user is not None and latest.person_id == actor.user.pk
    hidden = latest.checkpoint.is_blind and not mine
    return Held(
        who=None if hidden else str(latest.person),
        answer=None if hidden else ANSWERS[Resolution(latest.option)],
        effect_at=latest.effect_at,
        seconds=max(0, ceil((latest.effect_at - now).total_seconds())),
        undo=may_undo,
    )
