"""Finding a question to do something about, under its lock."""

from loops.models import HumanCheckpoint, LoopTrace
from loops.models.checkpoints import HumanCheckpointQuerySet
from m25console.access import Actor
from m25console.refusals import NotFound


def locked_question(checkpoint_id: str, *, by: Actor) -> HumanCheckpoint:
    """The checkpoint alone, locked. Raises NotFound."""
    mine = _mine(checkpoint_id, by)
    # Without its people: what a lock that was waited for joins is as old as the wait.
    found = mine.locked().first()
    if found is None:
        raise NotFound("There is no such checkpoint.")
    return found


def locked_with_loop(checkpoint_id: str, *, by: Actor) -> tuple[LoopTrace, HumanCheckpoint]:
    """The checkpoint with its loop, both locked: the loop first, as everywhere. Raises NotFound."""
    mine = _mine(checkpoint_id, by)
    trace_id = mine.values_list("trace_id", flat=True).first()
    if trace_id is None:
        raise NotFound("There is no such checkpoint.")
    trace = LoopTrace.objects.locked().get(pk=trace_id)
    checkpoint = mine.locked().get()
    return trace, checkpoint


def _mine(checkpoint_id: str, by: Actor) -> HumanCheckpointQuerySet:
    if "\0" in checkpoint_id:  # PostgreSQL could not even look for it
        raise NotFound("There is no such checkpoint.")
    return HumanCheckpoint.objects.for_tenant(by.tenant).filter(pk=checkpoint_id)
