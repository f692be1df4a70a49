"""What a person may do with a question besides answering it: claim it, give it back, snooze it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loops import permissions
from loops.domain import snoozing
from loops.domain.snoozing import Snooze
from loops.models import HumanCheckpoint
from m25console.access import Actor, Verdict, verdict

WORDS: Final = {
    Snooze.HOUR: "For an hour",
    Snooze.FOUR_HOURS: "For four hours",
    Snooze.TOMORROW: "Until tomorrow, 9:00",
    Snooze.MONDAY: "Until Monday, 9:00",
    Snooze.ESCALATION: "Until it escalates",
}


@dataclass(frozen=True)
class Tools:
    """The claim and the snooze of one question, as one person sees them."""

    id: str
    is_pending: bool
    claimer: str  # empty while nobody's claim holds
    claimed_until: datetime | None
    is_mine: bool
    may: Verdict  # whether this person may claim, release or snooze at all
    snoozed_until: datetime | None
    offers: list[tuple[str, str]]  # moments to snooze until, by value and in words

    @property
    def is_anothers(self) -> bool:
        """Whether somebody else looks at it, so that an answer must be meant."""
        return bool(self.claimer) and not self.is_mine

    @property
    def is_free_to_snooze_long(self) -> bool:
        return Snooze.HOUR in [value for value, _ in self.offers]


def tools_of(checkpoint: HumanCheckpoint, *, actor: Actor, now: datetime) -> Tools:
    """Load the checkpoint with its resolver, its claimer and `with_snooze_of` the actor."""
    snoozed: datetime | None = getattr(checkpoint, "snoozed_until", None)
    offered = snoozing.offers(
        created_at=checkpoint.created_at, priority=checkpoint.priority, now=now
    )
    held = checkpoint.is_claimed(now=now)
    return Tools(
        id=checkpoint.pk,
        is_pending=checkpoint.is_pending,
        claimer=str(checkpoint.claimed_by) if held else "",
        claimed_until=checkpoint.claimed_until if held else None,
        is_mine=held and checkpoint.claimed_by == actor.user,
        may=verdict(permissions.check_decide, actor, checkpoint),
        snoozed_until=snoozed if snoozed and snoozed > now else None,
        offers=[(one.value, WORDS[one]) for one in offered],
    )
