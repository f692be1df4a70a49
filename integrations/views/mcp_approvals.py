"""Questions to people about calls of MCP tools: the queue, one of them, and the answer."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import mcp_approvals
from integrations.actions.mcp_approvals import Answer
from integrations.domain.mcp_states import ApprovalStatus
from integrations.forms.mcp_calls import AnswerForm, ReasonForm
from integrations.models import McpApproval
from integrations.presenters import mcp_approvals as shown
from integrations.presenters.mcp_approvals import STATUSES
from m25console import keyset
from m25console.access import actor_of, check_reviews, verdict
from m25console.refusals import InvalidInput

LIST: Final = "integrations/mcp_calls/approvals.html"
ONE: Final = "integrations/mcp_calls/approval.html"


@never_cache
@require_safe
def approval_list(request: HttpRequest) -> HttpResponse:
    """Those that wait, or of another status, the newest first."""
    actor, now = actor_of(request), timezone.now()
    wanted = request.GET.get("status", "")
    status = wanted if wanted in set(ApprovalStatus) else ApprovalStatus.PENDING.value
    place = keyset.place_in(request.GET)
    page, rows = shown.approval_list(actor, status=status, place=place, now=now)
    tabs = [(one.value, look.text) for one, look in STATUSES.items()]
    context = {
        "rows": rows,
        "status": status,
        "tabs": tabs,
        "may_answer": verdict(check_reviews, actor),
        "reason": ReasonForm(),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@require_POST
def answer_each(request: HttpRequest) -> HttpResponse:
    """Answer those that were chosen in the list, all alike."""
    actor, now = actor_of(request), timezone.now()
    told = Answer(request.POST.get("then") == "approve", request.POST.get("reason", ""))
    chosen = request.POST.getlist("id")
    found = mcp_approvals.answer_each(approval_ids=chosen, told=told, by=actor, now=now)
    messages.success(request, f"{found.done} answered.")
    for reason in found.left:
        messages.warning(request, f"Left as it is: {reason}")
    return redirect("integrations:mcp-approvals")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, approval_id: str) -> HttpResponse:
    """One of them; a POST answers it."""
    actor, now = actor_of(request), timezone.now()
    row = get_object_or_404(McpApproval.objects.for_tenant(actor.tenant), pk=approval_id)
    page = shown.approval_page(row, actor=actor, now=now)
    data = request.POST if request.method == "POST" else None
    form = AnswerForm(data, may_reach_tool=page.may_reach_tool)
    if data is not None:
        mcp_approvals.check_can_answer(row, actor, now=now)
    if data is not None and form.is_valid():
        answer = form.answer(approves=data.get("then") == "approve")
        try:
            row = mcp_approvals.answer(approval_id=row.pk, answer=answer, by=actor, now=now)
        except InvalidInput as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _SAID[ApprovalStatus(row.status)])
            return redirect("integrations:mcp-approvals")
    context = {"page": page, "form": form, "reason": ReasonForm(prefix="withdraw")}
    return render(request, ONE, context, status=422 if form.errors else 200)


@require_POST
def withdraw(request: HttpRequest, approval_id: str) -> HttpResponse:
    """Take an answer back."""
    actor, now = actor_of(request), timezone.now()
    reason = request.POST.get("withdraw-reason", "")
    row = mcp_approvals.withdraw(approval_id=approval_id, reason=reason, by=actor, now=now)
    messages.success(request, "Taken back. Whoever makes this call again has to be approved anew.")
    return redirect("integrations:mcp-approval", row.pk)


_SAID: Final = {
    ApprovalStatus.PENDING: "Your yes counts. A second person has to say yes as well.",
    ApprovalStatus.APPROVED: "Approved. The caller makes the same call again, and it goes through.",
    ApprovalStatus.DENIED: "Refused. The same call is refused for a day.",
}
