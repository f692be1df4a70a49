"""An incident's timeline as machines read it."""

from datetime import datetime

from ninja import Schema

from loops.actions.timeline_views import Seen
from loops.domain.confidence import Band
from loops.domain.timeline import Happening, Kind, Lesson, Timeline


class HappeningOut(Schema):
    at: datetime
    kind: Kind
    sentence: str
    detail: str
    about: str
    band: Band | None
    confidence: float | None
    is_milestone: bool
    is_simulated: bool


class SummaryOut(Schema):
    event_count: int
    has_prevention: bool
    has_rollback: bool
    is_learning_proof: bool
    lesson: Lesson
    narrative: str


class TimelineOut(Schema):
    """`simulated` holds what is no evidence; no figure of the summary counts it."""

    incident_id: str
    loop_id: str
    events: list[HappeningOut]
    simulated: list[HappeningOut]
    summary: SummaryOut


class ViewOut(Schema):
    """A reviewer's view of today, as the server saw it."""

    incident_id: str
    viewed_at: datetime
    has_prevention: bool
    has_rollback: bool
    is_new: bool
    counts_toward_graduation: bool
    is_simulated: bool = False


def timeline_out(timeline: Timeline, *, incident_id: str, loop_id: str) -> TimelineOut:
    return TimelineOut(
        incident_id=incident_id,
        loop_id=loop_id,
        events=[_out(one) for one in timeline.events],
        simulated=[_out(one) for one in timeline.simulated],
        summary=SummaryOut(
            event_count=timeline.event_count,
            has_prevention=timeline.has_prevention,
            has_rollback=timeline.has_rollback,
            is_learning_proof=timeline.is_learning_proof,
            lesson=timeline.lesson,
            narrative=timeline.told,
        ),
    )


def view_out(seen: Seen) -> ViewOut:
    view = seen.view
    return ViewOut(
        incident_id=view.incident_id,
        viewed_at=view.viewed_at,
        has_prevention=view.has_prevention,
        has_rollback=view.has_rollback,
        is_new=seen.is_new,
        counts_toward_graduation=seen.is_counted,
    )


def _out(one: Happening) -> HappeningOut:
    return HappeningOut.from_orm(one)
