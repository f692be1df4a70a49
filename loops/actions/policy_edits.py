"""Rewriting a policy, and taking requests out of it for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from loops.actions import policy_checks as checks
from loops.actions.policies import held
from loops.actions.policy_modes import change_mode, dismiss_proposals
from loops.actions.policy_revisions import begin_revision, content_of
from loops.actions.policy_votes import votes_on
from loops.domain.policy import activated_by
from loops.domain.rule_edit import EditFault, RuleEdit, condition_faults, content
from loops.domain.states import PolicyMode
from loops.feed import tell_of_policy
from loops.models import PolicyException, PolicyRegretSummary, PolicyRule
from m25console import audit
from m25console.access import Actor
from m25console.models import User
from m25console.refusals import InvalidInput, NotFound, WrongState

REWRITTEN = "The policy was changed; its new revision needs new confirmations."


@dataclass(frozen=True)
class ExceptedRequests:
    """Which requests a policy leaves alone, why, and until when at the latest."""

    conditions: Any
    reason: str
    expires_at: datetime


@dataclass(frozen=True)
class Rewritten:
    """A policy with new content; what it was, and whose yes to that no longer counts."""

    policy: PolicyRule
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    dropped: Sequence[User]


def preview(*, policy: PolicyRule, edit: RuleEdit, seen_version: int, by: Actor) -> Rewritten:
    """What `modify` would do to the policy now; nothing is changed. Raises what `modify` raises."""
    checks.check_modify(by, policy)
    _check_version(policy, seen_version)
    before, after = content_of(policy), _content(edit, policy)
    if after == before:
        raise InvalidInput("Nothing was changed.", fields={"": ["Nothing was changed."]})
    return Rewritten(policy, before, after, votes_on(policy))


@transaction.atomic
def modify(
    *, policy_id: str, edit: RuleEdit, seen_version: int, reason: str, by: Actor, now: datetime
) -> Rewritten:
    """Give the policy new content, as a revision that nobody has confirmed yet.

    One that was enforced observes from now on: what it enforced is gone. Regrets of the old
    content are forgiven, and those who had agreed to it are told. Raises NotFound, NotPermitted,
    InvalidInput or PolicyChanged, having changed nothing.
    """
    policy = held(policy_id, by=by)
    found = preview(policy=policy, edit=edit, seen_version=seen_version, by=by)
    note = checks.check_reason(reason)
    assert by.user is not None  # only people may administer
    begin_revision(policy, changes=found.after, label=by.label, author=by.user, note=note, now=now)
    _forgive(policy, now=now)
    _record(found, note=note, by=by, now=now)
    if policy.mode == PolicyMode.ACTIVE:
        path = activated_by(by.user.pk)
        change_mode(policy, to=PolicyMode.SHADOW, path=path, now=now, by=by, note=note)
    dismiss_proposals(policy, note=REWRITTEN, now=now)
    tell_of_policy(policy, now=now)
    return found


@transaction.atomic
def except_from(
    *, policy_id: str, requests: ExceptedRequests, by: Actor, now: datetime
) -> PolicyException:
    """Let the policy leave requests alone for a while.

    Raises NotFound, NotPermitted or InvalidInput, having changed nothing.
    """
    policy = held(policy_id, by=by)
    checks.check_modify(by, policy)
    note = checks.check_reason(requests.reason)
    checks.check_expiry(requests.expires_at, now=now)
    if faults := condition_faults(requests.conditions):
        raise _invalid(EditFault(faults))
    assert by.user is not None  # only people may administer
    made = PolicyException.objects.create(
        tenant=by.tenant,
        policy=policy,
        conditions=requests.conditions,
        reason=note,
        created_by=by.user,
        created_at=now,
        expires_at=requests.expires_at,
    )
    after = {"exception": made.pk, "expires_at": made.expires_at.isoformat()}
    audit.record(by=by, action="policy.except", about=policy, after=after, note=note, now=now)
    tell_of_policy(policy, now=now)
    return made


@transaction.atomic
def end_exception(
    *, policy_id: str, exception_id: int, by: Actor, now: datetime
) -> PolicyException:
    """Let the policy judge those requests again, before the exception ends by itself.

    Raises NotFound, NotPermitted or WrongState, having changed nothing.
    """
    policy = held(policy_id, by=by)
    checks.check_modify(by, policy)
    mine = PolicyException.objects.filter(policy=policy, pk=exception_id)
    found = mine.select_for_update(of=("self",)).first()
    if found is None:
        raise NotFound("This policy has no such exception.")
    if found.ended_at is not None or found.expires_at <= now:
        raise WrongState("This exception is over already.")
    found.ended_at, found.ended_by = now, by.user
    found.save(update_fields=["ended_at", "ended_by"])
    after = {"exception": found.pk}
    audit.record(by=by, action="policy.end_exception", about=policy, after=after, now=now)
    tell_of_policy(policy, now=now)
    return found


def _check_version(policy: PolicyRule, seen: int) -> None:
    """Whether the policy is still what somebody began to edit."""
    if policy.version == seen:
        return
    raise checks.PolicyChanged(
        f"Somebody changed this policy while you edited it: it is revision {policy.revision} now, "
        f"in mode {policy.mode}. Compare, and save again if yours should stand."
    )


def _content(edit: RuleEdit, policy: PolicyRule) -> dict[str, Any]:
    try:
        return content(edit, tenant_id=policy.tenant_id)
    except EditFault as fault:
        raise _invalid(fault) from None


def _invalid(fault: EditFault) -> InvalidInput:
    fields = {name: [message] for name, message in fault.faults.items()}
    return InvalidInput("Some of it is not right yet.", fields=fields)


def _forgive(policy: PolicyRule, *, now: datetime) -> None:
    """What the old content did is not held against the new one."""
    policy.regret_count = 0
    policy.save(update_fields=["regret_count"])
    PolicyRegretSummary.objects.filter(policy=policy).update(
        regret_score=0, regret_event_count=0, demoted_at=None, demoted_reason="", last_updated=now
    )


def _record(found: Rewritten, *, note: str, by: Actor, now: datetime) -> None:
    revision = found.policy.revision
    dropped = [str(one) for one in found.dropped]
    audit.record(
        by=by,
        action="policy.modify",
        about=found.policy,
        before={**found.before, "revision": revision - 1},
        after={
            **found.after,
            "revision": revision,
            **({"confirmations_dropped": dropped} if dropped else {}),
        },
        note=note,
        now=now,
    )
