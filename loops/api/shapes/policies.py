"""Policies, what people said of them, and what they were before, as machines read and send them."""

from datetime import UTC, datetime
from typing import Any, Final

from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions.policies import Confirmed
from loops.actions.policy_edits import ExceptedRequests, Rewritten
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.policy import shadow_block_rate
from loops.domain.rule_edit import MAX_NAME, RuleEdit
from loops.domain.states import PolicyCategory, PolicyMode, PolicyScope
from loops.models import PolicyConfirmation, PolicyException, PolicyRule
from loops.opinions import confirmations_told
from m25console.api.schemas import PLAIN, Links


class PolicyOut(Schema):
    policy_id: str = Field(validation_alias="pk")
    name: str
    description: str
    category: PolicyCategory = Field(validation_alias="rule_type")
    mode: PolicyMode
    mode_since: datetime
    revision: int = Field(description="raised by every edit; confirmations are of a revision")
    version: int = Field(description="raised by every change; send it with `modify`")
    condition: dict[str, Any] = Field(validation_alias="conditions")
    action: dict[str, Any] = Field(validation_alias="actions")
    scope_type: PolicyScope
    scope_id: str
    source_pattern_id: str | None
    source_recovery_id: str | None
    source_incident_id: str | None
    confidence: float = Field(validation_alias="generation_confidence")
    confidence_version: str
    confirmations_required: int
    confirmations_received: int | None = Field(
        description="null where opinions are blind and you have not given yours"
    )
    regret_count: int
    shadow_evaluations: int
    shadow_would_block: int
    shadow_block_rate: float
    prevention_count: int
    activated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    links: Links

    @staticmethod
    def resolve_shadow_block_rate(one: PolicyRule) -> float:
        return shadow_block_rate(
            would_block=one.shadow_would_block, evaluations=one.shadow_evaluations
        )

    @staticmethod
    def resolve_confirmations_received(one: PolicyRule) -> int | None:
        return confirmations_told(one)

    @staticmethod
    def resolve_links(one: PolicyRule) -> Links:
        here = f"/api/v1/policies/{one.pk}"
        return {
            "self": here,
            "versions": f"{here}/versions",
            "confirmations": f"{here}/confirmations",
            "activation_audit": f"{here}/activation-audit",
            "exceptions": f"{here}/exceptions",
        }


class VersionOut(Schema):
    """A policy as it was from one edit to the next."""

    revision: int
    name: str
    condition: dict[str, Any] = Field(validation_alias="conditions")
    action: dict[str, Any] = Field(validation_alias="actions")
    scope_type: PolicyScope
    scope_id: str
    changed_by: str
    note: str
    at: datetime


class ConfirmationOut(Schema):
    """Load it with its reviewer."""

    revision: int
    confirmed_by: str
    note: str
    at: datetime

    @staticmethod
    def resolve_confirmed_by(one: PolicyConfirmation) -> str:
        return str(one.reviewer)


class ModeChangeOut(Schema):
    old_mode: PolicyMode | None
    new_mode: PolicyMode
    approval_path: str = Field(
        description="auto, threshold, regret, promise_broken, graduation_lost, revert or human:<id>"
    )
    confidence_at_activation: float
    confidence_version: str
    loop_id: str | None = Field(validation_alias="loop_trace_id")
    note: str
    at: datetime = Field(validation_alias="activated_at")


class ExceptionOut(Schema):
    """Load it with the people who began and ended it."""

    exception_id: int = Field(validation_alias="pk")
    condition: dict[str, Any] = Field(validation_alias="conditions")
    reason: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None

    @staticmethod
    def resolve_created_by(one: PolicyException) -> str:
        return str(one.created_by)

    @staticmethod
    def resolve_ended_by(one: PolicyException) -> str | None:
        return str(one.ended_by) if one.ended_by else None


class ConfirmIn(BaseModel):
    note: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)
    revision: int | None = Field(None, description="as it was read; 409 if it has changed since")


class ConfirmedOut(Schema):
    policy_id: str
    mode: PolicyMode
    revision: int
    confirmations_received: int
    confirmations_missing: int
    obstacle: str = Field(description="why it was not activated though enough people confirmed it")


def confirmed_out(confirmed: Confirmed) -> ConfirmedOut:
    policy = confirmed.policy
    return ConfirmedOut(
        policy_id=policy.pk,
        mode=PolicyMode(policy.mode),
        revision=policy.revision,
        confirmations_received=policy.confirmations_received,
        confirmations_missing=confirmed.missing,
        obstacle=confirmed.obstacle,
    )


class ActivateIn(BaseModel):
    override_reason: str | None = Field(
        None,
        max_length=MAX_NOTE,
        pattern=PLAIN,
        description="an admin's, to activate it without the confirmations it lacks",
    )


class ReasonIn(BaseModel):
    reason: str = Field(max_length=MAX_NOTE, pattern=PLAIN)


class ActionIn(BaseModel):
    type: str = Field(max_length=32)
    params: dict[str, Any] = {}


class ModifyIn(BaseModel):
    version: int = Field(description="of the policy as it was read; 409 if it has changed since")
    name: str = Field(max_length=MAX_NAME)
    condition: dict[str, Any]
    action: ActionIn
    scope_type: str = Field("tenant", max_length=16, description="tenant or agent")
    agent_id: str = Field("", max_length=MAX_NAME, description="with the scope `agent`")
    reason: str = Field(max_length=MAX_NOTE, pattern=PLAIN)
    preview: bool = Field(False, description="only say what would follow; nothing is changed")

    def edit(self) -> RuleEdit:
        """The content wanted, not yet checked."""
        return RuleEdit(
            name=self.name,
            conditions=self.condition,
            action_type=self.action.type,
            action_params=self.action.params,
            scope_type=self.scope_type,
            agent_id=self.agent_id,
        )


class ChangeOut(Schema):
    """A field as it was, and as the edit has it."""

    field: str
    before: Any
    after: Any


class ModifiedOut(Schema):
    """What an edit did to a policy, or for a preview, what it would do."""

    policy: PolicyOut = Field(description="as it is now; a preview leaves it as it was")
    is_preview: bool
    changes: list[ChangeOut]
    confirmations_dropped_of: list[str] | None = Field(
        description="whose yes no longer counts; null where you may not know it before the edit"
    )


CONTENT_NAMES: Final = {"conditions": "condition", "actions": "action"}


def modified_out(found: Rewritten, *, is_preview: bool) -> dict[str, Any]:
    """The parts of a ModifiedOut."""
    is_told = not is_preview or confirmations_told(found.policy) is not None
    return {
        "policy": found.policy,
        "is_preview": is_preview,
        "changes": [
            {"field": CONTENT_NAMES.get(name, name), "before": found.before[name], "after": value}
            for name, value in found.after.items()
            if value != found.before[name]
        ],
        "confirmations_dropped_of": [str(one) for one in found.dropped] if is_told else None,
    }


class ExceptIn(BaseModel):
    condition: dict[str, Any]
    reason: str = Field(max_length=MAX_NOTE, pattern=PLAIN)
    expires_at: datetime = Field(description="90 days from now at the latest")

    def requests(self) -> ExceptedRequests:
        """What is to be left alone, not yet checked; a time without a zone is in UTC."""
        ends = self.expires_at
        aware = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
        return ExceptedRequests(self.condition, self.reason, aware)
