"""What follows when somebody else is asked to confirm that a loop is undone."""

from typing import Final

from loops import permissions
from loops.actions import answers, reverts
from loops.actions.answers import Answer, Consequences, Decision
from loops.domain.states import CheckpointType, Resolution


def _confirm(answer: Answer) -> Decision:
    asked = answer.checkpoint.contract["subject"]
    permissions.check_is_another(answer.by, asked_by=asked["asked_by_id"])
    permissions.check_revert(answer.by, answer.trace)
    answers.close(answer)
    reverts.undo(answer.trace, reason=answer.note, by=answer.by, now=answer.now)
    return Decision(answer.checkpoint, True, False)


def _cancel(answer: Answer) -> Decision:
    """Nothing changes: the loop never waited for this."""
    answers.close(answer)
    return Decision(answer.checkpoint, True, False)


CONSEQUENCES: Final[Consequences] = {
    (CheckpointType.REVERT_LOOP, Resolution.CONFIRM_REVERT): _confirm,
    (CheckpointType.REVERT_LOOP, Resolution.CANCEL): _cancel,
}
