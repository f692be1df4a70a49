"""Reporting harm that a policy did, from the policy or from the decision that did it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from loops.actions import regrets
from loops.actions.regrets import Reported
from loops.forms import RegretForm
from loops.models import PolicyEvaluation, PolicyRule
from loops.presenters.regrets import TYPES, harm_of, panel_of
from m25console.access import Actor, actor_of
from m25console.refusals import NotFound, WrongState

PAGE = "loops/regrets/report.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_policy(request: HttpRequest, policy_id: str) -> HttpResponse:
    """What harm a policy did, and the form to report more."""
    actor = actor_of(request)
    policy = PolicyRule.objects.for_tenant(actor.tenant).filter(pk=policy_id).first()
    if policy is None:
        raise NotFound("There is no such policy.")
    return _answer(request, actor, policy)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_evaluation(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """The same for the policy that took this decision."""
    actor = actor_of(request)
    mine = PolicyEvaluation.objects.for_tenant(actor.tenant).select_related("policy")
    evaluation = mine.filter(pk=evaluation_id).first()
    if evaluation is None:
        raise NotFound("There is no such evaluation.")
    regrets.check_to_blame(evaluation)
    assert evaluation.policy is not None  # it decided
    return _answer(request, actor, evaluation.policy, evaluation_id=evaluation.pk)


def _answer(
    request: HttpRequest, actor: Actor, policy: PolicyRule, *, evaluation_id: str = ""
) -> HttpResponse:
    """The page; after a good report, the page again with word of what it did."""
    form = RegretForm(request.POST if request.method == "POST" else None, types=TYPES)
    refusal, status = "", 200
    if request.method == "POST":
        regrets.check_report(actor, policy)
        try:
            if form.is_valid():
                reported = regrets.report(
                    harm=form.harm(),
                    policy_id=policy.pk,
                    evaluation_id=evaluation_id,
                    by=actor,
                    now=timezone.now(),
                )
                messages.success(request, _told(reported))
                return redirect("loops:policy-regret", policy.pk)
            status = 422
        except WrongState as refused:
            refusal, status = str(refused), 409
            policy.refresh_from_db()
    context = {
        "panel": panel_of(policy, harm=harm_of(policy), actor=actor),
        "form": form,
        "evaluation_id": evaluation_id,
        "refusal": refusal,
    }
    return render(request, PAGE, context, status=status)


def _told(reported: Reported) -> str:
    if reported.demoted:
        return f"The policy is disabled. {reported.summary.demoted_reason}"
    return "Your report is kept, and counts against the policy."
