"""Remarks as machines read and send them."""

from datetime import datetime

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain.checkpoints import MAX_NOTE
from loops.models import CheckpointComment
from m25console.api.schemas import PLAIN


class CommentOut(Schema):
    comment_id: int = Field(validation_alias="pk")
    author: str
    text: str
    mentions: list[str] = Field(description="sign-in names of the members it calls")
    at: datetime

    @staticmethod
    def resolve_author(one: CheckpointComment) -> str:
        return str(one.author)

    @staticmethod
    def resolve_mentions(one: CheckpointComment) -> list[str]:
        return sorted(mention.person.username for mention in one.mentions.all())


class CommentIn(BaseModel):
    text: str = Field(min_length=1, max_length=MAX_NOTE, pattern=PLAIN)
