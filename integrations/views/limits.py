"""What limits are kept by: for all integrations, and for one of them."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import limits
from integrations.domain import months
from integrations.domain.enforcement import Limits
from integrations.domain.states import FailMode
from integrations.forms.limits import RaiseForm, SettingsForm
from integrations.models import Integration
from integrations.presenters import limits as shown
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects
from m25console.forms import tell
from m25console.refusals import InvalidInput

LIST: Final = "integrations/limits/list.html"
ONE: Final = "integrations/limits/integration.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def limit_list(request: HttpRequest) -> HttpResponse:
    """Every integration with its limits; a POST chooses what holds for all of them."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "POST":
        check_connects(actor)
        form = SettingsForm(request.POST)
        if form.is_valid():
            try:
                limits.set_up(
                    fail_mode=FailMode(form.cleaned_data["fail_mode"]),
                    warn_at=form.cleaned_data["warn_at"], by=actor, now=now,
                )  # fmt: skip
            except InvalidInput as refused:
                tell(form, refused)
            else:
                messages.success(request, "Saved. It holds from the next call on.")
                return redirect("integrations:limits")
    else:
        held = limits.config_of(actor.tenant)
        told = ", ".join(str(one) for one in held.warn_at)
        form = SettingsForm(initial={"fail_mode": held.fail_mode, "warn_at": told})
    page = shown.limits_page(actor, place=keyset.place_in(request.GET), now=now)
    context = {"form": form, "page": page, **keyset.links(request.GET, page.page)}
    return render(request, LIST, context, status=422 if form.errors else 200)


@never_cache
@require_safe
def of_integration(request: HttpRequest, integration_id: str) -> HttpResponse:
    """One integration's limits."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    return _show(request, actor, row, RaiseForm(limits=_set_on(row)))


@never_cache
@require_POST
def raise_limits(request: HttpRequest, integration_id: str) -> HttpResponse:
    """Let more through for a while."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    form = RaiseForm(request.POST, limits=_set_on(row))
    if form.is_valid():
        try:
            raised = limits.raise_limits(
                integration_id=row.pk, wanted=form.wanted(), by=actor, now=timezone.now()
            )
        except InvalidInput as refused:
            tell(form, refused)
        else:
            until = f"{raised.until:%-d %B %Y, %H:%M} UTC"
            messages.success(request, f"The limits of “{row.name}” are raised until {until}.")
            return redirect("integrations:integration-limits", row.pk)
    return _show(request, actor, row, form)


@require_POST
def end_raise(request: HttpRequest, integration_id: str) -> HttpResponse:
    """Let the limits hold as they are set."""
    actor = actor_of(request)
    row = limits.end_raise(integration_id=integration_id, by=actor, now=timezone.now())
    messages.success(request, f"The limits of “{row.name}” hold as they are set.")
    return redirect("integrations:integration-limits", row.pk)


@require_POST
def enforce(request: HttpRequest, integration_id: str) -> HttpResponse:
    """From now on the limits stop calls."""
    actor = actor_of(request)
    row = limits.enforce(integration_id=integration_id, by=actor, now=timezone.now())
    messages.success(request, f"The limits of “{row.name}” stop calls from now on.")
    return redirect("integrations:integration-limits", row.pk)


@require_POST
def observe(request: HttpRequest, integration_id: str) -> HttpResponse:
    """From now on the limits only tell what they would have stopped."""
    actor = actor_of(request)
    row = limits.observe(integration_id=integration_id, by=actor, now=timezone.now())
    messages.success(request, f"The limits of “{row.name}” only observe from now on.")
    return redirect("integrations:integration-limits", row.pk)


def _show(request: HttpRequest, actor: Actor, row: Integration, form: RaiseForm) -> HttpResponse:
    page = shown.limit_page(row, actor=actor, now=timezone.now())
    context = {"page": page, "row": row, "form": form}
    return render(request, ONE, context, status=422 if form.errors else 200)


def _found(actor: Actor, integration_id: str) -> Integration:
    month = months.month_of(timezone.now())[0].date()
    mine = Integration.objects.for_tenant(actor.tenant).with_use(month=month)
    return get_object_or_404(mine.select_related("raised__approved_by"), pk=integration_id)


def _set_on(row: Integration) -> Limits:
    return Limits(row.budget_limit_cents, row.token_limit_month, row.rate_limit_rpm)
