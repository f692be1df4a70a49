"""Incidents as machines send and read them."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain.confidence import Band
from loops.domain.states import IncidentState, Severity
from loops.models import Incident
from m25console.api.schemas import PLAIN, Links


class IncidentIn(BaseModel):
    """One failure. Only `error_type` is required; unknown fields are ignored."""

    error_type: str = Field(max_length=128)
    error_code: str | None = Field(None, max_length=255)
    message: str | None = Field(None, max_length=32768)
    severity: Literal["critical", "high", "medium", "low"] | None = None
    title: str | None = Field(None, max_length=255)
    context: dict[str, Any] | None = Field(
        None, description="at most 32 levels, 256 keys in an object, 32 KiB in a text"
    )
    agent_id: str | None = Field(None, max_length=255)
    agent_capability: str | None = Field(None, max_length=255)
    api_endpoint: str | None = Field(None, max_length=2048)
    status_code: int | None = Field(None, ge=0, le=999)
    run_id: str | None = Field(None, max_length=255)
    external_id: str | None = Field(
        None, max_length=255, description="your own id; reporting it again is harmless"
    )
    occurred_at: datetime | None = Field(None, description="with its zone; now if missing")


class BatchIn(BaseModel):
    incidents: list[Any] = Field(max_length=1000, description="each as POST /incidents takes it")


class ReceiptOut(Schema):
    incident_id: str
    loop_id: str
    status: Literal["accepted", "duplicate"]


class RowError(Schema):
    code: str
    message: str
    fields: dict[str, list[str]] | None = None


class RowOut(Schema):
    """What became of one incident of a batch, by its place in it."""

    index: int
    status: Literal["accepted", "duplicate", "rejected"]
    incident_id: str | None = Field(None, description="for a conflict: the one it conflicts with")
    loop_id: str | None = None
    prevention_id: str | None = Field(None, description="what stopped it, if it was prevented")
    evaluation_id: str | None = None
    error: RowError | None = None


class BatchOut(Schema):
    accepted: int
    duplicates: int
    rejected: int
    results: list[RowOut]


class IncidentQuery(Schema):
    """Which incidents a list shows."""

    severity: Severity | None = None
    status: Literal["open", "acknowledged", "resolved"] | None = None
    pattern: str | None = Field(None, max_length=64, pattern=PLAIN, description="a pattern's id")

    def as_filters(self) -> dict[str, str]:
        """What to filter incidents by."""
        columns = {"severity": "severity", "status": "status", "pattern": "matched_pattern_id"}
        stated = self.model_dump(exclude_none=True)
        return {columns[name]: value for name, value in stated.items()}


class IncidentOut(Schema):
    incident_id: str = Field(validation_alias="pk")
    loop_id: str | None = Field(validation_alias="loop_trace_id")
    title: str
    severity: Severity
    status: str
    lifecycle_state: IncidentState
    error_type: str
    error_code: str | None
    message: str | None = Field(validation_alias="error_message")
    context: dict[str, Any]
    agent_id: str | None = Field(validation_alias="affected_agent_id")
    agent_capability: str | None
    api_endpoint: str | None
    status_code: int | None
    run_id: str | None = Field(validation_alias="source_run_id")
    external_id: str | None
    occurred_at: datetime = Field(validation_alias="started_at")
    reported_at: datetime = Field(validation_alias="created_at")
    resolved_at: datetime | None
    pattern_id: str | None = Field(validation_alias="matched_pattern_id")
    match_confidence: float | None
    match_band: Band | None = Field(validation_alias="match_confidence_band")
    links: Links

    @staticmethod
    def resolve_links(one: Incident) -> Links:
        links = {"self": f"/api/v1/incidents/{one.pk}"}
        if one.loop_trace_id:
            links["loop"] = f"/api/v1/loops/{one.loop_trace_id}"
        if one.matched_pattern_id:
            links["pattern"] = f"/api/v1/patterns/{one.matched_pattern_id}"
        return links
