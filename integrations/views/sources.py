"""Data sources: the list, a new one, one of them, and what is done with it."""

from dataclasses import asdict
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import source_looks, source_states
from integrations.actions import sources as actions
from integrations.actions.addresses import ForbiddenUrl
from integrations.actions.leftovers import CannotKeep
from integrations.domain.engines import ENGINES, Engine
from integrations.engine import source_looks as looks
from integrations.engine import sources as engine
from integrations.forms.sources import CONFIG, SourceForm
from integrations.models import DataSource
from integrations.presenters import sources as shown
from integrations.presenters.stats import source_stats
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

LIST: Final = "integrations/sources/list.html"
CHOICE: Final = "integrations/sources/engines.html"
FORM: Final = "integrations/sources/form.html"
ONE: Final = "integrations/sources/source.html"


@never_cache
@require_safe
def source_list(request: HttpRequest) -> HttpResponse:
    """The newest first, narrowed by state, type and tag."""
    actor = actor_of(request)
    chosen = shown.chosen_from(request.GET)
    page, rows = shown.source_list(actor, chosen=chosen, place=keyset.place_in(request.GET))
    context = {
        "filters": shown.filters(chosen),
        "tag": chosen.get("tag", ""),
        "narrowed": bool(chosen),
        "rows": rows,
        "stats": source_stats(actor),
        "may_add": verdict(check_connects, actor),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Which kind, then its form; a POST tries it out, or saves it. Who submits it waits for the
    look, which ends within ten seconds."""
    actor = actor_of(request)
    check_connects(actor)
    wanted = request.GET.get("engine", "")
    if wanted not in set(Engine):
        return render(request, CHOICE, {"groups": shown.offered()})
    data = request.POST if request.method == "POST" else None
    return _submitted(request, actor, SourceForm(data, engine=Engine(wanted)), row=None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, source_id: str) -> HttpResponse:
    """The form of one that is there; a POST tries out what was entered, or saves it."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    check_connects(actor)
    kind = shown.engine_of(row)
    if kind is None:
        raise WrongState("Its settings fit no kind of source. Change them by the API.")
    data = request.POST if request.method == "POST" else None
    return _submitted(request, actor, SourceForm(data, engine=kind, row=row), row=row)


@never_cache
@require_safe
def source(request: HttpRequest, source_id: str) -> HttpResponse:
    """One of them: how it was found, how it is reached, who may use it, its changes."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    page = shown.source_page(row, actor=actor, now=timezone.now())
    return render(request, ONE, {"page": page})


@require_POST
def test(request: HttpRequest, source_id: str) -> HttpResponse:
    """Have a worker look at it now; the page it leads to tells what comes of it."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    source_looks.ask(source_id=row.pk, by=actor, now=timezone.now())
    return redirect("integrations:source", row.pk)


@require_POST
def activate(request: HttpRequest, source_id: str) -> HttpResponse:
    """Let it be used."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    source_states.activate(source_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is active.")
    return redirect("integrations:source", row.pk)


@require_POST
def deactivate(request: HttpRequest, source_id: str) -> HttpResponse:
    """Pause it."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    source_states.deactivate(source_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is paused.")
    return redirect("integrations:source", row.pk)


@require_POST
def deprecate(request: HttpRequest, source_id: str) -> HttpResponse:
    """Mark it for removal, for good."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    source_states.deprecate(source_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is retired.")
    return redirect("integrations:source", row.pk)


@require_POST
def delete(request: HttpRequest, source_id: str) -> HttpResponse:
    """Take it away, its secrets destroyed."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    actions.delete(source_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is deleted, its secrets destroyed.")
    return redirect("integrations:sources")


def _submitted(
    request: HttpRequest, actor: Actor, form: SourceForm, *, row: DataSource | None
) -> HttpResponse:
    tried, kind = None, ENGINES[form.engine]
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("then") != "test":
                return _save(request, actor, form, row=row)
            tried = engine.try_out(kind.type, form.wanted(), row=row, by=actor, now=timezone.now())
        except (InvalidInput, WrongState, ForbiddenUrl, CannotKeep) as refused:
            tell(form, refused, prefix=CONFIG)
    context = {
        "form": form,
        "row": row,
        "kind": kind,
        "here": request.get_full_path(),
        "tried": tried,
        "tried_stages": shown.lines_of([asdict(one) for one in tried.stages]) if tried else [],
    }
    return render(request, FORM, context, status=422 if form.errors else 200)


def _save(
    request: HttpRequest, actor: Actor, form: SourceForm, *, row: DataSource | None
) -> HttpResponse:
    wanted, now = form.wanted(), timezone.now()
    if row is not None:
        engine.change(source_id=row.pk, wanted=wanted, by=actor, now=now)
        messages.success(request, "Saved.")
        return redirect("integrations:source", row.pk)
    made = engine.register(source_type=ENGINES[form.engine].type, wanted=wanted, by=actor, now=now)
    seen = looks.test(made, by=actor, now=now)
    if seen.is_good and request.POST.get("then") == "activate":
        source_states.activate(source_id=made.pk, by=actor, now=timezone.now())
    told = "It works." if seen.is_good else "It does not work yet."
    look = messages.success if seen.is_good else messages.warning
    look(request, f"“{made.name}” is saved. {told} {seen.message}")
    return redirect("integrations:source", made.pk)


def _found(actor: Actor, source_id: str) -> DataSource:
    mine = DataSource.objects.open_to(actor).select_related("tenant", "owner")
    return get_object_or_404(mine, pk=source_id)
