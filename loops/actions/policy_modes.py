"""What a policy may do: its mode, how it changes, and what is kept of every change."""

from datetime import datetime
from typing import Any, Final

from loops.actions.policy_revisions import begin_revision
from loops.domain.states import (
    POLICY_MOVES,
    ActivationPath,
    CheckpointType,
    PolicyMode,
    Resolution,
)
from loops.feed import tell_of_policy
from loops.models import HumanCheckpoint, PolicyActivationAudit, PolicyRule
from loops.models.checkpoints import HumanCheckpointQuerySet
from m25console import audit
from m25console.access import Actor
from m25console.refusals import WrongState

FIELDS: Final = ("mode", "mode_since", "activated_at", "version", "updated_at")
OVERTAKEN: Final[dict[PolicyMode, str]] = {
    PolicyMode.SHADOW: "The policy went back to shadow before this was decided.",
    PolicyMode.PENDING: "The policy waits again.",
    PolicyMode.ACTIVE: "The policy was activated before this was decided.",
    PolicyMode.DISABLED: "The policy was disabled before this was decided.",
}


def change_mode(
    policy: PolicyRule,
    *,
    to: PolicyMode,
    path: str,
    now: datetime,
    by: Actor,
    note: str = "",
    loop_trace_id: str | None = None,
) -> None:
    """Move a policy to another mode, with its histories; proposals about it are overtaken.

    A broken promise begins a new revision: nobody has confirmed the policy as it turned out. The
    caller holds the row's lock and has checked who may do this. `path` is an ActivationPath or
    `loops.domain.policy.activated_by(…)`. Raises WrongState if POLICY_MOVES lacks the move.
    """
    row = moved(policy, to=to, path=path, now=now, note=note, loop_trace_id=loop_trace_id)
    policy.save(update_fields=FIELDS)
    row.save(force_insert=True)
    if path == ActivationPath.PROMISE_BROKEN:  # people agreed to what it had promised
        begin_revision(policy, changes={}, label=by.label, note=note, now=now)
    old, new = {"mode": row.old_mode}, {"mode": to, "path": path, "revision": policy.revision}
    action = f"policy.{to}"
    audit.record(by=by, action=action, about=policy, before=old, after=new, note=note, now=now)
    dismiss_proposals(policy, note=OVERTAKEN[to], now=now)
    tell_of_policy(policy, now=now)


def moved(
    policy: PolicyRule,
    *,
    to: PolicyMode,
    path: str,
    now: datetime,
    note: str = "",
    loop_trace_id: str | None = None,
) -> PolicyActivationAudit:
    """Set the policy's mode and return the row of its history, both unsaved; as change_mode()."""
    before = PolicyMode(policy.mode)
    if to not in POLICY_MOVES[before]:
        raise WrongState(f"This policy is {before}; it cannot become {to}.")
    policy.mode = to
    policy.mode_since = policy.updated_at = now
    policy.version += 1
    if to is PolicyMode.ACTIVE:
        policy.activated_at = now
    return PolicyActivationAudit(
        **_origin(policy),
        approval_path=path,
        old_mode=before,
        new_mode=to,
        loop_trace_id=loop_trace_id,
        note=note,
        activated_at=now,
        created_at=now,
    )


def dismiss_proposals(policy: PolicyRule, *, note: str, now: datetime) -> int:
    """Close the open questions about this policy as answered by nobody; how many there were.

    One that somebody is answering at this moment is left to them: they will be told what the
    policy has become, and the job that proposes policies closes it later.
    """
    # Locking what others hold would cross the order of locks: checkpoints come before policies.
    free = (
        proposals_of(policy)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")
        .values("pk")
    )
    return HumanCheckpoint.objects.filter(pk__in=free).update(
        resolution=Resolution.EXPIRED, resolved_at=now, auto_dismissed=True, note=note
    )


def proposals_of(policy: PolicyRule) -> HumanCheckpointQuerySet:
    """The open checkpoints that ask whether this policy may be activated."""
    return HumanCheckpoint.objects.pending().filter(
        tenant=policy.tenant_id,
        checkpoint_type=CheckpointType.APPROVE_POLICY,
        target_id=policy.pk,
    )


def _origin(policy: PolicyRule) -> dict[str, Any]:
    """What a row of history says of the policy itself."""
    return {
        "policy_id": policy.pk,
        "tenant_id": policy.tenant_id,
        "source_pattern_id": policy.source_pattern_id or "",
        "source_recovery_id": policy.source_recovery_id,
        "confidence_at_activation": policy.generation_confidence,
        "confidence_version": policy.confidence_version,
    }
