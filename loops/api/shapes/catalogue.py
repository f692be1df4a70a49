"""Patterns, policies and figures as machines read them."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from loops.actions.remedies import digest
from loops.domain.agreement import Agreement
from loops.domain.states import (
    PatternType,
)
from loops.models import FailurePattern
from loops.presenters.agreement import agreement_with
from m25console.api.schemas import Links


class PatternOut(Schema):
    pattern_id: str = Field(validation_alias="pk")
    pattern_type: PatternType
    error_type: str
    signature: dict[str, Any]
    signature_hash: str
    signature_version: str
    message_template: str = Field(validation_alias="template_text")
    first_incident_id: str | None
    merged_into: str | None = Field(
        validation_alias="merged_into_id", description="the pattern that counts its incidents now"
    )
    recovery_template: dict[str, Any] | None
    auto_apply_recovery: bool
    remedy_digest: str = Field(description="pass it as `seen` when you change the remedy")
    occurrence_count: int
    last_occurrence_at: datetime
    created_at: datetime
    links: Links

    @staticmethod
    def resolve_remedy_digest(one: FailurePattern) -> str:
        return digest(one)

    @staticmethod
    def resolve_links(one: FailurePattern) -> Links:
        return {
            "self": f"/api/v1/patterns/{one.pk}",
            "incidents": f"/api/v1/incidents?pattern={one.pk}",
        }


class AgreementOut(Schema):
    """What people answered to the latest recoveries proposed for a pattern."""

    share: float | None = Field(description="approved as proposed; null below five answers")
    unchanged: int
    changed: int = Field(description="approved after what was proposed had been changed")
    rejected: int
    reasons: dict[str, int] = Field(description="rejections by kind of reason")


class PatternDetailOut(PatternOut):
    agreement: AgreementOut

    @staticmethod
    def resolve_agreement(one: FailurePattern) -> Agreement:
        return agreement_with(one).counts


class StatsOut(Schema):
    """What began within the period, and how it stands now."""

    period_hours: int
    total_incidents: int
    loops_complete: int
    loops_blocked: int
    completion_rate: float
    avg_completion_ms: float | None = Field(description="null if none is complete")
    patterns_matched: int = Field(description="matches that were not novel")
    patterns_created: int
    strong_matches: int
    weak_matches: int
    novel_matches: int
    recoveries_suggested: int
    recoveries_applied: int
    recoveries_rejected: int
    policies_generated: int
    policies_in_shadow: int
    policies_active: int
    routing_adjustments: int
    routing_rolled_back: int
    checkpoints_pending: int = Field(description="all that wait now")
    checkpoints_resolved: int = Field(description="decided within the period")
