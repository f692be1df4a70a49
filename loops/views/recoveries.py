"""Recoveries: the list, each with what became of it, and the catalogue of actions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.models import RecoveryCandidate
from loops.presenters import recoveries
from m25console import keyset
from m25console.access import actor_of


@never_cache
@require_safe
def recovery_list(request: HttpRequest) -> HttpResponse:
    """The newest first, narrowed by decision, execution and verification."""
    tenant = actor_of(request).tenant
    chosen = recoveries.chosen_from(request.GET)
    place = keyset.place_in(request.GET)
    page, rows = recoveries.recovery_list(tenant, chosen=chosen, place=place)
    context = {
        "filters": recoveries.filters(chosen),
        "narrowed": bool(chosen),
        "rows": rows,
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/recoveries/list.html", context)


@never_cache
@require_safe
def recovery(request: HttpRequest, recovery_id: str) -> HttpResponse:
    """One recovery: what was decided, what was sent, and whether it helped."""
    mine = RecoveryCandidate.objects.for_tenant(actor_of(request).tenant)
    found = get_object_or_404(
        mine.select_related("tenant", "source_incident", "selected_action"), pk=recovery_id
    )
    context = {"page": recoveries.recovery_page(found), "now": timezone.now()}
    return render(request, "loops/recoveries/recovery.html", context)


@never_cache
@require_safe
def action_catalogue(request: HttpRequest) -> HttpResponse:
    """What can be carried out, and how it went here."""
    context = {"rows": recoveries.action_rows(actor_of(request).tenant)}
    return render(request, "loops/recoveries/actions.html", context)
