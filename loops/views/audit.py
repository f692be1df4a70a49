"""The audit: who did what."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.presenters import audit
from m25console import keyset
from m25console.access import actor_of


@never_cache
@require_safe
def audit_list(request: HttpRequest) -> HttpResponse:
    """Every act, the newest first, narrowed by person, action, object and days."""
    actor = actor_of(request)
    audit.check_reads(actor)
    filters = audit.filters_from(request.GET)
    place = keyset.place_in(request.GET)
    page, rows = audit.audit_list(actor, filters=filters, place=place)
    actions = audit.actions_of(actor.tenant)
    context: dict[str, Any] = {
        "filters": filters,
        "rows": rows,
        "actions": [(one, audit.action_words(one)) for one in actions],
        "people": audit.people_of(actor.tenant),
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/audit/list.html", context)
