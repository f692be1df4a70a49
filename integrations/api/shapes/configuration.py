"""Configurations and what importing one does, as machines read it."""

from typing import Any

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field

from integrations.configuration.importing import Plan
from integrations.domain.configuration import Outcome


class ImportIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    document: dict[str, Any] = Field(description="what is to be imported")


class ConfirmedImportIn(ImportIn):
    digest: str = Field(pattern="^[0-9a-f]{64}$", description="of the plan that was agreed to")


class FieldChangeOut(Schema):
    name: str
    before: Any
    after: Any


class ResultOut(Schema):
    noun: str
    name: str
    outcome: Outcome
    changes: list[FieldChangeOut]
    reason: str = Field(description="why it is refused; else empty")


class PlanOut(Schema):
    counts: dict[str, int] = Field(description="items by outcome")
    digest: str
    results: list[ResultOut]

    @classmethod
    def of(cls, plan: Plan) -> "PlanOut":
        results = [ResultOut.from_orm(one) for one in plan.results]
        return cls(counts=plan.counts, digest=plan.digest, results=results)
