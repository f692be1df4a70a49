"""Calls of MCP tools: what was asked, the chain that tells of it, and calling one by hand."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import mcp_allowances
from integrations.actions.mcp_facts import Wanted
from integrations.domain.mcp_policy import DANGEROUS
from integrations.domain.mcp_states import AuditType
from integrations.domain.mcp_tools import McpRisk
from integrations.engine import mcp_calling, mcp_verifying
from integrations.forms.mcp_calls import CallForm, ReasonForm
from integrations.models import McpAllowance, McpChain, McpServer, McpTool, McpToolInvocation
from integrations.presenters import mcp_calls as shown
from integrations.presenters import mcp_events, mcp_policies
from integrations.presenters.mcp_approvals import RISK_WORDS
from integrations.presenters.mcp_calls import OUTCOMES
from integrations.presenters.mcp_events import EVENTS
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects, check_may, verdict
from m25console.rights import Permission

LIST: Final = "integrations/mcp_calls/list.html"
ONE: Final = "integrations/mcp_calls/call.html"
CHAIN: Final = "integrations/mcp_calls/chain.html"
CALL: Final = "integrations/mcp_calls/try.html"
SERVERS: Final = 500  # to choose among


@never_cache
@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    """What was asked for, the newest first, and whether all calls are stopped."""
    actor = actor_of(request)
    chosen = shown.chosen_from(request.GET)
    page, rows = shown.call_list(actor, chosen=chosen, place=keyset.place_in(request.GET))
    chains = McpChain.objects.filter(pk=actor.tenant.pk).select_related("stopped_by")
    servers = McpServer.objects.for_tenant(actor.tenant)
    context = {
        "rows": rows,
        "chosen": chosen,
        "servers": servers.order_by("name", "id").only("name")[:SERVERS],
        "outcomes": [(one.value, look.text) for one, look in OUTCOMES.items()],
        "chain": chains.first(),
        "may_stop": verdict(check_connects, actor),
        "reason": ReasonForm(),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@never_cache
@require_safe
def call(request: HttpRequest, invocation_id: str) -> HttpResponse:
    """One call and what the chain tells of it."""
    actor = actor_of(request)
    mine = McpToolInvocation.objects.for_tenant(actor.tenant)
    row = get_object_or_404(mine, pk=invocation_id)
    events = mcp_events.events_of(row)
    policy = mcp_policies.policy_of(row, events)
    context = {"line": shown.call_line(actor, row), "events": events, "policy": policy}
    return render(request, ONE, context)


@never_cache
@require_safe
def chain(request: HttpRequest) -> HttpResponse:
    """The chain, the last event first; with `verify`, whether it is as it was written."""
    actor = actor_of(request)
    wanted = request.GET.get("type", "")
    kind = wanted if wanted in set(AuditType) else ""
    page, rows = mcp_events.event_list(actor, kind=kind, place=keyset.place_in(request.GET))
    context = {
        "rows": rows,
        "kind": kind,
        "kinds": EVENTS.items(),
        "verified": mcp_verifying.verify(actor.tenant) if "verify" in request.GET else None,
        **keyset.links(request.GET, page),
    }
    return render(request, CHAIN, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_tool(request: HttpRequest, tool_id: str) -> HttpResponse:
    """The form of a tool's arguments; a POST tells what would be said of the call, or makes it."""
    actor, now = actor_of(request), timezone.now()
    tools = McpTool.objects.for_tenant(actor.tenant).select_related("server")
    tool = get_object_or_404(tools, pk=tool_id)
    check_may(actor, Permission.EXECUTE_TOOLS)
    data = request.POST if request.method == "POST" else None
    form = CallForm(data, input_schema=tool.input_schema)
    context = _about(tool, actor) | {"form": form}
    if data is not None and form.is_valid():
        wanted = Wanted(tool.server_id, tool.pk, form.arguments())
        if data.get("then") == "call":
            told = mcp_calling.call(wanted, by=actor, now=now)
            context |= {"called": told, "line": shown.call_line(actor, told.call)}
            context["output"] = shown.output_text(told.output)
        else:
            context["foreseen"] = mcp_calling.foresee(wanted, by=actor, now=now)
    return render(request, CALL, context, status=422 if form.errors else 200)


@require_POST
def allow(request: HttpRequest, tool_id: str) -> HttpResponse:
    """Let a dangerous tool be called, or take that back."""
    actor, now = actor_of(request), timezone.now()
    if request.POST.get("then") == "withdraw":
        mcp_allowances.withdraw(tool_id=tool_id, by=actor, now=now)
        messages.success(request, "Taken back. The tool is not called any more.")
    else:
        reason = request.POST.get("reason", "")
        mcp_allowances.allow(tool_id=tool_id, reason=reason, by=actor, now=now)
        messages.success(request, "The tool may be called now, as far as its other rules allow.")
    return redirect("integrations:mcp-try", tool_id)


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Refuse every call of the tenant's tools, or let them be made again."""
    actor, now = actor_of(request), timezone.now()
    if request.POST.get("then") == "resume":
        mcp_allowances.resume(by=actor, now=now)
        messages.success(request, "Tools are called again.")
    else:
        reason = request.POST.get("reason", "")
        mcp_allowances.stop(reason=reason, by=actor, now=now)
        messages.warning(request, "All calls are stopped.")
    return redirect("integrations:mcp-calls")


def _about(tool: McpTool, actor: Actor) -> dict[str, object]:
    """The tool, how risky it is, and whether an admin allowed it; one query."""
    risk = McpRisk(tool.risk_level)
    return {
        "tool": tool,
        "risk": RISK_WORDS[risk],
        "is_dangerous": risk in DANGEROUS,
        "allowance": McpAllowance.objects.filter(tool=tool).select_related("allowed_by").first(),
        "reason": ReasonForm(prefix=""),
        "may_allow": verdict(check_connects, actor),
    }
