"""From an incident to its prevention."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from loops.actions import timeline_views
from loops.api.shapes.timeline import TimelineOut, ViewOut, timeline_out, view_out
from loops.models import Incident
from loops.presenters.timeline import timeline_of
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.schemas import refusals
from m25console.rows import found

router = Router(tags=["timeline"])


@router.get("/timeline/{incident_id}", auth=READS, response={200: TimelineOut, **refusals(404)})
def read_timeline(request: HttpRequest, incident_id: str) -> TimelineOut:
    """What became of an incident, up to the recurrences it helped to prevent.

    Needs the scope `read`.
    """
    rows = Incident.objects.for_tenant(actor_of(request).tenant)
    incident = found(rows.select_related("loop__recovery"), incident_id, noun="incident")
    return timeline_out(timeline_of(incident), incident_id=incident.pk, loop_id=incident.loop.pk)


@router.post("/timeline/{incident_id}/view", auth=DECIDES, response={200: ViewOut, **refusals(404)})
def record_view(request: HttpRequest, incident_id: str) -> ViewOut:
    """Note that the person who answers for the token read the timeline; once a day counts.

    What was to be seen is read from the rows. Needs the scope `decide`.
    """
    actor = actor_of(request)
    incident = found(Incident.objects.for_tenant(actor.tenant), incident_id, noun="incident")
    seen = timeline_views.record(incident_id=incident.pk, by=actor, now=timezone.now())
    return view_out(seen)
