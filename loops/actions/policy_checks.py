"""Who may do what to a policy. Each check raises a Refusal with the sentence the person reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loops.domain.checkpoints import confidence_words
from loops.domain.confidence import WEAK
from loops.domain.policy import CONFIRMABLE
from loops.domain.states import PolicyMode
from loops.models import HumanCheckpoint, PolicyConfirmation, PolicyRule, PolicyVersion
from m25console.access import Actor, check_may, check_reviews
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.rights import Permission

LONGEST_EXCEPTION: Final = timedelta(days=90)


class PolicyChanged(WrongState):
    """What somebody edited or confirmed is not the policy any more."""

    code = "policy_changed"


@dataclass(frozen=True)
class Voices:
    """Who has confirmed a policy's revision, and who wrote it; by the key of the person."""

    confirmed_by: frozenset[int]
    author: int | None


def voices_of(policy: PolicyRule) -> Voices:
    """Of its current revision; two queries."""
    given = PolicyConfirmation.objects.filter(policy=policy, revision=policy.revision)
    written = PolicyVersion.objects.filter(policy=policy, revision=policy.revision)
    return Voices(
        frozenset(given.values_list("reviewer_id", flat=True)),
        written.values_list("author_id", flat=True).first(),
    )


def check_mine(actor: Actor, policy: PolicyRule) -> None:
    """Raises NotFound unless the policy is of the actor's tenant."""
    if policy.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such policy.")


def check_confirm(actor: Actor, policy: PolicyRule, voices: Voices) -> None:
    """Whether this actor's yes would count towards activating this revision."""
    check_mine(actor, policy)
    check_reviews(actor)
    if policy.mode not in CONFIRMABLE:
        raise WrongState(
            f"This policy is {policy.mode}; only one in shadow or pending is confirmed."
        )
    if actor.people & voices.confirmed_by:
        raise WrongState("You have confirmed this revision already; another person must agree too.")
    if voices.author in actor.people:
        raise NotPermitted("You wrote this revision; somebody else must confirm it.")
    if policy.confirmations_received >= policy.confirmations_required:
        raise WrongState("This revision has all the confirmations it needs.")


def check_confirm_openly(question: HumanCheckpoint | None) -> None:
    """Whether a yes may be given on the policy itself, though this question about it is open."""
    if question is not None and question.is_blind:
        raise WrongState(
            "Opinions on this policy are blind: give yours at its checkpoint, where nobody sees it "
            "before they gave theirs."
        )


def check_activate(actor: Actor, policy: PolicyRule, *, overrides: bool) -> None:
    """Whether this actor may activate it now: on its confirmations, or by overriding them."""
    check_mine(actor, policy)
    check_reviews(actor)
    if policy.mode == PolicyMode.ACTIVE:
        raise WrongState("This policy is active already.")
    check_ready(policy)
    missing = policy.confirmations_required - policy.confirmations_received
    if missing > 0 and not overrides:
        raise WrongState(
            f"Not all of the {policy.confirmations_required} people it needs have confirmed it. "
            "The others must too, or an admin overrides that with a reason."
        )
    if overrides or policy.activated_at:
        check_may(actor, Permission.MANAGE_POLICIES)


def check_ready(policy: PolicyRule) -> None:
    """Whether its record lets it be activated at all, by whomever."""
    if policy.regret_count:
        raise WrongState("This policy did harm; it must be changed before it can be activated.")
    if policy.generation_confidence < WEAK:
        sure = confidence_words(policy.generation_confidence)
        raise WrongState(f"Its confidence is too low to enforce it: {sure}; {WEAK:.0%} is needed.")


def check_disable(actor: Actor, policy: PolicyRule) -> None:
    """Whether this actor may switch it off."""
    check_mine(actor, policy)
    check_may(actor, Permission.MANAGE_POLICIES)
    if policy.mode == PolicyMode.DISABLED:
        raise WrongState("This policy is disabled already.")


def check_observe(actor: Actor, policy: PolicyRule) -> None:
    """Whether this actor may put it back to shadow."""
    check_mine(actor, policy)
    check_may(actor, Permission.MANAGE_POLICIES)
    if policy.mode not in (PolicyMode.ACTIVE, PolicyMode.DISABLED):
        raise WrongState(
            f"This policy is {policy.mode}; it goes on from there, not back to shadow."
        )


def check_modify(actor: Actor, policy: PolicyRule) -> None:
    """Whether this actor may rewrite it or take requests out of it."""
    check_mine(actor, policy)
    check_may(actor, Permission.MANAGE_POLICIES)


def check_propose(actor: Actor, policy: PolicyRule, *, is_asked: bool) -> None:
    """Whether this actor may ask the reviewers to activate it."""
    check_mine(actor, policy)
    check_reviews(actor)
    check_askable(policy, is_asked=is_asked)


def check_askable(policy: PolicyRule, *, is_asked: bool) -> None:
    """Whether asking makes sense, whoever asks."""
    if is_asked:
        raise WrongState("This policy is proposed already; its checkpoint waits in the queue.")
    if policy.mode not in CONFIRMABLE:
        raise WrongState(
            f"This policy is {policy.mode}; only one in shadow or pending is proposed."
        )
    if policy.confirmations_received >= policy.confirmations_required:
        raise WrongState("This revision has all the confirmations it needs.")
    if policy.source_incident_id is None:
        raise WrongState(
            "This policy comes from no loop, so there is nowhere to file a checkpoint."
        )
    check_ready(policy)


def check_revision(policy: PolicyRule, *, seen: int | None) -> None:
    """Whether the policy is still the revision that somebody read; None skips the comparison."""
    if seen is not None and seen != policy.revision:
        raise PolicyChanged(
            f"You read revision {seen}; this policy is revision {policy.revision} now. "
            "Read it again, then decide."
        )


def check_reason(reason: str) -> str:
    """The reason without space around it. Raises InvalidInput if nothing is left."""
    if not reason.strip():
        told = "Give a reason: whoever reads this policy's history will need it."
        raise InvalidInput(told, fields={"reason": [told]})
    return reason.strip()


def check_expiry(expires_at: datetime, *, now: datetime) -> None:
    """Whether an exception may end then."""
    told = ""
    if expires_at <= now:
        told = "An exception must end in the future."
    elif expires_at - now > LONGEST_EXCEPTION:
        told = (
            f"An exception lasts {LONGEST_EXCEPTION.days} days at most; change the policy instead."
        )
    if told:
        raise InvalidInput(told, fields={"expires_at": [told]})
