"""A tenant's rules for its checkpoints, as machines read and set them."""

from datetime import time
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions.checkpoint_rules import as_json
from loops.domain.asking import Rules
from loops.domain.checkpoints import (
    AUTO_APPROVE_CONFIDENCE,
    AUTO_DISMISS_HOURS,
    BLOCKS_TENANT,
    MAX_PENDING,
)
from loops.domain.claims import CLAIM_MINUTES
from loops.domain.quiet import QuietHours
from loops.domain.states import CheckpointPriority, CheckpointType, Risk, Silence

type RiskWord = Literal["low", "medium", "high"]


class QuietShape(BaseModel):
    """When nobody is disturbed and clocks rest; past midnight if it ends earlier than it begins."""

    days: list[Annotated[int, Field(ge=0, le=6)]] = Field(description="0 is Monday")
    starts: time
    ends: time
    zone: str = Field("UTC", max_length=64, description="such as Europe/Berlin")

    def told(self) -> dict[str, Any]:
        return QuietHours(self.days, self.starts, self.ends, self.zone).as_json()


class RulesOut(Schema):
    enabled_types: list[CheckpointType]
    priority_overrides: dict[CheckpointType, CheckpointPriority]
    blocking_checkpoints: list[CheckpointType]
    auto_approve_confidence: float
    auto_dismiss_after_hours: int
    max_pending_checkpoints: int
    silence: dict[CheckpointType, Silence]
    quiet_hours: QuietShape | None
    hold_seconds: int
    two_people_from: RiskWord | None
    blind_second_opinion: bool
    claim_minutes: int


class RulesIn(BaseModel):
    """All of the rules; what is left out is as loop mechanics 1.0.0 has it."""

    enabled_types: list[CheckpointType] = list(CheckpointType)
    priority_overrides: dict[CheckpointType, CheckpointPriority] = {}
    blocking_checkpoints: list[CheckpointType] = sorted(BLOCKS_TENANT)
    auto_approve_confidence: float = AUTO_APPROVE_CONFIDENCE
    auto_dismiss_after_hours: int = AUTO_DISMISS_HOURS
    max_pending_checkpoints: int = MAX_PENDING
    silence: dict[CheckpointType, Silence] = {}
    quiet_hours: QuietShape | None = None
    hold_seconds: int = Field(0, description="how long an answer given on a page can be undone")
    two_people_from: RiskWord | None = Field(
        None, description="the least risk that two different people must agree to"
    )
    blind_second_opinion: bool = False
    claim_minutes: int = CLAIM_MINUTES

    def rules(self) -> Rules:
        return Rules(
            enabled_types=frozenset(self.enabled_types),
            priority_overrides={
                kind.value: one.value for kind, one in self.priority_overrides.items()
            },
            blocking_checkpoints=frozenset(self.blocking_checkpoints),
            auto_approve_confidence=self.auto_approve_confidence,
            auto_dismiss_after_hours=self.auto_dismiss_after_hours,
            max_pending_checkpoints=self.max_pending_checkpoints,
            silence={kind.value: one.value for kind, one in self.silence.items()},
            quiet_hours=self.quiet_hours.told() if self.quiet_hours else None,
            hold_seconds=self.hold_seconds,
            two_people_from=Risk[self.two_people_from.upper()] if self.two_people_from else None,
            blind_second_opinion=self.blind_second_opinion,
            claim_minutes=self.claim_minutes,
        )


def rules_out(rules: Rules) -> RulesOut:
    least = rules.two_people_from
    word = {"two_people_from": least.name.lower() if least else None}
    return RulesOut.model_validate(as_json(rules) | word)
