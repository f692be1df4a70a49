"""Merges, splits and pairs told apart, as machines order them."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions.pattern_merges import MOST_MERGED
from loops.actions.pattern_splits import MOST_CHOSEN
from loops.domain.checkpoints import MAX_NOTE
from loops.models import CannotLink
from loops.presenters.merging import MergePage
from m25console.api.schemas import PLAIN

type Id = Annotated[str, Field(max_length=100, pattern=PLAIN)]


class FateOut(Schema):
    kind: str
    name: str
    now: str
    then: str


class MergePreviewOut(Schema):
    into: str
    merged: list[str]
    allowed: bool
    reason_not: str = Field(description="why it is not allowed; empty if it is")
    would_become: list[FateOut]
    contradictions: list[str]
    told_apart: list[str]
    digest: str = Field(description="pass it as `seen`: 409 if the merge would do something else")


class MergeQuery(Schema):
    """Which patterns would be merged."""

    patterns: list[Id] = Field(default_factory=list, max_length=MOST_MERGED)


class MergeIn(BaseModel):
    patterns: list[Id] = Field(min_length=1, max_length=MOST_MERGED)
    reason: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)
    seen: str = Field("", max_length=64)


class ReasonIn(BaseModel):
    reason: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


class SplitIn(BaseModel):
    incidents: list[Id] = Field(min_length=1, max_length=MOST_CHOSEN)
    reason: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


class ApartIn(BaseModel):
    other: Id
    reason: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


class CannotLinkOut(Schema):
    id: int = Field(validation_alias="pk")
    patterns: list[str]
    reason: str
    by: str = Field(validation_alias="label")
    at: datetime

    @staticmethod
    def resolve_patterns(one: CannotLink) -> list[str]:
        return [one.left_id, one.right_id]


def preview_out(page: MergePage) -> MergePreviewOut:
    return MergePreviewOut(
        into=page.heir.pattern.pk,
        merged=[one.pattern.pk for one in page.sources],
        allowed=page.may.allowed,
        reason_not=page.may.reason,
        would_become=[FateOut.from_orm(one) for one in page.fates],
        contradictions=list(page.contradictions),
        told_apart=list(page.apart),
        digest=page.digest,
    )
