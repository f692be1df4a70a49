"""Failures that a matcher outside reports or asks about."""

from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain import recovery_matching
from loops.domain.recovery_rules import Selection
from loops.domain.states import ErrorCategory, RecoveryMode
from m25console.api.schemas import PLAIN, Links

MAX_MESSAGE = 32 * 1024


class FailureIn(BaseModel):
    """What failed: `error_type` counts before `error_code`."""

    error_type: str | None = Field(None, max_length=128, pattern=PLAIN)
    error_code: str | None = Field(None, max_length=128, pattern=PLAIN)
    error_message: str = Field("", max_length=MAX_MESSAGE, pattern=PLAIN)

    @property
    def code(self) -> str:
        return recovery_matching.code_of(error_type=self.error_type, error_code=self.error_code)


class SuggestIn(FailureIn):
    failure_match_id: UUID | None = Field(
        None, description="keeps the suggestion under this id; a repeat replaces it and counts"
    )


class IngestIn(FailureIn):
    failure_match_id: UUID
    idempotency_key: str | None = Field(None, min_length=1, max_length=255, pattern=PLAIN)
    severity: Literal["critical", "high", "medium", "low"] | None = None
    agent_id: str | None = Field(None, max_length=255, pattern=PLAIN)
    agent_capability: str | None = Field(None, max_length=128, pattern=PLAIN)
    api_endpoint: str | None = Field(None, max_length=512, pattern=PLAIN)
    status_code: int | None = Field(None, ge=100, le=599)
    run_id: str | None = Field(None, max_length=255, pattern=PLAIN)

    def as_incident(self) -> dict[str, Any]:
        """The same failure as an incident's sender would tell it."""
        told = self.model_dump(exclude={"failure_match_id", "idempotency_key", "error_message"})
        known = {name: value for name, value in told.items() if value is not None}
        return known | {
            "error_type": self.code,
            "message": self.error_message or None,
            "external_id": str(self.failure_match_id),
        }


class EvaluateIn(FailureIn):
    """The facts to judge; nothing is looked up and nothing stored."""

    occurrences: int = Field(1, ge=1, le=1_000_000)
    tried: int = Field(0, ge=0, le=1_000_000, description="earlier executions that ended")
    succeeded: int = Field(0, ge=0, le=1_000_000)
    usual_action: str | None = Field(None, max_length=64, pattern=PLAIN)
    match_ages_days: list[float] = Field(default_factory=list, max_length=1000)
    in_catalogue: bool = False


class FindingOut(Schema):
    rule_id: str
    score: float
    lift: float = Field(description="added to the confidence")
    action: str | None


class JudgementOut(Schema):
    findings: list[FindingOut]
    total: float = Field(description="mean of the three best scores")
    rule_confidence: float
    matcher_confidence: float
    combined_confidence: float
    recommended_action: str | None
    selected_action: str | None = Field(description="null if they are not sure enough of it")
    auto_executable: bool


class SuggestOut(Schema):
    suggestion: str
    confidence: float
    category: ErrorCategory
    recovery_mode: RecoveryMode
    error_signature: str
    occurrences: int = Field(description="of this code in seven days, this one included")
    judgement: JudgementOut
    failure_match_id: UUID | None
    occurrence_count: int | None = Field(description="how often this id was sent")


class IngestOut(Schema):
    status: Literal["accepted", "duplicate"]
    failure_match_id: UUID
    occurrence_count: int
    incident_id: str | None
    links: Links


def judgement_out(selection: Selection, *, switched_on: bool) -> JudgementOut:
    said = selection.judgement
    return JudgementOut(
        findings=[
            FindingOut(rule_id=one.rule_id, score=one.score, lift=one.lift, action=one.action)
            for one in said.findings
        ],
        total=said.total,
        rule_confidence=said.confidence,
        matcher_confidence=selection.matcher,
        combined_confidence=selection.combined,
        recommended_action=said.action,
        selected_action=selection.action,
        auto_executable=selection.may_execute_alone(switched_on=switched_on),
    )
