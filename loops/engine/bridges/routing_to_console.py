"""Bridge 5: tell the story of the loop, and keep it as it was when the loop ended."""

from dataclasses import asdict
from datetime import datetime

from loops.domain.narrative import tell
from loops.domain.payload import jsonable
from loops.engine.loop import Loop, Outcome
from loops.engine.telling import loop_facts
from loops.engine.workset import Workset


def run(loop: Loop, work: Workset, now: datetime) -> Outcome:
    """Write the narrative; the events hold the timeline, so it is not kept twice."""
    facts = loop_facts(
        trace=loop.trace,
        incident=loop.incident,
        payload=loop.payload,
        recovery=loop.recovery,
        policy=work.policies.get(loop.payload["pattern_id"]),
        adjustments=[
            one
            for one in (*work.made_before, *work.adjustments)
            if one.loop_trace_id == loop.trace.pk
        ],
        decisions=loop.answers,
        now=now,
    )
    story = asdict(tell(facts))
    del story["timeline"]
    loop.trace.narrative = jsonable(story, path="narrative")
    return Outcome(result={"narrative": "told", "change": "adjustment_ids" in loop.payload})
