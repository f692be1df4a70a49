"""Questions to the policies, their answers, and what was prevented."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain.states import PolicyAction, PolicyDecision, PreventionOutcome, TrafficLabel
from loops.models import PolicyEvaluation, PreventionRecord
from loops.presenters.evaluations import (
    WouldHave,
    decider,
    reason_of,
    why_not_prevented,
    would_have,
)
from m25console.api.schemas import PLAIN, Links


class EvaluateIn(BaseModel):
    """A request, described as the incident it might become. Unknown fields are ignored."""

    error_type: str = Field(max_length=128)
    error_code: str | None = Field(None, max_length=255)
    message: str | None = Field(None, max_length=32768)
    context: dict[str, Any] | None = None
    agent_id: str | None = Field(None, max_length=255)
    agent_capability: str | None = Field(None, max_length=255)
    api_endpoint: str | None = Field(None, max_length=2048)
    status_code: int | None = Field(None, ge=0, le=999)
    run_id: str | None = Field(None, max_length=255)
    external_id: str | None = Field(
        None, max_length=255, description="your own id; asking again gets the same answer"
    )


class WouldOut(Schema):
    """A policy that would have acted."""

    policy_id: str
    action: PolicyAction
    because: Literal["shadow", "exception"] = Field(description="why it did not")


class AnswerOut(Schema):
    """What to do, which policy says so, and what others would have said."""

    decision: PolicyDecision
    policy_id: str | None
    revision: int | None
    reason: str
    params: dict[str, Any]
    would: list[WouldOut]
    evaluation_id: str
    pattern_id: str | None
    match_confidence: float | None
    prevention_id: str | None
    no_prevention: str = Field(description="why stopping it is no prevention; empty otherwise")


class LabelIn(BaseModel):
    label: Literal[TrafficLabel.GOOD, TrafficLabel.BAD]
    source: str = Field("", max_length=254, pattern=PLAIN, description="who or what found out")


class EvaluationQuery(Schema):
    """Which evaluations a list shows."""

    decision: PolicyDecision | None = None
    policy: str | None = Field(None, max_length=64, pattern=PLAIN, description="the deciding one")
    label: TrafficLabel | None = None

    def as_filters(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


class EvaluationOut(AnswerOut):
    """A stored evaluation: the request as it was judged, and every policy that matched. Needs
    the prevention selected with the row."""

    evaluation_id: str = Field(validation_alias="pk")
    features: dict[str, Any]
    matched: list[dict[str, Any]]
    external_id: str | None
    agent_id: str | None
    run_id: str | None
    label: TrafficLabel
    label_source: str
    labelled_at: datetime | None
    created_at: datetime
    links: Links

    @staticmethod
    def resolve_reason(one: PolicyEvaluation) -> str:
        return reason_of(one)

    @staticmethod
    def resolve_params(one: PolicyEvaluation) -> dict[str, Any]:
        return dict(decider(one).get("params", {}))

    @staticmethod
    def resolve_would(one: PolicyEvaluation) -> list[WouldHave]:
        return would_have(one)

    @staticmethod
    def resolve_prevention_id(one: PolicyEvaluation) -> str | None:
        return prevention_id_of(one)

    @staticmethod
    def resolve_no_prevention(one: PolicyEvaluation) -> str:
        return why_not_prevented(one)

    @staticmethod
    def resolve_links(one: PolicyEvaluation) -> Links:
        links = {"self": f"/api/v1/evaluations/{one.pk}"}
        prevention_id = prevention_id_of(one)
        if prevention_id:
            links["prevention"] = f"/api/v1/prevention-records/{prevention_id}"
        return links


class PreventionQuery(Schema):
    """Which prevention records a list shows."""

    policy: str | None = Field(None, max_length=64, pattern=PLAIN)
    pattern: str | None = Field(None, max_length=64, pattern=PLAIN)
    outcome: PreventionOutcome | None = None

    def as_filters(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


class PreventionOut(Schema):
    prevention_id: str = Field(validation_alias="pk")
    policy_id: str
    pattern_id: str
    evaluation_id: str | None
    original_incident_id: str = Field(description="the incident that began its pattern")
    blocked_incident_id: str = Field(description="the id the incident would have had")
    external_id: str | None
    outcome: PreventionOutcome
    signature_match_confidence: float
    policy_age_seconds: int
    run_id: str | None
    is_simulated: bool
    is_synthetic: bool
    created_at: datetime
    links: Links

    @staticmethod
    def resolve_links(one: PreventionRecord) -> Links:
        links = {
            "self": f"/api/v1/prevention-records/{one.pk}",
            "pattern": f"/api/v1/patterns/{one.pattern_id}",
        }
        if one.evaluation_id:
            links["evaluation"] = f"/api/v1/evaluations/{one.evaluation_id}"
        if one.original_incident_id:
            links["original_incident"] = f"/api/v1/incidents/{one.original_incident_id}"
        return links


def answer_of(row: PolicyEvaluation, *, prevention_id: str | None) -> dict[str, Any]:
    """An AnswerOut: what the caller is told, now and whenever they ask again."""
    return {
        "decision": row.decision,
        "policy_id": row.policy_id,
        "revision": row.revision,
        "reason": reason_of(row),
        "params": decider(row).get("params", {}),
        "would": would_have(row),
        "evaluation_id": row.pk,
        "pattern_id": row.pattern_id,
        "match_confidence": row.match_confidence,
        "prevention_id": prevention_id,
        "no_prevention": why_not_prevented(row),
    }


def prevention_id_of(row: PolicyEvaluation) -> str | None:
    prevention: PreventionRecord | None = getattr(row, "prevention", None)
    return prevention.pk if prevention else None
