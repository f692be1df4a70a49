"""Failures that a matcher outside reports: taken in once under its id, counted ever after.

The first report of a failure is an incident like any other, so its loop runs and suggests; the
row under the matcher's id keeps how often it was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from loops.actions import incidents
from loops.actions.incidents import Intake, Report
from loops.domain import recovery_matching
from loops.domain.incidents import Incident, body_hash
from loops.models import FailureMatch
from m25console.models import Tenant
from m25console.refusals import WrongState

SOURCE: Final = "recovery"


@dataclass(frozen=True)
class Failure:
    """One failure as its matcher calls it."""

    match_id: UUID
    code: str
    message: str


@dataclass(frozen=True)
class Ingested:
    """The row that stands for the failure; `is_new` if this report began its loop."""

    match: FailureMatch
    is_new: bool


@transaction.atomic
def ingest(
    *,
    tenant: Tenant,
    failure: Failure,
    incident: Incident,
    document: Mapping[str, Any],
    idempotency_key: str | None,
    now: datetime,
) -> Ingested:
    """Take a failure in, or count that it was sent again; a repeat of the key changes nothing.

    `incident` is what the loop gets to see of it. Raises WrongState if the incident was prevented.
    """
    repeated = _by_key(tenant, idempotency_key)
    if repeated is not None:
        return Ingested(repeated, is_new=False)
    row, is_known = _row(tenant, failure, idempotency_key=idempotency_key, now=now)
    if row.match_id != failure.match_id:
        return Ingested(row, is_new=False)
    if is_known:
        _count(row, now=now)
    if row.incident_id is not None:
        row.save()
        return Ingested(row, is_new=False)
    return _begin(row, Report(incident, body_hash(document)), tenant=tenant, now=now)


def _begin(row: FailureMatch, sent: Report, *, tenant: Tenant, now: datetime) -> Ingested:
    """Report the failure as an incident, which the row then names."""
    [receipt] = incidents.report(tenant=tenant, source=SOURCE, reports=[sent], now=now)
    if receipt.status is Intake.PREVENTED:
        raise WrongState("This failure was prevented, so it is no incident.")
    row.incident_id = receipt.incident_id
    row.save()
    return Ingested(row, is_new=receipt.status is Intake.ACCEPTED)


@transaction.atomic
def keep_suggestion(
    *, tenant: Tenant, failure: Failure, suggestion: str, confidence: float, now: datetime
) -> FailureMatch:
    """Keep what was suggested for a failure; a repeat replaces it and counts."""
    row, is_known = _row(tenant, failure, idempotency_key=None, now=now)
    if is_known:
        _count(row, now=now)
    row.suggestion, row.confidence = suggestion, confidence
    row.save()
    return row


def _by_key(tenant: Tenant, key: str | None) -> FailureMatch | None:
    if key is None:
        return None
    return FailureMatch.objects.for_tenant(tenant).filter(idempotency_key=key).first()


def _row(
    tenant: Tenant, failure: Failure, *, idempotency_key: str | None, now: datetime
) -> tuple[FailureMatch, bool]:
    """The failure's row, locked, and whether it was there before. Another's row if two failures
    came under one key at once."""
    told = recovery_matching.without_secrets(failure.message)
    described = {
        "idempotency_key": idempotency_key,
        "error_code": failure.code,
        "error_message": told,
        "error_signature": recovery_matching.error_signature(code=failure.code, message=told),
        "category": recovery_matching.category_of(code=failure.code, message=told),
        "recovery_mode": recovery_matching.mode_of(code=failure.code, message=told),
        "created_at": now,
        "last_occurrence_at": now,
    }
    rows = FailureMatch.objects.for_tenant(tenant).select_for_update()
    try:
        with transaction.atomic():
            row, is_new = rows.get_or_create(
                tenant=tenant, match_id=failure.match_id, defaults=described
            )
    except IntegrityError:
        return rows.get(idempotency_key=idempotency_key), True
    return row, not is_new


def _count(row: FailureMatch, *, now: datetime) -> None:
    row.occurrence_count += 1
    row.last_occurrence_at = max(now, row.last_occurrence_at)
