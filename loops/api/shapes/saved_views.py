"""Saved views as machines read and send them."""

from datetime import datetime

from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions.saved_views import MAX_NAME, MAX_QUERY
from loops.models import SavedView
from m25console.api.schemas import PLAIN


class SavedViewIn(BaseModel):
    name: str = Field(min_length=1, max_length=MAX_NAME, pattern=PLAIN)
    query: str = Field(
        "",
        max_length=MAX_QUERY,
        pattern=PLAIN,
        description="the address of the queue's page after its ?, such as risk=high&sort=cost",
    )
    is_shared: bool = Field(False, description="for every member, not for its owner alone")


class SavedViewChange(BaseModel):
    """What is left out stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=MAX_NAME, pattern=PLAIN)
    query: str | None = Field(None, max_length=MAX_QUERY, pattern=PLAIN)


class SavedViewOut(Schema):
    """Load the view with its owner."""

    view_id: int = Field(validation_alias="pk")
    name: str
    query: str
    is_shared: bool
    owner: str
    created_at: datetime

    @staticmethod
    def resolve_owner(one: SavedView) -> str:
        return str(one.owner)
