"""The queue of decisions, and the page on which each is decided."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from loops import permissions
from loops.domain.states import Resolution
from loops.engine import resuming
from loops.forms import DecisionForm
from loops.models import HumanCheckpoint
from loops.presenters import checkpoints as queue
from loops.presenters.answered import told
from loops.presenters.checkpoint_rules import alert_of
from loops.presenters.decisions import checkpoint_of, decision_page
from m25console import keyset
from m25console.access import Actor, actor_of
from m25console.http import render_page
from m25console.refusals import InvalidInput, WrongState

QUEUE = "loops/checkpoints/queue.html"
DECISION = "loops/checkpoints/decision.html"


@never_cache
@require_safe
def checkpoint_queue(request: HttpRequest) -> HttpResponse:
    """The list; ?partial=news counts what happened to it since ?since=."""
    actor, now = actor_of(request), timezone.now()
    filters = queue.filters_in(request.GET)
    if request.GET.get("partial") == "news":
        since = queue.moment_in(request.GET, otherwise=now)
        news = queue.news_since(actor, filters, since)
        return render(request, f"{QUEUE}#news", {"news": news})
    page = queue.queue_page(actor, filters, keyset.place_in(request.GET))
    context = {
        "alert": alert_of(actor.tenant),
        "filters": filters,
        "choices": queue.choosers(filters),
        "rows": queue.queue_rows(page.rows, now=now),
        "as_of": now.isoformat(),
        "may_decide": actor.can_review,
        **keyset.links(request.GET, page),
    }
    return render_page(request, QUEUE, context, partials=["list"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkpoint(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """The page of one decision; only a POST decides."""
    actor, now = actor_of(request), timezone.now()
    found = checkpoint_of(actor, checkpoint_id)
    if request.method == "POST":
        return _decide(request, found, actor, now)
    form = DecisionForm(options=found.options)
    return _show(request, found, actor, now, form=form)


def _decide(
    request: HttpRequest, found: HumanCheckpoint, actor: Actor, now: datetime
) -> HttpResponse:
    """Redirects once the answer stands; otherwise the page as it is now, with what went wrong."""
    form = DecisionForm(request.POST, options=found.options)
    try:
        permissions.check_decide(actor, found)
        if not form.is_valid():
            return _show(request, found, actor, now, form=form, status=422)
        decision = resuming.resolve(
            checkpoint_id=found.pk,
            resolution=form.cleaned_data["resolution"],
            note=form.cleaned_data["note"],
            by=actor,
            now=now,
            seen_digest=form.cleaned_data["contract_digest"],
        )
    except WrongState as refused:
        current = checkpoint_of(actor, found.pk)
        return _show(request, current, actor, now, form=form, status=409, refusal=str(refused))
    except InvalidInput as refused:
        for name, reasons in refused.fields.items():
            form.add_error(name, reasons)
        return _show(request, found, actor, now, form=form, status=422)
    answer = form.cleaned_data["resolution"]
    messages.success(request, told(decision, answer=answer))
    if answer == Resolution.MODIFY:
        return redirect("loops:policy", found.target_id)
    return redirect("loops:checkpoint", found.pk)


def _show(
    request: HttpRequest,
    found: HumanCheckpoint,
    actor: Actor,
    now: datetime,
    *,
    form: DecisionForm,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    context = {
        "page": decision_page(found, actor=actor, now=now),
        "form": form,
        "refusal": refusal,
    }
    return render_page(request, DECISION, context, partials=["live"], status=status)
