"""Tools of MCP servers: the drift desk, one tool, and what people decide about it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import mcp_servers, mcp_tools
from integrations.actions.mcp_tools import Change
from integrations.domain.mcp_tools import ToolState, ToolVerdict
from integrations.forms.mcp_servers import DecisionForm, ToolForm
from integrations.models import McpTool
from integrations.presenters import mcp_tools as shown
from integrations.presenters import named_policies
from integrations.presenters.mcp_tools import Show
from m25console import keyset
from m25console.access import Actor, actor_of
from m25console.refusals import InvalidInput

DESK: Final = "integrations/mcp_tools/desk.html"
ONE: Final = "integrations/mcp_tools/tool.html"


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What changed since it was approved; with `show`, what is new or gone."""
    wanted = request.GET.get("show", "")
    show = Show(wanted) if wanted in set(Show) else Show.CHANGED
    page = shown.desk(actor_of(request), show=show, place=keyset.place_in(request.GET))
    context = {
        "page": page,
        "show": show,
        "tabs": shown.TABS.items(),
        **keyset.links(request.GET, page.tools),
    }
    return render(request, DESK, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tool(request: HttpRequest, tool_id: str) -> HttpResponse:
    """One of them; a POST sets its risk and its policy."""
    actor = actor_of(request)
    row = _found(actor, tool_id)
    data = request.POST if request.method == "POST" else None
    form = ToolForm.of(row, data, policies=named_policies.choices(actor))
    if request.method == "POST" and form.is_valid():
        mcp_tools.change(tool_id=row.pk, wanted=form.change(), by=actor, now=timezone.now())
        messages.success(request, "Saved.")
        return redirect("integrations:mcp-tool", row.pk)
    context = {"page": shown.tool_page(row, actor=actor), "form": form}
    return render(request, ONE, context, status=422 if form.errors else 200)


@require_POST
def decide(request: HttpRequest, tool_id: str) -> HttpResponse:
    """Approve or deny the version that was looked at."""
    actor = actor_of(request)
    row = _found(actor, tool_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("Look at the tool again, then approve or deny it.")
    decision = form.decision()
    row = mcp_tools.decide(tool_id=row.pk, decision=decision, by=actor, now=timezone.now())
    if decision.verdict is ToolVerdict.DENIED:
        messages.success(request, f"“{row.name}” is denied and not called.")
    elif row.state == ToolState.ALLOWED:
        messages.success(request, f"“{row.name}” is allowed as it is now.")
    else:
        messages.info(request, f"Noted. Another admin has to approve “{row.name}” too.")
    return _back(request, row)


@require_POST
def enable(request: HttpRequest, tool_id: str) -> HttpResponse:
    """Let it be called again."""
    return _switched(request, tool_id, enabled=True)


@require_POST
def disable(request: HttpRequest, tool_id: str) -> HttpResponse:
    """Let nobody call it."""
    return _switched(request, tool_id, enabled=False)


@require_POST
def configure(request: HttpRequest) -> HttpResponse:
    """Whether what drifted is approved by two people."""
    two = request.POST.get("two_people") == "1"
    mcp_servers.configure(two_people=two, by=actor_of(request), now=timezone.now())
    told = "Two people approve a changed tool now." if two else "One person is enough now."
    messages.success(request, told)
    return redirect("integrations:mcp-drift")


def _switched(request: HttpRequest, tool_id: str, *, enabled: bool) -> HttpResponse:
    row = mcp_tools.change(
        tool_id=tool_id, wanted=Change(enabled=enabled), by=actor_of(request), now=timezone.now()
    )
    messages.success(request, f"“{row.name}” is {'enabled' if enabled else 'disabled'}.")
    return redirect("integrations:mcp-tool", row.pk)


def _back(request: HttpRequest, row: McpTool) -> HttpResponse:
    """To the desk if the decision was made there, else to the tool."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/mcp/"):
        return redirect(wanted)
    return redirect("integrations:mcp-tool", row.pk)


def _found(actor: Actor, tool_id: str) -> McpTool:
    mine = McpTool.objects.for_tenant(actor.tenant).select_related("server")
    return get_object_or_404(mine, pk=tool_id)
