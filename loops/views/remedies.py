"""Changing what is suggested for a pattern."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from loops.actions import remedies
from loops.domain.states import RecoveryStatus
from loops.forms import RemedyForm
from loops.models import FailurePattern, RecoveryCandidate
from loops.presenters.matching_history import Matching, of_remedy
from loops.presenters.patterns import pieces
from m25console import keyset
from m25console.access import Actor, actor_of, check_administers, check_reviews, verdict
from m25console.refusals import InvalidInput, WrongState

PAGE = "loops/patterns/remedy.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remedy(request: HttpRequest, pattern_id: str) -> HttpResponse:
    """The form; a POST changes the remedy for the incidents to come."""
    actor = actor_of(request)
    mine = FailurePattern.objects.for_tenant(actor.tenant)
    pattern = get_object_or_404(mine, pk=pattern_id)
    if request.method != "POST":
        return _show(request, pattern, actor, RemedyForm(initial=_known(pattern)))
    form = RemedyForm(request.POST)
    if "count" in request.POST:
        return _count(request, pattern, actor, form)
    if not form.is_valid():
        return _show(request, pattern, actor, form, status=422)
    try:
        remedies.set_remedy(
            pattern_id=pattern.pk,
            remedy=form.remedy(),
            seen=form.cleaned_data["seen"],
            by=actor,
            now=timezone.now(),
        )
    except WrongState as refused:
        return _show(request, pattern, actor, form, status=409, refusal=str(refused))
    except InvalidInput as refused:
        form.add_error(None, str(refused))
        return _show(request, pattern, actor, form, status=422)
    messages.success(request, "The remedy is changed. It is suggested from the next incident on.")
    return redirect("loops:pattern", pattern.pk)


def _count(
    request: HttpRequest, pattern: FailurePattern, actor: Actor, typed: RemedyForm
) -> HttpResponse:
    """The form as it was typed, with how much of the past its remedy concerns."""
    remedy = typed.remedy() if typed.is_valid() else None
    matching = of_remedy(pattern, remedy, now=timezone.now())
    return _show(request, pattern, actor, typed, matching=matching)


def _known(pattern: FailurePattern) -> dict[str, Any]:
    template = pattern.recovery_template or {}
    return {
        "action_type": template.get("action_type", ""),
        "params": template.get("action_params") or {},
        "applies_alone": pattern.auto_apply_recovery,
        "seen": remedies.digest(pattern),
    }


def _show(
    request: HttpRequest,
    pattern: FailurePattern,
    actor: Actor,
    form: RemedyForm,
    *,
    status: int = 200,
    refusal: str = "",
    matching: Matching | None = None,
) -> HttpResponse:
    waiting = RecoveryCandidate.objects.for_tenant(actor.tenant).filter(
        source_pattern=pattern, status=RecoveryStatus.PENDING
    )
    context = {
        "pattern": pattern,
        "pieces": pieces(pattern),
        "form": form,
        "refusal": refusal,
        "matching": matching,
        "waiting": keyset.counted(waiting),
        "may": verdict(check_reviews, actor),
        "may_automate": verdict(check_administers, actor),
    }
    return render(request, PAGE, context, status=status)
