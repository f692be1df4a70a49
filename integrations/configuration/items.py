"""What is alike in every kind of thing that a configuration lists."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import BaseModel, ConfigDict, StringConstraints

from integrations.configuration.stored import Stored
from m25console.access import Actor
from m25console.api.schemas import PLAIN
from m25console.models import Tenant

type Text = Annotated[
    str, StringConstraints(pattern=PLAIN, strip_whitespace=True, max_length=32_768)
]


class Item(BaseModel):
    """One thing as the document writes it. A field that is left out keeps its value."""

    model_config = ConfigDict(extra="forbid")

    @property
    @abstractmethod
    def key(self) -> str:
        """By what it is found again, among its kind in a tenant."""


class Named(Item):
    """Something that is known by its name."""

    name: Text

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True)
class Importing:
    """Who imports, when, and what the tenant's vault holds."""

    by: Actor
    now: datetime
    stored: Stored


@dataclass(frozen=True)
class Kind[Shape: Item]:
    """A kind of thing: its rows in a tenant, in order; one as an item; and making a row like an
    item, a new one where there is none. `put` raises Refusal, and does nothing then; what has to be
    asked of others first, outside of any transaction, `check` asks, and raises Refusal."""

    noun: str
    words: str
    shape: type[Shape]
    rows: Callable[[Tenant], QuerySet[Any]]
    told: Callable[[Any, Stored], Shape]
    put: Callable[[Shape, Any, Importing], None]
    check: Callable[[Shape], None] | None = None
