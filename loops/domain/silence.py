"""What happens to a question that nobody answers, and when people are told of it again.

Silence never means yes. Without a word of the tenant's, loop mechanics 1.0.0.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from loops.domain.checkpoints import DECIDE_WITHIN, EXPIRING, MANDATORY
from loops.domain.states import CheckpointPriority, CheckpointType, Silence

# How long a decision may wait before it is brought to everybody's notice.
ESCALATE_AFTER: Final[Mapping[CheckpointPriority, timedelta]] = {
    CheckpointPriority.CRITICAL: timedelta(minutes=15),
    CheckpointPriority.HIGH: timedelta(hours=1),
    CheckpointPriority.NORMAL: timedelta(hours=24),
}
# How long before a decision is due its people are reminded, once. What is wanted at once, or is
# wanted by no time, has no such moment.
REMIND_BEFORE: Final[Mapping[CheckpointPriority, timedelta]] = {
    CheckpointPriority.HIGH: timedelta(minutes=15),
    CheckpointPriority.NORMAL: timedelta(hours=2),
}
REMIND_BEFORE_LAPSE: Final = timedelta(hours=2)
NO_REMINDER_WITHIN: Final = timedelta(minutes=30)  # of being asked
# A night is not time to answer in: what ran out during it may still be answered for a while.
LAPSES_AFTER_QUIET: Final = timedelta(hours=1)


def allowed_silences(kind: CheckpointType) -> tuple[Silence, ...]:
    """What a tenant may let silence mean; what only people may answer never lapses."""
    return (Silence.WAIT, Silence.ESCALATE) if kind in MANDATORY else tuple(Silence)


def usual_silence(*, kind: CheckpointType, priority: CheckpointPriority) -> Silence:
    """What silence means where the tenant says nothing."""
    lapses = priority in EXPIRING and kind not in MANDATORY
    return Silence.LAPSE if lapses else Silence.ESCALATE


def patience_of(*, priority: CheckpointPriority, silence: Silence) -> timedelta | None:
    """How long a question waits before it is escalated; None for one that never is.

    Where only the tenant wants a question escalated, it has the patience of a normal one.
    """
    match silence:
        case Silence.WAIT:
            return None
        case Silence.ESCALATE:
            return ESCALATE_AFTER.get(priority, ESCALATE_AFTER[CheckpointPriority.NORMAL])
        case Silence.LAPSE:
            return ESCALATE_AFTER.get(priority)


def reminded_after(*, priority: CheckpointPriority) -> timedelta | None:
    """How long a question waits before its people are reminded that it is due soon."""
    within, before = DECIDE_WITHIN[priority], REMIND_BEFORE.get(priority)
    return within - before if within is not None and before is not None else None
