"""Incidents: the list, and each in full."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.domain.states import LoopOutcome
from loops.models import Incident
from loops.presenters import incidents
from loops.presenters.looks import OUTCOMES, SEVERITIES
from m25console import keyset
from m25console.access import actor_of
from m25console.http import render_page

LIST = "loops/incidents/list.html"


@never_cache
@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """The list; ?partial=news counts what came since ?since=."""
    tenant, now = actor_of(request).tenant, timezone.now()
    filters = incidents.filters_from(request.GET)
    if request.GET.get("partial") == "news":
        since = request.GET.get("since", "")
        news = incidents.arrived_since(tenant, filters=filters, key=since, now=now)
        counted = {"news": news, "newest_url": keyset.address(request.GET)}
        return render(request, f"{LIST}#news", counted)
    place = keyset.place_in(request.GET)
    page, rows = incidents.incident_list(tenant, filters=filters, place=place, now=now)
    context: dict[str, Any] = {
        "filters": filters,
        "page": page,
        "rows": rows,
        "severities": SEVERITIES,
        "statuses": incidents.STATUSES,
        "periods": {period: words for period, (words, _) in incidents.PERIODS.items()},
        "outcomes": {outcome: OUTCOMES[outcome] for outcome in LoopOutcome},
        **keyset.links(request.GET, page),
    }
    return render_page(request, LIST, context)


@never_cache
@require_safe
def incident(request: HttpRequest, incident_id: str) -> HttpResponse:
    """One incident in full, with its loop and its like."""
    mine = Incident.objects.for_tenant(actor_of(request).tenant)
    found = get_object_or_404(
        mine.select_related("tenant", "matched_pattern", "loop"), pk=incident_id
    )
    context = {"page": incidents.incident_page(found)}
    return render(request, "loops/incidents/incident.html", context)
