"""The configuration of a tenant's connections: taking it out, and bringing one in."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from integrations.configuration import documents, importing
from integrations.forms.configuration import ConfigurationForm, ConfirmForm
from integrations.presenters.configuration import plan_page
from m25console.access import Actor, actor_of, check_connects
from m25console.refusals import InvalidInput

PAGE: Final = "integrations/configuration/configuration.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def configuration(request: HttpRequest) -> HttpResponse:
    """The page; a POST shows what an import would do, and does nothing."""
    actor = actor_of(request)
    check_connects(actor)
    form = ConfigurationForm(request.POST or None, request.FILES or None)
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            document = documents.parsed(form.given)
            plan = importing.look(document, by=actor, now=timezone.now())
        except InvalidInput as refused:
            places = ", ".join(refused.fields)
            form.add_error(None, f"{refused} ({places})" if places else str(refused))
    return _page(request, form, plan, status=422 if form.errors else 200)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The configuration as a file."""
    actor, now = actor_of(request), timezone.now()
    file = documents.taken_away(actor, now=now)
    name = f"{actor.tenant.slug}-configuration-{now:%Y-%m-%d}.json"
    return HttpResponse(
        file,
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Do what was shown; if that is not what would happen by now, show it anew."""
    actor, form = actor_of(request), ConfirmForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("Hand the configuration in again.")
    document = documents.parsed(form.cleaned_data["document"].encode())
    try:
        plan = importing.apply(
            document, digest=form.cleaned_data["digest"], by=actor, now=timezone.now()
        )
    except importing.Moved as moved:
        return _shown_anew(request, actor, document, str(moved))
    done = plan_page(plan).changes
    messages.success(request, f"Imported: {done} {'item' if done == 1 else 'items'} set.")
    return redirect("integrations:configuration")


def _shown_anew(request: HttpRequest, actor: Actor, document: object, reason: str) -> HttpResponse:
    plan = importing.look(document, by=actor, now=timezone.now())
    messages.warning(request, reason)
    return _page(request, ConfigurationForm(), plan, status=409)


def _page(
    request: HttpRequest, form: ConfigurationForm, plan: importing.Plan | None, *, status: int
) -> HttpResponse:
    form.forget()
    context = {"form": form, "plan": plan_page(plan) if plan else None}
    return render(request, PAGE, context, status=status)
