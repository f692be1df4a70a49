"""Connections to providers: the list, a new one, one of them, and what is done with it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import integration_looks, integrations
from integrations.actions.addresses import ForbiddenUrl
from integrations.actions.leftovers import CannotKeep
from integrations.domain import months
from integrations.domain.states import Provider
from integrations.engine import checking, keeping
from integrations.forms.integrations import CONFIG, IntegrationForm
from integrations.models import Integration
from integrations.presenters import credentials as stored
from integrations.presenters import health as looks_over_time
from integrations.presenters import integrations as shown
from integrations.presenters import spending, usage
from integrations.presenters.looks import ABOUT, HEALTH, PROVIDERS
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

LIST: Final = "integrations/integrations/list.html"
CHOICE: Final = "integrations/integrations/providers.html"
REFUSED: Final = (InvalidInput, WrongState, CannotKeep, ForbiddenUrl)
FORM: Final = "integrations/integrations/form.html"
ONE: Final = "integrations/integrations/integration.html"
HEALTH_PAGE: Final = "integrations/integrations/health.html"
USAGE: Final = "integrations/integrations/usage.html"


@never_cache
@require_safe
def integration_list(request: HttpRequest) -> HttpResponse:
    """The newest first, narrowed by state, health and provider."""
    actor = actor_of(request)
    chosen = shown.chosen_from(request.GET)
    place = keyset.place_in(request.GET)
    page, rows = shown.integration_list(actor, chosen=chosen, place=place, now=timezone.now())
    context = {
        "filters": shown.filters(chosen),
        "narrowed": bool(chosen),
        "summary": shown.summary(actor, now=timezone.now()),
        "rows": rows,
        "may_add": verdict(check_connects, actor),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Which provider, then its form; a POST tries it out, or saves it and switches it on."""
    actor = actor_of(request)
    check_connects(actor)
    wanted = request.GET.get("provider", "")
    if wanted not in set(Provider):
        offered = [(one.value, PROVIDERS[one], ABOUT[one]) for one in Provider]
        return render(request, CHOICE, {"providers": offered})
    data = request.POST if request.method == "POST" else None
    form = IntegrationForm(data, provider=Provider(wanted), stored=stored.choices(actor))
    return _submitted(request, actor, form, row=None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, integration_id: str) -> HttpResponse:
    """The form of one that is there; a POST tries out what was entered, or saves it."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    check_connects(actor)
    data = request.POST if request.method == "POST" else None
    form = IntegrationForm(
        data, provider=Provider(row.provider_type), stored=stored.choices(actor), row=row
    )
    return _submitted(request, actor, form, row=row)


@never_cache
@require_safe
def integration(request: HttpRequest, integration_id: str) -> HttpResponse:
    """One of them: its health, limits, keys and changes."""
    return show(request, actor_of(request), integration_id)


@never_cache
@require_safe
def usage_of(request: HttpRequest, integration_id: str) -> HttpResponse:
    """What one of them used, and what its limits said."""
    row = _found(actor_of(request), integration_id)
    now = timezone.now()
    slices = spending.slices_of(row, now=now)
    place = keyset.place_in(request.GET)
    page = usage.usage_page(row, slices, place=place, now=now)
    context = {
        "row": row,
        "page": page,
        "charts": spending.charts_of(slices, now=now) if slices else [],
        "burn": spending.burn_of(row, slices, now=now),
        **keyset.links(request.GET, page.calls),
    }
    return render(request, USAGE, context)


@never_cache
@require_safe
def health_of(request: HttpRequest, integration_id: str) -> HttpResponse:
    """How one of them was found over time."""
    row = _found(actor_of(request), integration_id)
    page = looks_over_time.health_page(
        row, period=request.GET.get("period", ""), place=keyset.place_in(request.GET),
        now=timezone.now(),
    )  # fmt: skip
    return render(
        request, HEALTH_PAGE, {"row": row, "page": page, **keyset.links(request.GET, page.checks)}
    )


@require_POST
def test(request: HttpRequest, integration_id: str) -> HttpResponse:
    """Have the provider asked now; the page it leads to tells what comes of it."""
    row = integration_looks.ask(
        integration_id=integration_id, by=actor_of(request), now=timezone.now()
    )
    return redirect("integrations:integration", row.pk)


@require_POST
def enable(request: HttpRequest, integration_id: str) -> HttpResponse:
    """Let it be used."""
    row = integrations.enable(
        integration_id=integration_id, by=actor_of(request), now=timezone.now()
    )
    messages.success(request, f"“{row.name}” is enabled.")
    return redirect("integrations:integration", row.pk)


@require_POST
def disable(request: HttpRequest, integration_id: str) -> HttpResponse:
    """Pause it."""
    row = integrations.disable(
        integration_id=integration_id, by=actor_of(request), now=timezone.now(),
        reason=request.POST.get("reason", ""),
    )  # fmt: skip
    messages.success(request, f"“{row.name}” is disabled. Calls through it are refused.")
    return redirect("integrations:integration", row.pk)


@require_POST
def delete(request: HttpRequest, integration_id: str) -> HttpResponse:
    """Take it away; what was used through it stays."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    integrations.delete(integration_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is deleted. What was used through it stays.")
    return redirect("integrations:integrations")


def _submitted(
    request: HttpRequest, actor: Actor, form: IntegrationForm, *, row: Integration | None
) -> HttpResponse:
    tried = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("then") != "test":
                return _save(request, actor, form, row=row)
            tried = checking.try_out(
                form.wanted(), secret=form.entered_secret, by=actor, now=timezone.now()
            )
        except REFUSED as refused:
            tell(form, refused, prefix=CONFIG)
    context = {
        "form": form,
        "row": row,
        "provider": PROVIDERS[form.provider],
        "here": request.get_full_path(),
        "tried": tried,
        "tried_look": HEALTH[tried.finding.state] if tried else None,
        "tried_stages": looks_over_time.stage_lines(tried.stages) if tried else [],
    }
    return render(request, FORM, context, status=422 if form.errors else 200)


def _save(
    request: HttpRequest, actor: Actor, form: IntegrationForm, *, row: Integration | None
) -> HttpResponse:
    wanted, secret, now = form.wanted(), form.entered_secret, timezone.now()
    if row is not None:
        keeping.reconnect(integration_id=row.pk, wanted=wanted, secret=secret, by=actor, now=now)
        messages.success(request, "Saved.")
        return redirect("integrations:integration", row.pk)
    made = keeping.connect(wanted=wanted, secret=secret, by=actor, now=now)
    if request.POST.get("then") == "enable":
        integrations.enable(integration_id=made.pk, by=actor, now=now)
    integration_looks.ask(integration_id=made.pk, by=actor, now=now)
    messages.success(request, f"“{made.name}” is saved.")
    return redirect("integrations:integration", made.pk)


def show(request: HttpRequest, actor: Actor, integration_id: str, *, key: str = "") -> HttpResponse:
    """The page of one; with a key that was just made, which is shown only there."""
    row = _found(actor, integration_id)
    context = {
        "page": shown.integration_page(row, actor=actor, now=timezone.now()),
        "key": key,
        "api_url": request.build_absolute_uri("/api/v1"),
    }
    return render(request, ONE, context)


def _found(actor: Actor, integration_id: str) -> Integration:
    month = months.month_of(timezone.now())[0].date()
    mine = Integration.objects.for_tenant(actor.tenant).with_use(month=month)
    told = mine.with_first_call().with_last_check().with_key_name()
    return get_object_or_404(told.select_related("tenant", "created_by"), pk=integration_id)
