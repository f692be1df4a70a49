"""For matchers outside the console: what to try, what the rules say, and taking failures in."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from loops.actions import failures
from loops.actions.failures import Failure
from loops.api.overload import backlog
from loops.api.shapes.failures import (
    EvaluateIn,
    IngestIn,
    IngestOut,
    JudgementOut,
    SuggestIn,
    SuggestOut,
    judgement_out,
)
from loops.domain import recovery_matching, recovery_rules
from loops.domain.incidents import incident_from
from loops.domain.recovery_rules import Facts
from loops.models import FailureMatch
from loops.presenters.suggesting import Suggested, suggest
from m25console.access import actor_of
from m25console.api.bearer import READS, WRITES_INCIDENTS
from m25console.api.bodies import SMALL_BODY, read_model
from m25console.api.docs import body_of
from m25console.api.errors import json_answer
from m25console.api.schemas import refusals
from m25console.models import Tenant

MAX_FAILURE_BYTES: Final = 2 * SMALL_BODY

router = Router(tags=["recovery"])


@router.post(
    "/recovery/suggest",
    auth=WRITES_INCIDENTS,
    response={200: SuggestOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(SuggestIn),
)
def suggest_recovery(request: HttpRequest) -> SuggestOut:
    """What to try for a failure, by earlier ones of its code. Needs the scope `incidents:write`.

    With a `failure_match_id` the suggestion is kept; the same id again replaces it and counts.
    """
    tenant, now = actor_of(request).tenant, timezone.now()
    wanted = read_model(request, SuggestIn, limit=MAX_FAILURE_BYTES)
    said = suggest(tenant, code=wanted.code, message=wanted.error_message, now=now)
    row = _kept(tenant, wanted, said, now=now)
    return SuggestOut(
        suggestion=said.text,
        confidence=said.confidence,
        category=said.category,
        recovery_mode=said.mode,
        error_signature=said.signature,
        occurrences=said.occurrences,
        judgement=judgement_out(said.selection, switched_on=settings.RECOVERY_AUTO_EXECUTE),
        failure_match_id=row.match_id if row else None,
        occurrence_count=row.occurrence_count if row else None,
    )


def _kept(
    tenant: Tenant, wanted: SuggestIn, said: Suggested, *, now: datetime
) -> FailureMatch | None:
    if wanted.failure_match_id is None or said.confidence < recovery_matching.STORED_FROM:
        return None
    return failures.keep_suggestion(
        tenant=tenant,
        failure=Failure(wanted.failure_match_id, wanted.code, wanted.error_message),
        suggestion=said.text,
        confidence=said.confidence,
        now=now,
    )


@router.post(
    "/recovery/evaluate",
    auth=READS,
    response={200: JudgementOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(EvaluateIn),
)
def evaluate_rules(request: HttpRequest) -> JudgementOut:
    """What the rules make of these facts; nothing is stored. Needs the scope `read`."""
    wanted = read_model(request, EvaluateIn, limit=MAX_FAILURE_BYTES)
    facts = Facts(
        wanted.code, wanted.occurrences, wanted.tried, min(wanted.succeeded, wanted.tried),
        wanted.usual_action,
    )  # fmt: skip
    matcher = recovery_matching.matcher_confidence(
        ages_days=[max(0.0, age) for age in wanted.match_ages_days],
        occurrences=wanted.occurrences,
        in_catalogue=wanted.in_catalogue,
    )
    selection = recovery_rules.select(recovery_rules.judge(facts), matcher=matcher)
    return judgement_out(selection, switched_on=settings.RECOVERY_AUTO_EXECUTE)


@router.post(
    "/recovery/ingest",
    auth=WRITES_INCIDENTS,
    response={202: IngestOut, 200: IngestOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(IngestIn),
)
def ingest_failure(request: HttpRequest) -> HttpResponse:
    """Take a failure in: 202 the first time, and its loop runs like that of any incident.

    The same `failure_match_id` again is answered 200 `duplicate` and counted; a repeat of the
    `idempotency_key` is answered so and changes nothing. Needs the scope `incidents:write`.
    """
    tenant, now = actor_of(request).tenant, timezone.now()
    backlog.check(tenant)
    sent = read_model(request, IngestIn, limit=MAX_FAILURE_BYTES)
    document = sent.as_incident()
    done = failures.ingest(
        tenant=tenant,
        failure=Failure(sent.failure_match_id, sent.code, sent.error_message),
        incident=incident_from(document, now=now),
        document=document,
        idempotency_key=sent.idempotency_key,
        now=now,
    )
    incident_id = done.match.incident_id
    answer = IngestOut(
        status="accepted" if done.is_new else "duplicate",
        failure_match_id=done.match.match_id,
        occurrence_count=done.match.occurrence_count,
        incident_id=incident_id,
        links={"incident": f"/api/v1/incidents/{incident_id}"} if incident_id else {},
    )
    return json_answer(answer.model_dump(mode="json"), status=202 if done.is_new else 200)
