"""MCP servers: the list, a new one, one of them, and what is done with it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import mcp_servers
from integrations.actions.addresses import ForbiddenUrl
from integrations.actions.leftovers import CannotKeep
from integrations.domain.mcp_tools import Definition, definition_of
from integrations.engine import mcp_asking
from integrations.forms.mcp_servers import McpServerForm
from integrations.mcp.answers import McpFault
from integrations.models import McpServer
from integrations.presenters import credentials as stored
from integrations.presenters import mcp_servers as shown
from integrations.presenters import named_policies
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

LIST: Final = "integrations/mcp_servers/list.html"
FORM: Final = "integrations/mcp_servers/form.html"
ONE: Final = "integrations/mcp_servers/server.html"
REFUSED: Final = (InvalidInput, WrongState, ForbiddenUrl, CannotKeep)


@never_cache
@require_safe
def server_list(request: HttpRequest) -> HttpResponse:
    """The newest first; with `all`, also those that were taken away."""
    actor = actor_of(request)
    shows_all = request.GET.get("all") == "1"
    place = keyset.place_in(request.GET)
    page, rows = shown.server_list(
        actor, include_disabled=shows_all, place=place, now=timezone.now()
    )
    context = {
        "rows": rows,
        "shows_all": shows_all,
        "may_add": verdict(check_connects, actor),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a server; a POST tries it out, or saves it and asks it for its tools."""
    actor = actor_of(request)
    check_connects(actor)
    data = request.POST if request.method == "POST" else None
    return _submitted(request, actor, _form(actor, data))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, server_id: str) -> HttpResponse:
    """The form of one that is there; a POST tries out what was entered, or saves it."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    check_connects(actor)
    data = request.POST if request.method == "POST" else None
    return _submitted(request, actor, _form(actor, data, row))


@never_cache
@require_safe
def server(request: HttpRequest, server_id: str) -> HttpResponse:
    """One of them: its tools, how it was found to be, and what was changed."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    place = keyset.place_in(request.GET)
    page = shown.server_page(row, actor=actor, place=place, now=timezone.now())
    return render(request, ONE, {"page": page, **keyset.links(request.GET, page.tools)})


@require_POST
def discover(request: HttpRequest, server_id: str) -> HttpResponse:
    """Ask it for its tools now."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    _tell_tools(request, mcp_asking.discover_now(row, by=actor, now=timezone.now()))
    return redirect("integrations:mcp-server", row.pk)


@require_POST
def check(request: HttpRequest, server_id: str) -> HttpResponse:
    """Look how it is now."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    found = mcp_asking.check_now(row, by=actor, now=timezone.now())
    if found.is_healthy:
        messages.success(request, f"It answered in {found.latency_ms:,} ms.")
    else:
        messages.warning(request, found.error)
    return redirect("integrations:mcp-server", row.pk)


@require_POST
def disable(request: HttpRequest, server_id: str) -> HttpResponse:
    """Take it away; its history stays."""
    row = mcp_servers.disable(server_id=server_id, by=actor_of(request), now=timezone.now())
    messages.success(request, f"“{row.name}” is taken away. None of its tools is called.")
    return redirect("integrations:mcp-servers")


def _form(actor: Actor, data: QueryDict | None, row: McpServer | None = None) -> McpServerForm:
    return McpServerForm(
        data, stored=stored.choices(actor), policies=named_policies.choices(actor), row=row
    )


def _submitted(request: HttpRequest, actor: Actor, form: McpServerForm) -> HttpResponse:
    tried: list[Definition] | None = None
    fault = ""
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("then") != "test":
                return _save(request, actor, form)
            listing = mcp_asking.try_out(
                wanted=form.wanted(), key=form.key, by=actor, now=timezone.now()
            )
            tried = [one for one in map(definition_of, listing.tools) if one]
        except McpFault as silence:
            fault = str(silence)
        except REFUSED as refused:
            tell(form, refused)
    context = {
        "form": form,
        "row": form.row,
        "here": request.get_full_path(),
        "tried": tried,
        "fault": fault,
    }
    return render(request, FORM, context, status=422 if form.errors else 200)


def _save(request: HttpRequest, actor: Actor, form: McpServerForm) -> HttpResponse:
    wanted, now = form.wanted(), timezone.now()
    if form.row is not None:
        mcp_asking.change(server_id=form.row.pk, wanted=wanted, key=form.key, by=actor, now=now)
        messages.success(request, "Saved.")
        return redirect("integrations:mcp-server", form.row.pk)
    row, found = mcp_asking.register(wanted=wanted, key=form.key, by=actor, now=now)
    _tell_tools(request, found)
    return redirect("integrations:mcp-server", row.pk)


def _tell_tools(request: HttpRequest, found: mcp_asking.Discovered) -> None:
    result = found.sorted
    if result is None:
        messages.warning(request, f"It did not tell its tools. {found.error}")
        return
    told = f"It lists {result.found} tool{'' if result.found == 1 else 's'}."
    parts = (("new", result.added), ("changed", result.updated), ("gone", result.removed))
    several = ", ".join(f"{len(tools)} {word}" for word, tools in parts if tools)
    level = messages.warning if result.drifted else messages.success
    level(request, f"{told} {several.capitalize()}." if several else f"{told} Nothing changed.")


def _found(actor: Actor, server_id: str) -> McpServer:
    mine = McpServer.objects.for_tenant(actor.tenant).select_related("tenant", "registered_by")
    return get_object_or_404(mine, pk=server_id)
