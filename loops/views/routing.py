"""Routing: agents and their weights, and every change of those."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loops.actions import routing
from loops.forms import RollbackForm
from loops.models import Agent, RoutingAdjustment
from loops.presenters import adjustments, agents
from m25console import keyset
from m25console.access import Actor, actor_of
from m25console.refusals import InvalidInput, WrongState

PAGE = "loops/routing/adjustment.html"


@never_cache
@require_safe
def agent_list(request: HttpRequest) -> HttpResponse:
    """The agents, the latest heard of first; ?changed=1 shows those whose weight is not whole."""
    tenant, now = actor_of(request).tenant, timezone.now()
    changed = agents.changed_in(request.GET)
    place = keyset.place_in(request.GET)
    page, rows = agents.agent_list(tenant, changed=changed, place=place, now=now)
    context: dict[str, Any] = {
        "changed": changed,
        "rows": rows,
        "page": page,
        "address": request.build_absolute_uri("/").rstrip("/"),
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/routing/agents.html", context)


@never_cache
@require_safe
def agent(request: HttpRequest, agent_number: int) -> HttpResponse:
    """One agent, by its row: what it is called may be anything."""
    mine = Agent.objects.for_tenant(actor_of(request).tenant).select_related("tenant")
    found = get_object_or_404(mine, pk=agent_number)
    context = {"page": agents.agent_page(found, now=timezone.now())}
    return render(request, "loops/routing/agent.html", context)


@never_cache
@require_safe
def adjustment_list(request: HttpRequest) -> HttpResponse:
    """The changes of weight, the newest first."""
    tenant, now = actor_of(request).tenant, timezone.now()
    state = adjustments.state_from(request.GET)
    place = keyset.place_in(request.GET)
    page, cards = adjustments.adjustment_list(tenant, state=state, place=place, now=now)
    context: dict[str, Any] = {
        "state": state or "",
        "states": adjustments.STATES,
        "cards": cards,
        "page": page,
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/routing/adjustments.html", context)


@never_cache
@require_safe
def adjustment(request: HttpRequest, adjustment_id: str) -> HttpResponse:
    """One change, what it led to, and the form that takes it back."""
    return _show(request, adjustment_id, actor_of(request), timezone.now(), form=RollbackForm())


@never_cache
@require_POST
def roll_back(request: HttpRequest, adjustment_id: str) -> HttpResponse:
    """Take a change back; otherwise the page as it is now, with what went wrong."""
    actor, now = actor_of(request), timezone.now()
    form = RollbackForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        routing.roll_back(adjustment_id=adjustment_id, reason=reason, by=actor, now=now)
    except WrongState as refused:
        messages.error(request, str(refused))
        return _show(request, adjustment_id, actor, now, form=form, status=409)
    except InvalidInput as refused:
        if not form.errors:
            form.add_error("reason", refused.fields["reason"])
        return _show(request, adjustment_id, actor, now, form=form, status=422)
    messages.success(request, "Taken back: the change weighs nothing any more.")
    return redirect("loops:adjustment", adjustment_id)


def _show(
    request: HttpRequest,
    adjustment_id: str,
    actor: Actor,
    now: datetime,
    *,
    form: RollbackForm,
    status: int = 200,
) -> HttpResponse:
    mine = RoutingAdjustment.objects.for_tenant(actor.tenant)
    found = get_object_or_404(mine.select_related("source_policy", "tenant"), pk=adjustment_id)
    page = adjustments.adjustment_page(found, actor=actor, now=now)
    return render(request, PAGE, {"page": page, "form": form}, status=status)
