"""Undoing a loop, as machines preview and order it."""

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain.checkpoints import MAX_NOTE
from loops.presenters.reverts import RevertPage
from m25console.api.schemas import PLAIN


class ChangeOut(Schema):
    kind: str
    name: str
    now: str
    then: str


class PreviewOut(Schema):
    loop_id: str
    allowed: bool
    reason_not: str = Field(description="why it is not allowed; empty if it is")
    must_confirm: bool
    would_undo: list[ChangeOut]
    would_stay: list[str]
    asked_in: str | None = Field(description="the open checkpoint that asks for it, if any")


class RevertIn(BaseModel):
    reason: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)
    confirm: bool = Field(False, description="needed unless the loop failed")


class AskIn(BaseModel):
    reason: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


def preview_out(page: RevertPage) -> PreviewOut:
    return PreviewOut(
        loop_id=page.trace.pk,
        allowed=page.may.allowed,
        reason_not=page.may.reason,
        must_confirm=page.must_confirm,
        would_undo=[ChangeOut.from_orm(one) for one in page.changes],
        would_stay=list(page.stays),
        asked_in=page.asked.pk if page.asked else None,
    )
