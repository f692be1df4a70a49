"""Loops by the names machines call them."""

from loops.models import LoopTrace
from m25console.access import Actor
from m25console.rows import found


def loop_of(actor: Actor, loop_id: str) -> LoopTrace:
    """The actor's loop, by its own id or its incident's. Raises NotFound."""
    rows = LoopTrace.objects.for_tenant(actor.tenant).select_related("incident__matched_pattern")
    if loop_id.startswith("inc_"):
        return found(rows, loop_id, noun="loop", key="incident")
    return found(rows, loop_id, noun="loop")
