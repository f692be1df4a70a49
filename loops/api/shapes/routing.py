"""Agents, their traffic and the changes of their weights as machines read and send them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from ninja import Schema
from pydantic import AliasChoices, AwareDatetime, Field, StringConstraints

from loops.actions.incidents import Intake
from loops.domain.states import AdjustmentState, AdjustmentType
from loops.domain.traffic import MAX_DECISIONS, MAX_ROWS, TrafficRow
from loops.models import Agent, RoutingAdjustment
from m25console.api.schemas import PLAIN, Links

type Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=PLAIN)
]
type Count = Annotated[int, Field(ge=0, le=MAX_DECISIONS)]


class TrafficRowIn(Schema):
    """One agent's decisions in one hour (UTC)."""

    agent_id: Name
    capability: Name | None = None
    hour: AwareDatetime = Field(
        validation_alias=AliasChoices("hour", "window_start"),
        description="any moment of the hour; also taken as `window_start`",
    )
    decisions: Count
    successes: Count

    def row(self) -> TrafficRow:
        return TrafficRow(**self.model_dump())


class TrafficIn(Schema):
    report_id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)] = (
        Field(description="names this report, so that sending it again counts nothing twice")
    )
    agents: list[TrafficRowIn] = Field(min_length=1, max_length=MAX_ROWS)


class TrafficOut(Schema):
    report_id: str
    status: Intake
    agents: int
    hours: int


class AgentQuery(Schema):
    """Which agents a list shows."""

    agent_id: str | None = Field(None, max_length=255, pattern=PLAIN)
    capability: str | None = Field(None, max_length=255, pattern=PLAIN)

    def as_filters(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


class AgentOut(Schema):
    agent_id: str
    capability: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    links: Links

    @staticmethod
    def resolve_links(one: Agent) -> Links:
        name = quote(one.agent_id)
        return {
            "self": f"/api/v1/agents/{name}",
            "routing": f"/api/v1/routing/{name}",
            "adjustments": f"/api/v1/adjustments?{urlencode({'agent_id': one.agent_id})}",
        }


class AdjustmentQuery(Schema):
    """Which adjustments a list shows."""

    agent_id: str | None = Field(None, max_length=255, pattern=PLAIN)
    state: AdjustmentState | None = None


class AdjustmentOut(Schema):
    """Needs the moment as `now` in the validation context."""

    adjustment_id: str = Field(validation_alias="pk")
    agent_id: str
    capability: str | None
    adjustment_type: AdjustmentType
    magnitude: float
    effective_magnitude: float = Field(description="what is left of it now")
    reason: str
    policy_id: str = Field(validation_alias="source_policy_id")
    loop_id: str | None = Field(validation_alias="loop_trace_id")
    max_delta: float
    decay_days: int
    rollback_threshold: float
    is_active: bool
    was_rolled_back: bool
    rollback_reason: str | None
    rolled_back_at: datetime | None
    rolled_back_by: str
    kpi_baseline: float | None = Field(
        description="success share in the 24 hours before; null: too few decisions to say"
    )
    kpi_baseline_decisions: int | None
    kpi_current: float | None = Field(
        description="success share since, of 24 hours at most; null: too few decisions to say"
    )
    kpi_decisions: int | None
    kpi_checked_at: datetime | None
    created_at: datetime
    expires_at: datetime | None

    @staticmethod
    def resolve_effective_magnitude(one: RoutingAdjustment, context: dict[str, Any]) -> Decimal:
        return one.effective(context["now"])


class RollbackIn(Schema):
    reason: str = Field(description="why; kept with the change and in the audit")


class InForceOut(Schema):
    """One change that is in effect."""

    adjustment_id: str
    magnitude: float
    effective_magnitude: float
    expires_at: datetime | None


class RoutingOut(Schema):
    """What a router multiplies the agent's own weight with."""

    agent_id: str
    known: bool = Field(description="whether anything was ever heard of this agent")
    capability: str | None
    effective_weight: float = Field(description="1 without changes, at least 0.2")
    adjustments: list[InForceOut]
    as_of: datetime
