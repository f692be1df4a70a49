"""Policies: the list, each with what may be done with it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from loops.actions import policies, proposals
from loops.forms import PolicyActForm
from loops.models import PolicyRule
from loops.presenters import policies as lists
from loops.presenters.policy_page import policy_of, policy_page
from m25console import keyset
from m25console.access import Actor, actor_of
from m25console.http import render_page
from m25console.refusals import InvalidInput, WrongState

PAGE: Final = "loops/policies/policy.html"


@never_cache
@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    """The policies of one mode or of all, the newest first."""
    actor = actor_of(request)
    filters = lists.filters_in(request.GET)
    page, rows = lists.policy_list(actor, filters, keyset.place_in(request.GET))
    context: dict[str, Any] = {
        "filters": filters,
        "tabs": lists.tabs(actor.tenant),
        "rows": rows,
        **keyset.links(request.GET, page),
    }
    return render_page(request, "loops/policies/list.html", context, partials=["list"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, policy_id: str) -> HttpResponse:
    """The page of one policy; only a POST does something to it."""
    actor, now = actor_of(request), timezone.now()
    found = policy_of(actor, policy_id)
    if request.method != "POST":
        return _show(request, found, actor, now, form=PolicyActForm())
    form = PolicyActForm(request.POST)
    if not form.is_valid():
        return _show(request, found, actor, now, form=form, status=422)
    try:
        told = _do(form, found, actor, now)
    except InvalidInput as refused:
        form.add_error("note", str(refused))
        return _show(request, found, actor, now, form=form, status=422)
    except WrongState as refused:
        current = policy_of(actor, policy_id)
        return _show(request, current, actor, now, form=form, status=409, refusal=str(refused))
    messages.success(request, told)
    return redirect("loops:policy", found.pk)


def _do(form: PolicyActForm, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    """Do what was asked, and return what the person reads next."""
    return ACTS[form.cleaned_data["act"]](form.cleaned_data, policy, actor, now)


type _Fields = Mapping[str, Any]


def _confirm(fields: _Fields, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    done = policies.confirm(
        policy_id=policy.pk,
        note=fields["note"],
        by=actor,
        now=now,
        seen_revision=fields["revision"],
    )
    if done.missing:
        others = "one more person" if done.missing == 1 else f"{done.missing} more people"
        return f"Your yes is counted. It is enforced once {others} confirmed it."
    return f"Your yes is counted. {done.obstacle}" if done.obstacle else "The policy is active."


def _activate(_fields: _Fields, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    policies.activate(policy_id=policy.pk, by=actor, now=now)
    return "The policy is active."


def _override(fields: _Fields, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    policies.activate(policy_id=policy.pk, by=actor, now=now, override_reason=fields["note"])
    return "The policy is active, on your word."


def _propose(_fields: _Fields, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    proposals.propose(policy_id=policy.pk, by=actor, now=now)
    return "The reviewers are asked: the checkpoint is in the queue."


def _observe(fields: _Fields, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    policies.observe(policy_id=policy.pk, reason=fields["note"], by=actor, now=now)
    return "The policy only observes now."


def _disable(fields: _Fields, policy: PolicyRule, actor: Actor, now: datetime) -> str:
    policies.disable(policy_id=policy.pk, reason=fields["note"], by=actor, now=now)
    return "The policy is disabled."


ACTS: Final[Mapping[str, Callable[[_Fields, PolicyRule, Actor, datetime], str]]] = {
    "confirm": _confirm,
    "activate": _activate,
    "override": _override,
    "propose": _propose,
    "observe": _observe,
    "disable": _disable,
}


def _show(
    request: HttpRequest,
    found: PolicyRule,
    actor: Actor,
    now: datetime,
    *,
    form: PolicyActForm,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    page = policy_page(found, actor=actor, now=now)
    context = {"page": page, "form": form, "refusal": refusal}
    return render(request, PAGE, context, status=status)
