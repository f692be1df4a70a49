"""From what a machine sent to committed incidents, and what to tell it of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.actions import incidents
from loops.actions.incidents import Intake, Receipt, Report
from loops.domain.incidents import body_hash, incident_from
from loops.domain.payload import PayloadFault
from m25console.models import Tenant

SOURCE: Final = "api"  # external ids are the sender's within this
MAX_ROWS: Final = 1000  # in one batch


@dataclass(frozen=True)
class Outcome:
    """What became of one document: a receipt, or the fault for which it was refused."""

    receipt: Receipt | None = None
    fault: PayloadFault | None = None


def take_one(document: object, *, tenant: Tenant, now: datetime, key: str | None) -> Receipt:
    """Store one incident. `key` is its idempotency key. Raises PayloadFault."""
    report = report_of(document, now=now, key=key)
    return incidents.report(tenant=tenant, source=SOURCE, reports=[report], now=now)[0]


def take_many(
    documents: Sequence[object], *, tenant: Tenant, now: datetime, key: str | None = None
) -> list[Outcome]:
    """Store what can be stored of up to MAX_ROWS documents; one outcome each, in their order.

    With a `key`, each document has one of its own made of it and its place.
    """
    read = [
        _read(document, now=now, key=f"{key}/{index}" if key else None)
        for index, document in enumerate(documents)
    ]
    reports = [one for one in read if isinstance(one, Report)]
    receipts = iter(
        incidents.report(tenant=tenant, source=SOURCE, reports=reports, now=now) if reports else ()
    )
    return [
        Outcome(fault=one) if isinstance(one, PayloadFault) else Outcome(receipt=next(receipts))
        for one in read
    ]


def refusal_of(receipt: Receipt) -> str:
    """Why nothing was stored for a report that could be read; empty if it stands."""
    if receipt.status is Intake.CONFLICT:
        return (
            f"Incident {receipt.incident_id} was reported under the same external id or "
            "idempotency key, with other content. Nothing was stored."
        )
    if receipt.status is Intake.PREVENTED:
        return (
            f"What is reported was prevented under the same external id: see prevention "
            f"{receipt.prevention_id} and evaluation {receipt.evaluation_id}. Nothing was stored."
        )
    return ""


def names_of(receipt: Receipt) -> dict[str, Any]:
    """The ids of what stands for a report, by what they are called."""
    ids = {
        "incident_id": receipt.incident_id,
        "loop_id": receipt.loop_id,
        "prevention_id": receipt.prevention_id,
        "evaluation_id": receipt.evaluation_id,
    }
    return {name: value for name, value in ids.items() if value}


def _read(document: object, *, now: datetime, key: str | None) -> Report | PayloadFault:
    try:
        return report_of(document, now=now, key=key)
    except PayloadFault as fault:
        return fault


def report_of(document: object, *, now: datetime, key: str | None) -> Report:
    """The incident a document tells of. Raises PayloadFault."""
    incident = incident_from(document, now=now)
    assert isinstance(document, dict)
    return Report(incident=incident, body_hash=body_hash(document), idempotency_key=key)
