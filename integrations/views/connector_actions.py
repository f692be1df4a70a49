"""What may be done through a connector: kept by admins, and tried by people before agents do it."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from integrations.actions import connector_actions
from integrations.domain.connectors import ConnectorType
from integrations.engine.connectors import calling
from integrations.engine.connectors.calling import Called
from integrations.engine.connectors.describing import Described, described
from integrations.forms.connector_actions import ActionForm, PayloadForm
from integrations.models import Connector, ConnectorAction
from integrations.permissions import check_can_call, check_can_try
from integrations.presenters import connectors as shown
from integrations.views.connectors import found
from m25console.access import Actor, actor_of, check_connects, check_may, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput, Refusal, WrongState
from m25console.rights import Permission

FORM: Final = "integrations/connectors/action.html"
TRY: Final = "integrations/connectors/try.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, connector_id: str) -> HttpResponse:
    """A form for another action; a POST keeps it."""
    actor = actor_of(request)
    return _edited(request, actor, found(actor, connector_id), None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, connector_id: str, action_name: str) -> HttpResponse:
    """The form of one that is there; a POST keeps what was changed."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    return _edited(request, actor, row, _action(row, action_name))


@require_POST
def delete(request: HttpRequest, connector_id: str, action_name: str) -> HttpResponse:
    """Take an action away."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    connector_actions.delete(connector_id=row.pk, name=action_name, by=actor, now=timezone.now())
    messages.success(request, f"“{action_name}” is deleted. Who calls it is told what there is.")
    return redirect("integrations:connector", row.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_out(request: HttpRequest, connector_id: str) -> HttpResponse:
    """Choose an action and fill it in; a POST shows what would be sent, or sends it."""
    actor = actor_of(request)
    row = found(actor, connector_id)
    check_may(actor, Permission.EXECUTE_CONNECTORS)
    offered = described(row)
    wanted = request.GET.get("action", offered[0].name if len(offered) == 1 else "")
    chosen = next((one for one in offered if one.name == wanted), None)
    data = request.POST if request.method == "POST" else None
    form = PayloadForm(data, schema=chosen.input_schema) if chosen else None
    called = refused = None
    if chosen and form and data is not None and form.is_valid():
        try:
            called = _called(request, actor, row, chosen, form)
        except Refusal as told:
            refused = told
    context = {
        "row": row,
        "offered": offered,
        "chosen": chosen,
        "form": form,
        "may_show": verdict(check_can_try, row, actor),
        "may_send": verdict(check_can_call, row, actor),
        **_told(called, refused),
    }
    faulty = bool(form and form.errors)
    status = refused.status_code if refused else 422 if faulty else 200
    return render(request, TRY, context, status=status)


def _called(
    request: HttpRequest, actor: Actor, row: Connector, chosen: Described, form: PayloadForm
) -> Called:
    return calling.invoke(
        row, action=chosen.name, payload=form.payload(), by=actor, now=timezone.now(),
        is_dry=request.POST.get("then") != "send",
    )  # fmt: skip


def _told(called: Called | None, refused: Refusal | None) -> dict[str, Any]:
    """What came of it, for the page."""
    if called is None:
        return {"refused": str(refused) if refused else ""}
    return {
        "line": shown.call_line(called.call),
        "warnings": called.warnings,
        "sent": [(name, shown.as_text(value)) for name, value in called.shown.items()],
        "answer": shown.as_text(called.data),
    }


def _edited(
    request: HttpRequest, actor: Actor, row: Connector, action: ConnectorAction | None
) -> HttpResponse:
    check_connects(actor)
    kind = ConnectorType(row.connector_type)
    if kind not in shown.WITH_ACTIONS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = ActionForm(data, kind=kind, row=action)
    if data is not None and form.is_valid():
        try:
            kept = connector_actions.save(
                connector_id=row.pk, wanted=form.wanted(), by=actor, now=timezone.now(),
                is_new=action is None,
            )  # fmt: skip
        except (InvalidInput, WrongState) as refused:
            tell(form, refused)
        else:
            messages.success(request, f"“{kept.name}” is kept. Try it before agents do.")
            return redirect("integrations:connector", row.pk)
    context = {"row": row, "action": action, "form": form, "here": request.get_full_path()}
    return render(request, FORM, context, status=422 if form.errors else 200)


def _action(row: Connector, name: str) -> ConnectorAction:
    action = row.actions.filter(name=name).first()
    if action is None:
        raise Http404
    return action
