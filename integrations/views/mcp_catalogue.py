"""MCP servers from a registry: what is in its file, and registering them."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from integrations.configuration import catalogue, documents, importing
from integrations.configuration.importing import Plan
from integrations.forms.configuration import CatalogueForm, ConfirmForm
from integrations.presenters.configuration import plan_page
from m25console.access import actor_of, check_connects
from m25console.refusals import InvalidInput

PAGE: Final = "integrations/mcp_servers/catalogue.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offered(request: HttpRequest) -> HttpResponse:
    """The page; a POST shows what would be registered, and registers nothing."""
    actor = actor_of(request)
    check_connects(actor)
    form = CatalogueForm(request.POST or None, request.FILES or None)
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            document = documents.parsed(form.given)
            plan = catalogue.look(document, by=actor, now=timezone.now())
        except InvalidInput as refused:
            form.add_error(None, str(refused))
    return _page(request, form, plan, status=422 if form.errors else 200)


@never_cache
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Register what was shown; if that is not what would happen by now, show it anew."""
    actor, now, form = actor_of(request), timezone.now(), ConfirmForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("Hand the file in again.")
    document = documents.parsed(form.cleaned_data["document"].encode())
    try:
        plan = importing.apply(document, digest=form.cleaned_data["digest"], by=actor, now=now)
    except importing.Moved as moved:
        messages.warning(request, str(moved))
        plan = importing.look(document, by=actor, now=now)
        return _page(request, CatalogueForm(), plan, status=409)
    done = plan_page(plan).changes
    servers = "server is" if done == 1 else "servers are"
    messages.success(request, f"{done} {servers} registered, and asked for their tools next.")
    return redirect("integrations:mcp-servers")


def _page(
    request: HttpRequest, form: CatalogueForm, plan: Plan | None, *, status: int
) -> HttpResponse:
    form.forget()
    context = {"form": form, "plan": plan_page(plan) if plan else None}
    return render(request, PAGE, context, status=status)
