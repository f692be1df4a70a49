"""Telling the loop of what goes wrong here, so that it is recognised, mended and learnt from.

Whoever reports goes on, whatever comes of it: what could not be told is written to the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, transaction

from integrations.domain.incidents import SOURCE
from loops.actions import incidents
from loops.actions.incidents import Report
from loops.domain.incidents import MAX_LENGTHS, Incident, body_hash, title_of
from loops.domain.states import Severity
from m25console.models import Tenant

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong; `external_id` names it, and is reported once. The `context` is
    shown to people and must hold no secret."""

    external_id: str
    error_type: str
    message: str
    severity: Severity = Severity.HIGH
    error_code: str | None = None
    title: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    run_id: str | None = None
    agent_id: str | None = None
    occurred_at: datetime | None = None


def report(trouble: Trouble, *, tenant: Tenant, now: datetime) -> str:
    """The id of the incident that stands for it, also if it was told before; empty if a policy
    prevented it or the database would not take it. Raises nothing; may be called in a
    transaction, which goes on."""
    told = Report(_incident(trouble, now), body_hash({"external_id": trouble.external_id}))
    try:
        with transaction.atomic():
            [receipt] = incidents.report(tenant=tenant, source=SOURCE, reports=[told], now=now)
    except DatabaseError:
        log.exception("trouble could not be reported", trouble=trouble.external_id)
        return ""
    return receipt.incident_id


def _incident(trouble: Trouble, now: datetime) -> Incident:
    message = trouble.message.strip()
    texts: dict[str, str | None] = {
        "error_type": trouble.error_type,
        "error_code": trouble.error_code,
        "message": message,
        "title": trouble.title or title_of(error_type=trouble.error_type, message=message),
        "agent_id": trouble.agent_id,
        "run_id": trouble.run_id,
        "external_id": trouble.external_id,
    }
    short: dict[str, Any] = {
        name: text[: MAX_LENGTHS[name]] if text else None for name, text in texts.items()
    }
    return Incident(
        severity=trouble.severity,
        occurred_at=trouble.occurred_at or now,
        context=dict(trouble.context),
        **short,
    )
