"""Recoveries: what was suggested, deciding it, what became of it; and the catalogue of actions."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from loops.actions import execution_reports
from loops.actions.delegations import standing_of
from loops.api.catalogue import Hours
from loops.api.shapes.recoveries import (
    ActionOut,
    ExecutionReportIn,
    RecoveryDecisionIn,
    RecoveryDecisionOut,
    RecoveryInFullOut,
    RecoveryOut,
    RecoveryStatsOut,
)
from loops.domain.payload import check_document
from loops.domain.recovery import applies_to
from loops.domain.states import ActionType, ExecutionStatus, RecoveryStatus, Verification
from loops.engine import resuming
from loops.models import (
    RecoveryCandidate,
    RecoveryExecution,
    RecoveryProvenance,
    SuggestionAction,
)
from loops.models.recoveries import RecoveryCandidateQuerySet
from loops.presenters.recovery_figures import recovery_figures
from m25console.access import Actor, actor_of
from m25console.api.bearer import ACTS, DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.errors import BadRequest
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

NEWEST_FIRST: Final = Listing("recoveries", Order("created_at"))
EXECUTIONS_TOLD: Final = 50
STEPS_TOLD: Final = 200

router = Router(tags=["recovery"])


@router.get(
    "/recovery/candidates", auth=READS, response={200: Page[RecoveryOut], **refusals(400, 422)}
)
def list_recoveries(
    request: HttpRequest,
    paging: Query[Paging],
    status: RecoveryStatus | None = None,
    execution_status: ExecutionStatus | None = None,
    verification: Verification | None = None,
) -> Page[RecoveryOut]:
    """Recoveries, the newest first. Needs the scope `read`."""
    wanted = {
        "status": status, "execution_status": execution_status, "verification": verification,
    }  # fmt: skip
    rows = _rows(actor_of(request)).filter(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    return page_of(rows, RecoveryOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.get(
    "/recovery/candidates/{recovery_id}",
    auth=READS,
    response={200: RecoveryInFullOut, **refusals(404)},
)
def read_recovery(request: HttpRequest, recovery_id: str) -> dict[str, Any]:
    """One recovery with its latest executions and its history. Needs the scope `read`."""
    return _in_full(found(_rows(actor_of(request)), recovery_id, noun="recovery"))


@router.post(
    "/recovery/candidates/{recovery_id}/decision",
    auth=ACTS,
    response={200: RecoveryDecisionOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(RecoveryDecisionIn),
)
def decide_recovery(request: HttpRequest, recovery_id: str) -> RecoveryDecisionOut:
    """Approve or reject a pending recovery, in the name of the person behind the token.

    Its loop's checkpoint is decided with it, and the loop goes on at once. 409 for one that is
    decided already. Needs the scope `decide`.
    """
    wanted, now = read_model(request, RecoveryDecisionIn), timezone.now()
    actor = standing_of(actor_of(request), now=now).actor
    found(_rows(actor), recovery_id, noun="recovery")
    decision = resuming.decide_recovery(
        recovery_id=recovery_id,
        approves=wanted.decision == "approved",
        note=wanted.note,
        by=actor,
        now=now,
    )
    return RecoveryDecisionOut(
        recovery_id=recovery_id,
        status=RecoveryStatus(found(_rows(actor), recovery_id, noun="recovery").status),
        approvals_missing=decision.approvals_missing,
        loop_resumed=decision.resumes,
    )


@router.patch(
    "/recovery/candidates/{recovery_id}",
    auth=DECIDES,
    response={200: RecoveryInFullOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(ExecutionReportIn),
)
def report_execution(request: HttpRequest, recovery_id: str) -> dict[str, Any]:
    """Say how carrying it out stands. What is reported as begun is left to whoever reports.

    400 for an unknown status, 409 for one that cannot follow. Needs the scope `decide`.
    """
    actor = actor_of(request)
    told = read_model(request, ExecutionReportIn)
    check_document(told.execution_result)
    found(_rows(actor), recovery_id, noun="recovery")
    if told.execution_status not in ExecutionStatus:
        raise BadRequest(f"{told.execution_status!r} is not an execution status.")
    execution_reports.report(
        recovery_id=recovery_id,
        status=ExecutionStatus(told.execution_status),
        result=told.execution_result,
        note=told.note,
        by=actor,
        now=timezone.now(),
    )
    return _in_full(found(_rows(actor), recovery_id, noun="recovery"))


@router.get("/recovery/stats", auth=READS, response={200: RecoveryStatsOut, **refusals(422)})
def read_recovery_stats(request: HttpRequest, hours: Hours = 720) -> RecoveryStatsOut:
    """How recoveries of the last `hours` hours stand. Needs the scope `read`."""
    since = timezone.now() - timedelta(hours=hours)
    figures = recovery_figures(actor_of(request).tenant, since=since)
    return RecoveryStatsOut(
        period_hours=hours,
        total=figures.total,
        by_status=dict(figures.by_status),
        by_execution=dict(figures.by_execution),
        by_verification=dict(figures.by_verification),
        approval_rate=figures.approval_rate,
    )


@router.get("/recovery/actions", auth=READS, response={200: list[ActionOut], **refusals(422)})
def list_actions(
    request: HttpRequest,  # noqa: ARG001 - the framework names it
    action_type: ActionType | None = None,
    error_code: str | None = None,
    *,
    active_only: bool = True,
) -> list[SuggestionAction]:
    """The catalogue of actions, the same for every tenant, by priority. Needs the scope `read`.

    With an `error_code`: those that apply to it.
    """
    rows = SuggestionAction.objects.filter(**({"is_active": True} if active_only else {}))
    rows = rows.filter(action_type=action_type) if action_type else rows
    known = rows.order_by("-priority", "action_code")
    return [
        one
        for one in known
        if error_code is None or applies_to(one.applies_to_error_codes, code=error_code)
    ]


def _rows(actor: Actor) -> RecoveryCandidateQuerySet:
    return RecoveryCandidate.objects.for_tenant(actor.tenant).select_related("selected_action")


def _in_full(recovery: RecoveryCandidate) -> dict[str, Any]:
    executions = RecoveryExecution.objects.filter(recovery=recovery).select_related("action")
    history = RecoveryProvenance.objects.filter(recovery=recovery).oldest_first()
    return {
        "recovery": recovery,
        "executions": list(executions.newest_first()[:EXECUTIONS_TOLD]),
        "provenance": list(history[:STEPS_TOLD]),
    }
