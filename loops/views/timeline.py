"""From an incident to its prevention, and who has seen it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loops.actions import timeline_views
from loops.models import Incident
from loops.presenters.timeline import timeline_page
from m25console.access import Actor, actor_of

PAGE = "loops/incidents/timeline.html"


@never_cache
@require_safe
def timeline(request: HttpRequest, incident_id: str) -> HttpResponse:
    """The page; reading it changes nothing, the page itself says that it was read."""
    actor = actor_of(request)
    page = timeline_page(_incident(actor, incident_id), actor=actor, now=timezone.now())
    return render(request, PAGE, {"page": page})


@never_cache
@require_POST
def record_view(request: HttpRequest, incident_id: str) -> HttpResponse:
    """Note that this person read the timeline: once a day, however often they open it."""
    actor, now = actor_of(request), timezone.now()
    seen = timeline_views.record(incident_id=incident_id, by=actor, now=now)
    if request.headers.get("HX-Request"):
        page = timeline_page(_incident(actor, incident_id), actor=actor, now=now)
        return render(request, f"{PAGE}#seen", {"page": page})
    told = "Noted that you read this today." if seen.is_new else "This was noted today already."
    messages.success(request, told)
    return redirect("loops:timeline", incident_id)


def _incident(actor: Actor, incident_id: str) -> Incident:
    rows = Incident.objects.for_tenant(actor.tenant)
    return get_object_or_404(
        rows.select_related("matched_pattern", "loop__recovery"), pk=incident_id
    )
