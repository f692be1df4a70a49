"""Credentials as machines store and read them; the secret goes in and never comes out."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.credentials import About
from integrations.domain.credentials import MAX_NAME, MAX_VALUE
from integrations.domain.references import of_credential
from integrations.domain.states import Accessor, CredentialKind, Store
from integrations.models import Credential
from m25console.api.schemas import PLAIN

type Text = Annotated[str, StringConstraints(pattern=PLAIN, max_length=1000)]
type Secret = dict[
    Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=64)],
    Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_VALUE)],
]


class AboutIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_NAME)]
    description: Text = ""
    tags: list[Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=50)]] = []
    expires_at: datetime | None = None
    rotate_every_days: int | None = Field(default=None, ge=1, le=3650)
    readers: set[Accessor] = Field(default_factory=set, description="nobody else reads it")

    def about(self) -> About:
        return About(
            name=self.name, description=self.description, tags=self.tags,
            expires_at=self.expires_at, rotate_every_days=self.rotate_every_days,
            readers=frozenset(self.readers),
        )  # fmt: skip


class CredentialIn(AboutIn):
    kind: CredentialKind
    secret: Secret = Field(min_length=1, max_length=20)


class SecretIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: Secret = Field(min_length=1, max_length=20)


class CredentialOut(Schema):
    id: str
    name: str
    kind: CredentialKind
    description: str
    tags: list[str]
    store: Store
    fault: str = Field(description="why it could not be read the last time, if it could not")
    version: int
    reference: str = Field(description="how an integration refers to it")
    expires_at: datetime | None
    rotate_every_days: int | None
    secret_rotated_at: datetime
    last_accessed_at: datetime | None
    access_count: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_reference(row: Credential) -> str:
        return of_credential(row.pk, tenant_id=row.tenant_id)
