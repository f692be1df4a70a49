"""Connectors: the list, a new one, one of them, and what is done with it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import connectors
from integrations.actions.addresses import ForbiddenUrl
from integrations.actions.leftovers import CannotKeep
from integrations.domain.connectors import ConnectorStatus, ConnectorType
from integrations.engine.connectors import calling, registering
from integrations.forms.connectors import CONFIG, ConnectorForm
from integrations.models import Connector
from integrations.presenters import connectors as shown
from integrations.presenters import credentials as stored
from integrations.presenters.sources import lines_of
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

LIST: Final = "integrations/connectors/list.html"
CHOICE: Final = "integrations/connectors/types.html"
FORM: Final = "integrations/connectors/form.html"
ONE: Final = "integrations/connectors/connector.html"


@never_cache
@require_safe
def connector_list(request: HttpRequest) -> HttpResponse:
    """The newest first, narrowed by type and state."""
    actor = actor_of(request)
    chosen = shown.chosen_from(request.GET)
    page, rows = shown.connector_list(actor, chosen=chosen, place=keyset.place_in(request.GET))
    context = {
        "filters": shown.filters(chosen),
        "narrowed": bool(chosen),
        "rows": rows,
        "may_add": verdict(check_connects, actor),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Which type, then its form; a POST registers it and tries to connect."""
    actor = actor_of(request)
    check_connects(actor)
    wanted = request.GET.get("type", "")
    if wanted not in set(ConnectorType):
        offered = [(one.value, shown.TYPES[one], shown.ABOUT[one]) for one in ConnectorType]
        return render(request, CHOICE, {"types": offered})
    data = request.POST if request.method == "POST" else None
    form = ConnectorForm(data, kind=ConnectorType(wanted), stored=stored.choices(actor))
    return _submitted(request, actor, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, connector_id: str) -> HttpResponse:
    """The form of one that is there; a POST saves it."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    check_connects(actor)
    data = request.POST if request.method == "POST" else None
    kind = ConnectorType(row.connector_type)
    form = ConnectorForm(data, kind=kind, stored=stored.choices(actor), row=row)
    return _submitted(request, actor, form)


@never_cache
@require_safe
def connector(request: HttpRequest, connector_id: str) -> HttpResponse:
    """One of them: how it is reached, what may be done, and what was."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    page = shown.connector_page(row, actor=actor, place=keyset.place_in(request.GET))
    return render(request, ONE, {"page": page, **keyset.links(request.GET, page.calls)})


@require_POST
def test(request: HttpRequest, connector_id: str) -> HttpResponse:
    """Try to connect now."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    told = calling.test(row, by=actor, now=timezone.now())
    look = messages.success if told.is_good else messages.warning
    look(request, f"{'Connected' if told.is_good else 'Not connected'}. {told.message}")
    return redirect("integrations:connector", row.pk)


@require_POST
def switch(request: HttpRequest, connector_id: str) -> HttpResponse:
    """Disconnect it, retire it, or let it in again."""
    to = request.POST.get("to", "")
    if to not in set(ConnectorStatus):
        raise InvalidInput("Say what it is to become.")
    actor = actor_of(request)
    found(actor, connector_id)
    row = connectors.switch(
        connector_id=connector_id, to=ConnectorStatus(to), by=actor, now=timezone.now()
    )
    words = shown.STATUSES[ConnectorStatus(row.status)].text
    messages.success(request, f"“{row.name}”: {words}.")
    return redirect("integrations:connector", row.pk)


@require_POST
def delete(request: HttpRequest, connector_id: str) -> HttpResponse:
    """Take it away; what was called through it stays."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    connectors.delete(connector_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is deleted.")
    return redirect("integrations:connectors")


def found(actor: Actor, connector_id: str) -> Connector:
    """The tenant's connector of this id, or no page."""
    mine = Connector.objects.for_tenant(actor.tenant).with_key_name()
    mine = mine.select_related("tenant", "created_by")
    return get_object_or_404(mine, pk=connector_id)


def _submitted(request: HttpRequest, actor: Actor, form: ConnectorForm) -> HttpResponse:
    tried = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("then") != "test":
                row = _saved(form, actor)
                messages.success(request, f"“{row.name}” is saved. Test it to connect.")
                return redirect("integrations:connector", row.pk)
            tried = calling.try_out(form.wanted(), row=form.row, by=actor, now=timezone.now())
        except (InvalidInput, WrongState, ForbiddenUrl, CannotKeep) as refused:
            tell(form, refused, prefix=CONFIG)
    context = {
        "form": form,
        "row": form.row,
        "kind": shown.TYPES[form.kind],
        "about": shown.ABOUT[form.kind],
        "here": request.get_full_path(),
        "can_test": form.kind in calling.ADAPTERS,
        "tried": tried,
        "tried_stages": lines_of(tried.stages) if tried else [],
    }
    return render(request, FORM, context, status=422 if form.errors else 200)


def _saved(form: ConnectorForm, actor: Actor) -> Connector:
    wanted, now = form.wanted(), timezone.now()
    if form.row is None:
        return registering.register(wanted=wanted, by=actor, now=now)
    return registering.change(connector_id=form.row.pk, wanted=wanted, by=actor, now=now)
