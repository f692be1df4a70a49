"""For every way a loop can stop: what happened, and what to do next.

Read by the person on call at three in the morning, so each says whether they are needed at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loops.domain.states import FailureState


@dataclass(frozen=True)
class Explanation:
    """Two plain sentences."""

    what_happened: str
    what_to_do: str


EXPLANATIONS: Final[Mapping[FailureState, Explanation]] = {
    FailureState.MATCH_FAILED: Explanation(
        "The incident could not be compared with the known patterns because of an error.",
        "The incident itself is safe. Read the error on this stage, then retry the stage.",
    ),
    FailureState.MATCH_LOW_CONFIDENCE: Explanation(
        "No known pattern resembles this incident closely enough to act on.",
        "Treat the incident by hand; nothing was changed and no recovery was suggested.",
    ),
    FailureState.RECOVERY_REJECTED: Explanation(
        "No acceptable recovery could be suggested for this pattern.",
        "Read the reason on this stage. If it is an error, retry; otherwise recover by hand.",
    ),
    FailureState.RECOVERY_NOT_APPLICABLE: Explanation(
        "There is no pattern to recover from: none was matched, or it no longer exists.",
        "Recover by hand and retry the matching stage once the pattern is back.",
    ),
    FailureState.POLICY_LOW_CONFIDENCE: Explanation(
        "The recovery is not settled or not certain enough to learn a policy from.",
        "Nothing is urgent: the recovery stands as it is, and no policy was made.",
    ),
    FailureState.POLICY_REJECTED: Explanation(
        "The policy was refused, or an error stopped it from being made.",
        "No policy is in force from this loop. Read the reason on this stage; retry an error.",
    ),
    FailureState.POLICY_SHADOW_MODE: Explanation(
        "The policy only observes for now: it counts what it would have done.",
        "Look at its shadow results and approve it if they convince you.",
    ),
    FailureState.ROUTING_ADJUSTMENT_SKIPPED: Explanation(
        "Routing was left as it is: there was no policy to act on, or a person cancelled it.",
        "Nothing to do. The loop can go further when the failure has happened more often.",
    ),
    FailureState.ROUTING_GUARDRAIL_BLOCKED: Explanation(
        "Every routing change was refused because the agents are at their floor already.",
        "Look at what ails these agents; roll back older adjustments if they are well again.",
    ),
    FailureState.HUMAN_CHECKPOINT_PENDING: Explanation(
        "The loop waits for a person's decision and changes nothing meanwhile.",
        "Open its checkpoint and decide.",
    ),
    FailureState.TIMEOUT: Explanation(
        "A stage took longer than it may, and was stopped.",
        "Nothing of that stage was kept. Retry it; if it times out again, look at the load.",
    ),
    FailureState.ERROR: Explanation(
        "An unexpected error stopped the loop.",
        "Nothing of that stage was kept. Read the error, mend its cause, then retry the stage.",
    ),
    FailureState.HUMAN_CHECKPOINT_REJECTED: Explanation(
        "A person decided against going on.",
        "Nothing to do: the decision and its note are listed below.",
    ),
    FailureState.HUMAN_CHECKPOINT_EXPIRED: Explanation(
        "Nobody answered a question in the time it was given, so what it asked for was not done.",
        "Nothing was approved. Retry the stage to ask again, or recover by hand.",
    ),
    FailureState.ROUTING_KPI_REGRESSION: Explanation(
        "The agent succeeded less often after its routing was adjusted.",
        "The adjustment was taken back already. Check the policy behind it before using it again.",
    ),
    FailureState.REVERTED: Explanation(
        "A person undid what this loop had changed.",
        "Nothing to do: its policy is disabled and its routing changes are inactive.",
    ),
}
