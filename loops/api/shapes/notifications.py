"""Notifications, channels and deliveries, as machines read and set them."""

from datetime import datetime
from typing import Annotated, Any

from django.urls import reverse
from ninja import Schema
from pydantic import BaseModel, Field, StringConstraints

from loops.actions.channels import MAX_NAME, Wanted
from loops.actions.wording import path_of, sentence_of
from loops.domain.states import ChannelKind, DeliveryStatus, Event, Risk
from loops.models import Delivery, Notification, NotificationChannel
from m25console.api.schemas import PLAIN

type Plain = Annotated[str, StringConstraints(pattern=PLAIN)]


class NotificationOut(Schema):
    id: int
    event: Event
    sentence: str
    risk: Risk | None
    checkpoint_id: str | None
    page: str = Field(description="the address of the page about it; opening it changes nothing")
    at: datetime
    read_at: datetime | None

    @staticmethod
    def resolve_event(row: Notification) -> str:
        return row.happening.event

    @staticmethod
    def resolve_sentence(row: Notification) -> str:
        return sentence_of(row.happening)

    @staticmethod
    def resolve_risk(row: Notification) -> int | None:
        return row.happening.risk

    @staticmethod
    def resolve_checkpoint_id(row: Notification) -> str | None:
        return row.happening.checkpoint_id

    @staticmethod
    def resolve_page(row: Notification) -> str:
        return path_of(row.happening)


class ReadOut(Schema):
    marked: int = Field(description="how many were unread before")


class ChannelOut(Schema):
    """A channel; its secret is never told again."""

    id: str
    is_personal: bool
    kind: ChannelKind
    name: str
    address: str
    events: list[Event]
    least_risk: Risk
    is_enabled: bool
    previous_until: datetime | None = Field(
        description="until when the signing secret before the one in use signs as well"
    )
    fault: str = Field(description="why the last delivery failed; empty if it did not")
    failures: int = Field(description="deliveries that failed since the last one that arrived")
    tested_at: datetime | None
    test_result: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_is_personal(row: NotificationChannel) -> bool:
        return row.person_id is not None


class ChannelMadeOut(Schema):
    channel: ChannelOut
    secret: str = Field(description="what signs a webhook's messages, told only now; else empty")


class SecretOut(Schema):
    secret: str = Field(description="what signs from now on, told only now")
    previous_until: datetime = Field(description="until when the one before it signs as well")


class RetriedOut(Schema):
    deliveries: int = Field(description="how many are sent again")


class ChannelIn(BaseModel):
    """A channel as it shall be. An empty address keeps the one it has."""

    kind: ChannelKind
    name: Plain = Field(max_length=MAX_NAME)
    address: Plain = Field("", max_length=2048)
    events: list[Event]
    least_risk: Risk = Risk.LOW
    is_enabled: bool = True
    is_personal: bool = Field(
        False, description="one's own rather than the tenant's; only of a new one"
    )

    def wanted(self) -> Wanted:
        return Wanted(
            kind=self.kind,
            name=self.name,
            address=self.address.strip(),
            events=[one.value for one in self.events],
            least_risk=self.least_risk.value,
            is_enabled=self.is_enabled,
        )


class TestOut(Schema):
    arrived: bool
    error: str


class DeliveryOut(Schema):
    id: str
    channel_id: str
    status: DeliveryStatus
    is_urgent: bool
    subject: str
    tries: int
    error: str
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    links: dict[str, str]

    @staticmethod
    def resolve_links(row: Delivery) -> dict[str, str]:
        return {"retry": reverse("api:retry_delivery", args=[row.pk])}
