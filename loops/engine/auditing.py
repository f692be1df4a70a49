"""What the loops of a batch say about their runs under the runtime audit contract."""

from collections.abc import Sequence
from datetime import datetime

from loops.actions import loop_audits
from loops.actions.loop_audits import Note
from loops.domain.loop_contract import Standing, word_of
from loops.domain.states import FailureState, Stage
from loops.engine.loop import Loop


def note(loops: Sequence[Loop], *, now: datetime) -> None:
    """Declare the runs of loops that were never advanced before, and acknowledge what each loop
    has done; part of the batch's transaction."""
    loop_audits.write([_note(loop) for loop in loops], now=now)


def _note(loop: Loop) -> Note:
    return Note(
        tenant_id=loop.trace.tenant_id,
        loop_id=loop.trace.pk,
        word=word_of(_standing(loop)),
        is_first=loop.is_first,
    )


def _standing(loop: Loop) -> Standing:
    trace = loop.trace
    state = None if trace.is_blocked else trace.failure_state
    return Standing(
        loop_id=trace.pk,
        incident_id=trace.incident_id,
        stage=loop.stage,
        completed=[Stage(one) for one in trace.stages["completed"]],
        done=loop.done,
        stopped_by=FailureState(state) if state else None,
        detail=trace.failure_detail,
        policy_id=loop.payload.get("policy_id"),
    )
