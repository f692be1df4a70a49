"""Runs under the audit contract, as machines declare, acknowledge and read them."""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from ninja import Schema
from pydantic import BaseModel, Field, model_validator

from loops.api.run_keys import name_of
from loops.domain.runtime_audit import (
    DEADLINES_MS,
    DEFAULT_PROMISES,
    OPTIONAL,
    Ack,
    Key,
    Promise,
    Reconciliation,
)
from loops.domain.states import (
    AckStatus,
    AuditAction,
    AuditDomain,
    AuditStatus,
    ReconciliationStatus,
    RunPhase,
    RunStatus,
)
from loops.models import AuditRun
from m25console.api.schemas import PLAIN, Links

MAX_DEADLINE_MS = 30 * 24 * 3600 * 1000


class KeyIn(BaseModel):
    """One of the five actions that runs promise."""

    domain: AuditDomain
    action: AuditAction

    @model_validator(mode="after")
    def _is_known(self) -> "KeyIn":
        if self.key not in DEADLINES_MS:
            raise ValueError(f"{self.key} is not an action that runs promise")
        return self

    @property
    def key(self) -> Key:
        return Key(self.domain, self.action)


class PromiseIn(KeyIn):
    deadline_ms: int | None = Field(
        None, ge=1, le=MAX_DEADLINE_MS, description="from the declaration; usual ones if missing"
    )

    def promise(self) -> Promise:
        return Promise(self.key, self.deadline_ms or DEADLINES_MS[self.key])


class PromisesIn(BaseModel):
    expectations: list[PromiseIn] = Field(min_length=1, max_length=20)

    def promises(self) -> list[Promise]:
        return [one.promise() for one in self.expectations]


class RunIn(BaseModel):
    """A run as it begins. Without `expectations` it promises the usual four actions."""

    run_id: str = Field(max_length=255, description="yours: visible characters")
    expectations: list[PromiseIn] | None = Field(None, min_length=1, max_length=20)
    keeps_trace: bool = Field(False, description="also promises logs/complete_trace")

    def promises(self) -> list[Promise]:
        if self.expectations is not None:
            return [one.promise() for one in self.expectations]
        extra = [Promise(key, DEADLINES_MS[key]) for key in OPTIONAL] if self.keeps_trace else []
        return [*DEFAULT_PROMISES, *extra]


class AckIn(KeyIn):
    status: AckStatus = AckStatus.SUCCESS
    result_id: str | None = Field(None, max_length=100, pattern=PLAIN)
    error: str | None = Field(None, max_length=2000, pattern=PLAIN)
    rollback_reason: str | None = Field(None, max_length=2000, pattern=PLAIN)

    @model_validator(mode="after")
    def _says_why(self) -> "AckIn":
        if (self.status is AckStatus.ROLLED_BACK) != (self.rollback_reason is not None):
            raise ValueError("ROLLED_BACK and a rollback_reason belong together")
        return self

    def ack(self) -> Ack:
        return Ack(
            key=self.key,
            status=self.status,
            result_id=self.result_id,
            error=self.error,
            rolled_back=self.status is AckStatus.ROLLED_BACK,
            rollback_reason=self.rollback_reason,
        )


class PhaseIn(BaseModel):
    phase: RunPhase
    status: RunStatus | None = Field(None, description="where the phase allows several")


class CloseIn(BaseModel):
    """How a run ended. A failed one brings its incident, unless that was acknowledged before."""

    outcome: Literal["succeeded", "failed", "failed_policy", "cancelled", "retry"]
    incident: dict[str, Any] | None = Field(None, description="as POST /incidents takes it")
    evaluation_id: str | None = Field(
        None,
        max_length=64,
        pattern=PLAIN,
        description="what POST /evaluate answered; it learns that its request proved good or bad",
    )
    trace_id: str | None = Field(None, max_length=100, pattern=PLAIN)
    code: str = Field("", max_length=64, pattern=PLAIN)


class RunQuery(Schema):
    """Which runs a list shows."""

    reconciliation: ReconciliationStatus | None = None


class RunOut(Schema):
    run_id: str
    loop_id: str | None = Field(validation_alias="trace_id")
    phase: RunPhase
    status: RunStatus
    status_code: str
    reconciliation: ReconciliationStatus
    findings: dict[str, Any] | None
    overdue_since: datetime | None
    reconciled_at: datetime | None
    created_at: datetime
    links: Links

    @staticmethod
    def resolve_links(one: AuditRun) -> Links:
        here = f"/api/v1/runs/{quote(name_of(one.run_id), safe='~')}"
        links = {
            "self": here,
            "expectations": f"{here}/expectations",
            "acks": f"{here}/acks",
            "reconciliation": f"{here}/reconciliation",
        }
        if one.trace_id:
            links["loop"] = f"/api/v1/loops/{one.trace_id}"
        return links


class DeclaredOut(Schema):
    status: Literal["accepted", "duplicate"]
    run: RunOut


class ExpectationOut(Schema):
    domain: AuditDomain
    action: AuditAction
    status: AuditStatus
    deadline_ms: int
    due_at: datetime | None
    acked_at: datetime | None
    metadata: dict[str, Any]
    created_at: datetime


class ExpectationsOut(Schema):
    run_id: str
    items: list[ExpectationOut]


class AckOut(Schema):
    domain: AuditDomain
    action: AuditAction
    status: AckStatus
    result_id: str | None
    error: str | None
    rolled_back: bool
    rollback_reason: str | None
    metadata: dict[str, Any]
    created_at: datetime


class AcksOut(Schema):
    run_id: str
    items: list[AckOut]


class ReconciliationOut(Schema):
    run_id: str
    status: ReconciliationStatus
    is_clean: bool
    missing: list[str]
    drift: list[str]
    failed: list[str]
    expected: int
    acked: int
    at: datetime


class ClosedOut(Schema):
    status: Literal["closed", "duplicate"]
    run: RunOut
    results: dict[str, str] = Field(description="ids of what was written, by what they are called")


def reconciliation_out(run: AuditRun, found: Reconciliation, *, at: datetime) -> ReconciliationOut:
    return ReconciliationOut(
        run_id=run.run_id, status=found.status, is_clean=found.is_clean, at=at, **found.findings()
    )
