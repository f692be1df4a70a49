"""What will happen after each answer to a checkpoint, in one sentence each."""

from collections.abc import Mapping

from loops.domain.policy import MIN_OCCURRENCES, initial_mode
from loops.domain.states import CheckpointType, PolicyMode, Resolution
from loops.models import FailurePattern, HumanCheckpoint, PolicyRule, RecoveryCandidate
from loops.opinions import confirmations_told
from loops.presenters.wordings import asks_about_match, recovery_of

DEFERRED = "Nothing changes: the loop keeps waiting, and your note is shown to whoever decides."


def consequences_of(
    checkpoint: HumanCheckpoint,
    *,
    pattern: FailurePattern | None,
    policy: PolicyRule | None,
    confirmations_for_policy: int,
) -> Mapping[Resolution, str]:
    """A sentence for every answer the checkpoint offers.

    `policy` is the live one of the pattern, or the one in question. Load the checkpoint with its
    loop's recovery.
    """
    match CheckpointType(checkpoint.checkpoint_type):
        case CheckpointType.APPROVE_RECOVERY if asks_about_match(checkpoint):
            return _of_match()
        case CheckpointType.APPROVE_RECOVERY:
            return _of_recovery(
                recovery_of(checkpoint), pattern, policy, needed=confirmations_for_policy
            )
        case CheckpointType.SIMULATE_ROUTING:
            return _of_routing(checkpoint)
        case CheckpointType.OVERRIDE_GUARDRAIL:
            return _of_guardrail()
        case CheckpointType.APPROVE_POLICY:
            return _of_policy(policy)
    return _of_revert()


def _of_match() -> Mapping[Resolution, str]:
    return {
        Resolution.APPLY: "The loop goes on and suggests a recovery for this pattern.",
        Resolution.REJECT: "The loop ends here, without a recovery. The incident stays recorded.",
        Resolution.DEFER: DEFERRED,
    }


def _of_recovery(
    recovery: RecoveryCandidate | None,
    pattern: FailurePattern | None,
    policy: PolicyRule | None,
    *,
    needed: int,
) -> Mapping[Resolution, str]:
    missing = 0
    if recovery is not None:
        missing = recovery.requires_confirmation - recovery.confirmations_received - 1
    if missing > 0:
        others = "one more person" if missing == 1 else f"{missing} more people"
        agreed = f"Your yes is counted. Nothing happens until {others} agreed too."
    else:
        then = _policy_next(recovery, pattern, policy, needed=needed)
        agreed = f"The recovery counts as applied and the loop goes on. {then}"
    return {
        Resolution.APPLY: agreed,
        Resolution.REJECT: "The recovery is rejected and the loop ends here. Nothing is learned.",
        Resolution.DEFER: DEFERRED,
    }


def _policy_next(
    recovery: RecoveryCandidate | None,
    pattern: FailurePattern | None,
    policy: PolicyRule | None,
    *,
    needed: int,
) -> str:
    if policy is not None:
        return f'The policy "{policy.name}" gains this as evidence.'
    seen = pattern.occurrence_count if pattern else 0
    if seen < MIN_OCCURRENCES:
        times = "once" if seen == 1 else f"{seen} times"
        return f"Then: a policy after {MIN_OCCURRENCES} occurrences; this was seen {times}."
    if recovery is None or initial_mode(recovery.confidence) is PolicyMode.SHADOW:
        return "Then: a policy is drafted, which at first only observes (shadow)."
    return f"Then: a policy is drafted, which does nothing until {needed} people confirm it."


def _of_routing(checkpoint: HumanCheckpoint) -> Mapping[Resolution, str]:
    agents = checkpoint.contract.get("subject", {}).get("agents", [])
    whom = agents[0] if len(agents) == 1 else f"{len(agents)} agents"
    return {
        Resolution.APPLY: f"Less traffic reaches {whom}, as stated. The change fades in a week, "
        "and is taken back if their success share drops by more than a tenth.",
        Resolution.CANCEL: "Routing stays as it is, and the loop ends without a change.",
    }


def _of_guardrail() -> Mapping[Resolution, str]:
    return {
        Resolution.OVERRIDE: "The change is made this once, although the floor is reached: the "
        "agent keeps its 20%, and stays there for longer. Your reason and name are kept.",
        Resolution.RESPECT: "Routing stays as it is, and the loop ends at its guardrail.",
    }


def _of_policy(policy: PolicyRule | None) -> Mapping[Resolution, str]:
    missing = policy.confirmations_required - policy.confirmations_received - 1 if policy else 0
    others = "one more person" if missing == 1 else f"{missing} more people"
    if policy and confirmations_told(policy) is None:
        missing, others = 1, f"{policy.confirmations_required} people"
    return {
        Resolution.APPROVE: "The policy is enforced from now on."
        if missing <= 0
        else f"Your yes is counted. The policy is enforced once {others} confirmed it.",
        Resolution.REJECT: "The policy is disabled.",
        Resolution.MODIFY: "The policy stays as it is until somebody has edited it; its "
        "confirmations start again.",
    }


def _of_revert() -> Mapping[Resolution, str]:
    return {
        Resolution.CONFIRM_REVERT: "What this loop changed is undone: its policy is disabled and "
        "its routing changes are taken back.",
        Resolution.CANCEL: "Nothing changes; what this loop did stays in force.",
    }
