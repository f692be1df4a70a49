"""Harm that policies did, as machines report and read it."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions.regrets import Harm, Reported
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.learning import MAX_SEVERITY, MIN_SEVERITY
from loops.domain.states import PolicyMode, RegretType
from m25console.api.schemas import PLAIN

MOST: Final = 2_147_483_647  # what the table's columns hold


class RegretIn(BaseModel):
    regret_type: RegretType = RegretType.FALSE_POSITIVE
    severity: int = Field(ge=MIN_SEVERITY, le=MAX_SEVERITY, description="10 is an outage")
    description: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)
    evaluation_id: str = Field(
        "",
        max_length=64,
        pattern=PLAIN,
        description="the decision that did the harm; it must have been this policy's",
    )
    affected_calls: int = Field(0, ge=0, le=MOST)
    affected_users: int = Field(0, ge=0, le=MOST)
    impact_duration_seconds: int | None = Field(None, ge=0, le=MOST)

    def harm(self) -> Harm:
        return Harm(**self.model_dump(exclude={"evaluation_id"}))


class RegretOut(Schema):
    regret_id: str = Field(validation_alias="pk")
    policy_id: str
    evaluation_id: str | None
    regret_type: RegretType
    severity: int
    description: str
    affected_calls: int
    affected_users: int
    impact_duration_seconds: int | None
    was_auto_rolled_back: bool = Field(description="whether this report disabled the policy")
    reported_by: str
    is_simulated: bool
    created_at: datetime


class ReportedOut(Schema):
    regret: RegretOut
    policy_id: str
    policy_mode: PolicyMode
    demoted: bool
    demoted_reason: str
    regret_score: Decimal
    regret_count: int


def reported_out(reported: Reported) -> ReportedOut:
    return ReportedOut.model_construct(
        regret=RegretOut.from_orm(reported.event),
        policy_id=reported.policy.pk,
        policy_mode=PolicyMode(reported.policy.mode),
        demoted=reported.demoted,
        demoted_reason=reported.summary.demoted_reason if reported.demoted else "",
        regret_score=reported.summary.regret_score,
        regret_count=reported.policy.regret_count,
    )
