"""Where recoveries are carried out: the endpoint, its secret, a test, and what was sent."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loops.actions import endpoints
from loops.domain.executions import Verdict
from loops.domain.states import Executor
from loops.engine.target_tests import send_to_endpoint
from loops.forms import EndpointForm
from loops.models import RecoveryExecution, WebhookEndpoint
from loops.presenters.looks import look_of_execution
from m25console.access import Actor, actor_of, check_administers
from m25console.forms import tell
from m25console.refusals import InvalidInput

PAGE = "loops/settings/recoveries.html"
DELIVERIES = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint(request: HttpRequest) -> HttpResponse:
    """The page; a POST sets the endpoint. A new secret is in that one answer and nowhere else."""
    actor = actor_of(request)
    check_administers(actor)
    if request.method != "POST":
        return _show(request, actor)
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, form=form, status=422)
    try:
        _row, secret = endpoints.set_up(
            url=form.cleaned_data["url"],
            is_enabled=form.cleaned_data["is_enabled"],
            by=actor,
            now=timezone.now(),
        )
    except InvalidInput as refused:
        tell(form, refused)
        return _show(request, actor, form=form, status=422)
    if secret is None:
        messages.success(request, "Saved.")
        return redirect("loops:recovery-settings")
    return _show(request, actor, secret=secret)


@never_cache
@require_POST
def rotate(request: HttpRequest) -> HttpResponse:
    """A new secret, in this one answer and nowhere else."""
    actor = actor_of(request)
    secret = endpoints.rotate_secret(by=actor, now=timezone.now())
    return _show(request, actor, secret=secret)


@require_POST
def send_test(request: HttpRequest) -> HttpResponse:
    """Send a test and say what came back."""
    came_to = send_to_endpoint(by=actor_of(request), now=timezone.now())
    if came_to.verdict is Verdict.SUCCEEDED:
        messages.success(request, "The endpoint took the test.")
    else:
        messages.error(request, f"The test did not arrive. {came_to.error}")
    return redirect("loops:recovery-settings")


def _show(
    request: HttpRequest,
    actor: Actor,
    *,
    form: EndpointForm | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    row = WebhookEndpoint.objects.filter(tenant=actor.tenant).first()
    known = {"url": row.url, "is_enabled": row.is_enabled} if row else None
    sent = RecoveryExecution.objects.for_tenant(actor.tenant).filter(executor=Executor.WEBHOOK)
    context: dict[str, Any] = {
        "form": form or EndpointForm(initial=known),
        "endpoint": row,
        "secret": secret,
        "now": timezone.now(),
        "deliveries": [
            (one, look_of_execution(one.status, recorded=False))
            for one in sent.newest_first()[:DELIVERIES]
        ],
    }
    return render(request, PAGE, context, status=status)
