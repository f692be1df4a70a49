"""What people decide about a policy. Each function is one transaction, or none of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from loops.actions import policy_checks as checks
from loops.actions.policy_modes import change_mode, dismiss_proposals, proposals_of
from loops.domain.confidence import add_confirmation
from loops.domain.policy import activated_by
from loops.domain.states import ActivationPath, PolicyMode
from loops.feed import tell_of_policy
from loops.models import PolicyConfirmation, PolicyRule
from m25console import audit
from m25console.access import Actor, verdict
from m25console.models import User
from m25console.refusals import NotFound, WrongState

ONE_LIVE: Final = "policy_one_live_per_pattern"


@dataclass(frozen=True)
class Confirmed:
    """What a confirmation led to; `obstacle` says why a confirmed policy was not activated."""

    policy: PolicyRule
    missing: int
    obstacle: str = ""


@transaction.atomic
def confirm(
    *, policy_id: str, note: str, by: Actor, now: datetime, seen_revision: int | None = None
) -> Confirmed:
    """One person's yes to the policy as it is; the last one needed activates it.

    Raises NotFound, NotPermitted, PolicyChanged or WrongState, having changed nothing.
    """
    policy = held(policy_id, by=by)
    checks.check_revision(policy, seen=seen_revision)
    checks.check_confirm_openly(proposals_of(policy).first())
    return confirm_held(policy, note=note.strip(), by=by, now=now)


def confirm_held(policy: PolicyRule, *, note: str, by: Actor, now: datetime) -> Confirmed:
    """As confirm(), for a policy that the caller has locked."""
    voices = checks.voices_of(policy)
    checks.check_confirm(by, policy, voices)
    assert by.voice is not None  # only people may decide
    agreed = add_confirmation(
        confirmed_by=voices.confirmed_by,
        reviewer=by.voice.pk,
        required=policy.confirmations_required,
    )
    _count(policy, len(agreed.confirmed_by), note=note, by=by, now=now)
    if not agreed.enough:
        return Confirmed(policy, agreed.missing)
    ready = verdict(checks.check_ready, policy)
    if ready.allowed:
        change_mode(policy, to=PolicyMode.ACTIVE, path=ActivationPath.THRESHOLD, now=now, by=by)
    else:
        dismiss_proposals(policy, note=ready.reason, now=now)
    return Confirmed(policy, 0, ready.reason)


def _count(policy: PolicyRule, given: int, *, note: str, by: Actor, now: datetime) -> None:
    """Keep a yes, as a row and in the policy's count, with its history."""
    assert by.voice is not None  # only people may decide
    before = {"confirmations": policy.confirmations_received}
    keep_voice(policy, reviewer=by.voice, note=note, at=now)
    policy.confirmations_received = given
    policy.updated_at = now
    policy.save(update_fields=["confirmations_received", "updated_at"])
    after = {"confirmations": given, "revision": policy.revision}
    audit.record(
        by=by, action="policy.confirm", about=policy, before=before, after=after, note=note, now=now
    )
    tell_of_policy(policy, now=now)


def keep_voice(policy: PolicyRule, *, reviewer: User, note: str, at: datetime) -> None:
    """Keep a person's yes to the revision as it is and count it; the count is not saved."""
    PolicyConfirmation.objects.create(
        tenant_id=policy.tenant_id,
        policy=policy,
        revision=policy.revision,
        reviewer=reviewer,
        note=note,
        at=at,
    )
    policy.confirmations_received += 1


@transaction.atomic
def activate(
    *, policy_id: str, by: Actor, now: datetime, override_reason: str | None = None
) -> PolicyRule:
    """Enforce the policy from now on: because it was confirmed, or because an admin says so.

    A reason, even an empty one, asks to override missing confirmations. Raises NotFound,
    NotPermitted, InvalidInput (a reason that says nothing) or WrongState, having changed nothing.
    """
    policy = held(policy_id, by=by)
    overrides = override_reason is not None
    checks.check_activate(by, policy, overrides=overrides)
    note = checks.check_reason(override_reason) if override_reason is not None else ""
    path = activated_by(by.user.pk) if overrides and by.user else ActivationPath.THRESHOLD
    _move(policy, PolicyMode.ACTIVE, path=path, note=note, by=by, now=now)
    return policy


@transaction.atomic
def disable(*, policy_id: str, reason: str, by: Actor, now: datetime) -> PolicyRule:
    """Switch the policy off. Raises NotFound, NotPermitted, InvalidInput or WrongState."""
    policy = held(policy_id, by=by)
    checks.check_disable(by, policy)
    _move_for(policy, PolicyMode.DISABLED, reason=reason, by=by, now=now)
    return policy


@transaction.atomic
def observe(*, policy_id: str, reason: str, by: Actor, now: datetime) -> PolicyRule:
    """Put the policy back to shadow, where it is only counted what it would do.

    Raises NotFound, NotPermitted, InvalidInput or WrongState, having changed nothing.
    """
    policy = held(policy_id, by=by)
    checks.check_observe(by, policy)
    _move_for(policy, PolicyMode.SHADOW, reason=reason, by=by, now=now)
    return policy


def held(policy_id: str, *, by: Actor) -> PolicyRule:
    """The policy, locked; before it the questions about it. Raises NotFound."""
    mine = PolicyRule.objects.for_tenant(by.tenant).filter(pk=policy_id)
    policy = mine.first()
    if policy is None:
        raise NotFound("There is no such policy.")
    list(proposals_of(policy).locked().values_list("pk"))
    return mine.locked().get()


def _move_for(policy: PolicyRule, to: PolicyMode, *, reason: str, by: Actor, now: datetime) -> None:
    """Move the policy on a person's word, which they give a reason for."""
    assert by.user is not None  # only people may administer
    note = checks.check_reason(reason)
    _move(policy, to, path=activated_by(by.user.pk), note=note, by=by, now=now)


def _move(
    policy: PolicyRule, to: PolicyMode, *, path: str, note: str, by: Actor, now: datetime
) -> None:
    """Change the mode. Raises WrongState if another policy of its pattern is live already."""
    try:
        with transaction.atomic():
            change_mode(policy, to=to, path=path, now=now, by=by, note=note)
    except IntegrityError as error:
        if ONE_LIVE not in str(error):
            raise
        raise WrongState(
            "Another policy of the same pattern is live; disable that one first."
        ) from error
