"""Backtests as machines read them."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from loops.domain.backtest import Event
from loops.presenters.replays import ReplayPage


class EventOut(Schema):
    id: str = Field(description="an incident's or an evaluation's")
    is_incident: bool
    at: datetime


class EventListOut(Schema):
    count: int
    newest: list[EventOut] = Field(description="25 at most")


class ReplayOut(Schema):
    """What a policy would have done. Shares are null without requests to replay."""

    policy_id: str
    days: int
    since: datetime
    until: datetime
    is_readable: bool = Field(description="whether the policy can be judged by at all")
    verdict: str
    stopped: EventListOut = Field(description="failures it was not learned from")
    good_blocked: EventListOut
    unknown_blocked: EventListOut = Field(description="nobody said how they went")
    missed: EventListOut = Field(description="failures of its own pattern")
    taught: EventListOut = Field(description="failures it was learned from: not counted")
    good: int = Field(description="requests that proved good")
    asked: int = Field(description="all requests")
    acted: int = Field(description="requests it would have acted on")
    expected_rate: float | None
    low: float | None = Field(description="of the 95% Wilson interval")
    high: float | None
    left_out: list[str]

    @classmethod
    def of(cls, page: ReplayPage) -> "ReplayOut":
        result, found = page.result, page.result.findings
        lists: dict[str, Any] = {
            one.key: EventListOut.model_construct(
                count=one.count, newest=[_event(event) for event in one.events]
            )
            for one in page.lists
        }
        return cls.model_construct(
            policy_id=page.policy.pk,
            days=page.days,
            since=result.since,
            until=result.until,
            is_readable=result.is_readable,
            verdict=found.verdict,
            good=found.good,
            asked=found.asked,
            acted=found.acted,
            expected_rate=result.rate.expected,
            low=result.rate.low,
            high=result.rate.high,
            left_out=list(result.cut),
            **lists,
        )


def _event(event: Event) -> EventOut:
    return EventOut.model_construct(id=event.id, is_incident=event.is_incident, at=event.at)
