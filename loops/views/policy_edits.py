"""Rewriting a policy, and taking requests out of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loops.actions import policy_checks, policy_edits
from loops.domain.condition_rows import Row
from loops.forms import ConditionForm, ExceptionForm, PolicyEditForm
from loops.models import PolicyRule, PolicyVersion
from loops.presenters.contracts import Change
from loops.presenters.matching_history import Matching, of_condition
from loops.presenters.patterns import named
from loops.presenters.policies import does_words
from loops.presenters.policy_forms import (
    ACTIONS,
    FIELDS,
    OPERATORS,
    SCOPES,
    beginning_of,
    editor,
    faults_by_field,
    losing_words,
    saved_words,
)
from loops.presenters.policy_history import changes_between
from loops.presenters.policy_page import policy_of
from m25console.access import Actor, actor_of
from m25console.refusals import InvalidInput, WrongState

type _Form = PolicyEditForm | ExceptionForm
type _Faults = Mapping[str, Sequence[str]]

EDIT: Final = "loops/policies/edit.html"
EXCEPT: Final = "loops/policies/except.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, policy_id: str) -> HttpResponse:
    """The form that rewrites a policy; saving makes a revision nobody has confirmed."""
    actor, now = actor_of(request), timezone.now()
    found = policy_of(actor, policy_id)
    policy_checks.check_modify(actor, found)
    initial, rows = beginning_of(found)
    if request.method != "POST":
        shape = request.GET.get("shape")
        initial |= {"shape": shape} if shape == "json" else {}
        form = PolicyEditForm(initial=initial, actions=ACTIONS, scopes=SCOPES)
        return _show(request, EDIT, found, form, rows)
    if "count" in request.POST:
        return _count(request, found, actor, now)
    form = PolicyEditForm(request.POST, actions=ACTIONS, scopes=SCOPES)
    return _rewrite(request, found, form, actor, now)


def _count(request: HttpRequest, found: PolicyRule, actor: Actor, now: datetime) -> HttpResponse:
    """The form as it was typed, with how much of the past its condition would have met."""
    typed = ConditionForm(request.POST)
    condition = typed.condition() if typed.is_valid() else None
    form = PolicyEditForm(initial=request.POST.dict(), actions=ACTIONS, scopes=SCOPES)
    matching = of_condition(condition, tenant=actor.tenant, now=now)
    return _show(request, EDIT, found, form, typed.rows(), matching=matching)


def _rewrite(
    request: HttpRequest, found: PolicyRule, form: PolicyEditForm, actor: Actor, now: datetime
) -> HttpResponse:
    wanted = form.edit() if form.is_valid() else None
    if wanted is None:
        return _show(request, EDIT, found, form, form.rows(), status=422)
    try:
        saved = policy_edits.modify(
            policy_id=found.pk,
            edit=wanted,
            seen_version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
            by=actor,
            now=now,
        )
    except InvalidInput as refused:
        return _refused(request, EDIT, found, form, refused)
    except WrongState as refused:
        form.add_error(None, str(refused))
        current = policy_of(actor, found.pk)
        return _show(request, EDIT, current, form, form.rows(), status=409)
    messages.success(request, saved_words(saved))
    return redirect("loops:policy", found.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make_exception(request: HttpRequest, policy_id: str) -> HttpResponse:
    """The form that takes requests out of a policy for a while."""
    actor, now = actor_of(request), timezone.now()
    found = policy_of(actor, policy_id)
    policy_checks.check_modify(actor, found)
    if request.method != "POST":
        form = ExceptionForm(initial={"shape": "rows", "hours": "24"})
        return _show(request, EXCEPT, found, form, [])
    form = ExceptionForm(request.POST)
    wanted = form.requests(now=now) if form.is_valid() else None
    if wanted is None:
        return _show(request, EXCEPT, found, form, form.rows(), status=422)
    try:
        policy_edits.except_from(policy_id=found.pk, requests=wanted, by=actor, now=now)
    except InvalidInput as refused:
        return _refused(request, EXCEPT, found, form, refused)
    messages.success(request, "The policy leaves these requests alone from now on.")
    return redirect("loops:policy", found.pk)


@require_POST
def end_exception(request: HttpRequest, policy_id: str, exception_id: int) -> HttpResponse:
    """End an exception before its time."""
    policy_edits.end_exception(
        policy_id=policy_id, exception_id=exception_id, by=actor_of(request), now=timezone.now()
    )
    messages.success(request, "The exception is over; the policy judges these requests again.")
    return redirect("loops:policy", policy_id)


def _refused(
    request: HttpRequest, template: str, found: PolicyRule, form: _Form, refused: InvalidInput
) -> HttpResponse:
    """The form again, with what was wrong at its place."""
    for name, told in faults_by_field(refused).items():
        form.add_error(None if name == "__all__" else name, told)
    return _show(request, template, found, form, form.rows(), faults=refused.fields, status=422)


def _show(
    request: HttpRequest,
    template: str,
    found: PolicyRule,
    form: _Form,
    rows: Sequence[Row],
    *,
    faults: _Faults | None = None,
    matching: Matching | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "policy": found,
        "losing": losing_words(found),
        "does": does_words(found),
        "names": named(found.source_pattern),
        "form": form,
        "editor": editor(rows, faults),
        "fields": FIELDS,
        "operators": OPERATORS,
        "as_json": form["shape"].value() == "json",
        "version": form["version"].value() if matching else found.version,
        "matching": matching,
        "changes": _meanwhile(found) if status == 409 else [],
    }
    return render(request, template, context, status=status)


def _meanwhile(policy: PolicyRule) -> list[Change]:
    """What the last revision changed, for somebody whose edit came too late."""
    before = PolicyVersion.objects.filter(policy=policy, revision=policy.revision - 1).first()
    return changes_between(before, policy) if before else []
