"""The page of one policy: what it does, what it did, who agreed, and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from loops.actions import policy_checks as checks
from loops.actions.policy_checks import Voices
from loops.actions.policy_modes import proposals_of
from loops.domain.condition_words import Line, condition_tree, condition_words
from loops.domain.legible import Leaf, leaves
from loops.domain.policy import CONFIRMABLE
from loops.domain.states import PolicyMode
from loops.engine.promises import promises_of, tallies_of
from loops.models import (
    HumanCheckpoint,
    PolicyActivationAudit,
    PolicyConfirmation,
    PolicyException,
    PolicyPromise,
    PolicyRule,
    PolicyTally,
    PolicyVersion,
    RegretEvent,
)
from loops.opinions import confirmations_told, hides_opinions
from loops.presenters import regrets, replays
from loops.presenters.looks import MODES
from loops.presenters.patterns import name_of, named
from loops.presenters.policies import does_words, shadow_rate
from loops.presenters.policy_counts import Bars, Count, counts_of
from loops.presenters.policy_history import (
    Move,
    Revision,
    changes_of_mode,
    movers_of,
    moves_from,
    revisions_from,
    versions_of,
)
from loops.presenters.regrets import RegretPanel
from loops.presenters.replays import PromisePanel
from m25console.access import Actor, Verdict, verdict
from m25console.looks import Look
from m25console.models import User
from m25console.refusals import NotFound
from m25console.together import fetch_together

EXCEPTIONS_SHOWN: Final = 50
HEADS_UP: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Act:
    """Something that may be done with a policy: its button, what follows, whether this person
    may, and whether they must say why."""

    value: str
    label: str
    icon: str
    look: str
    consequence: str
    verdict: Verdict
    needs_reason: bool = False


@dataclass(frozen=True)
class ExceptionLine:
    """Requests the policy leaves alone, or left alone."""

    exception: PolicyException
    words: str
    is_over: bool
    ends_soon: bool


@dataclass(frozen=True)
class PolicyPage:
    """All that the page of one policy shows."""

    policy: PolicyRule
    mode: Look
    does: str
    tree: Sequence[Line]
    params: Sequence[Leaf]
    shadow_rate: float | None
    windows: Sequence[Count]
    bars: Bars
    confirmations: Sequence[PolicyConfirmation]  # of its revision, the oldest first
    confirmed: int | None  # by how many; None for whoever may not know before they gave their yes
    proposal: HumanCheckpoint | None
    exceptions: Sequence[ExceptionLine]
    moves: Sequence[Move]
    revisions: Sequence[Revision]
    pattern_name: str
    names: Mapping[str, str]  # by id, of what the sentences mention
    loop_id: str
    regrets: RegretPanel
    promised: PromisePanel | None
    acts: Sequence[Act]
    editing: Verdict

    @property
    def missing(self) -> int:
        return max(0, self.policy.confirmations_required - self.policy.confirmations_received)

    @property
    def may_act(self) -> bool:
        return any(act.verdict.allowed for act in self.acts)

    @property
    def is_asked(self) -> bool:
        """Whether anybody asked it in the days shown."""
        return any(count.evaluations for count in self.windows) or self.shadow_rate is not None


def policy_of(actor: Actor, policy_id: str) -> PolicyRule:
    """The policy with its pattern. Raises NotFound unless it is of the actor's tenant."""
    mine = PolicyRule.objects.for_tenant(actor.tenant).select_related(
        "source_pattern", "source_incident__loop", "regret_summary"
    )
    mine = mine.annotate(hides_opinions=hides_opinions(actor))
    found = mine.filter(pk=policy_id).first()
    if found is None:
        raise NotFound("There is no such policy.")
    return found


def policy_page(policy: PolicyRule, *, actor: Actor, now: datetime) -> PolicyPage:
    """The page of a policy from `policy_of`; three queries."""
    windows, bars = counts_of(policy, now=now)
    lists = _lists_of(policy, now=now)
    proposal = next(iter(lists.proposals), None)
    confirmed = confirmations_told(policy)
    params = policy.actions.get("params") or {}
    return PolicyPage(
        policy=policy,
        mode=MODES[PolicyMode(policy.mode)],
        does=does_words(policy),
        tree=condition_tree(policy.conditions),
        params=leaves(params) if params else [],
        shadow_rate=shadow_rate(policy),
        windows=windows,
        bars=bars,
        confirmations=list(lists.confirmations) if confirmed else [],
        confirmed=confirmed,
        proposal=proposal,
        exceptions=[_exception(one, now) for one in lists.exceptions],
        moves=moves_from(lists.moves, lists.movers),
        revisions=revisions_from(lists.versions),
        pattern_name=name_of(policy.source_pattern) if policy.source_pattern else "",
        names=named(policy.source_pattern),
        loop_id=_loop_id(policy),
        regrets=regrets.panel_of(policy, harm=lists.harm, actor=actor),
        promised=replays.panel_of(lists.promises, lists.tallies),
        acts=acts_of(policy, lists.voices, actor=actor, proposal=proposal),
        editing=verdict(checks.check_modify, actor, policy),
    )


@dataclass(frozen=True)
class _Lists:
    """The rows about one policy, each list in the order it is shown."""

    policy: PolicyRule
    confirmations: QuerySet[PolicyConfirmation]  # of its revision
    proposals: QuerySet[HumanCheckpoint]
    promises: QuerySet[PolicyPromise]
    tallies: QuerySet[PolicyTally, Any]  # days it was active
    exceptions: QuerySet[PolicyException]
    versions: QuerySet[PolicyVersion]
    moves: QuerySet[PolicyActivationAudit]
    movers: QuerySet[User]
    harm: QuerySet[RegretEvent]

    @property
    def voices(self) -> Voices:
        """Who confirmed the revision, and who wrote it."""
        wrote = (one.author_id for one in self.versions if one.revision == self.policy.revision)
        return Voices(frozenset(one.reviewer_id for one in self.confirmations), next(wrote, None))


def _lists_of(policy: PolicyRule, *, now: datetime) -> _Lists:
    """All of them; one query."""
    given = PolicyConfirmation.objects.filter(policy=policy, revision=policy.revision)
    excepted = PolicyException.objects.filter(policy=policy)
    lists = _Lists(
        policy=policy,
        confirmations=given.select_related("reviewer").order_by("at", "pk"),
        proposals=proposals_of(policy)[:1],
        promises=promises_of(policy.pk),
        tallies=tallies_of(policy.pk, now=now),
        exceptions=excepted.select_related("created_by", "ended_by").order_by("-created_at", "-pk")[
            :EXCEPTIONS_SHOWN
        ],
        versions=versions_of(policy),
        moves=changes_of_mode(policy),
        movers=movers_of(policy),
        harm=regrets.harm_of(policy),
    )
    fetch_together(*(rows for rows in vars(lists).values() if isinstance(rows, QuerySet)))
    return lists


def acts_of(
    policy: PolicyRule, voices: Voices, *, actor: Actor, proposal: HumanCheckpoint | None
) -> list[Act]:
    """What may be done with the policy in its mode, by whomever."""
    if policy.mode in CONFIRMABLE:
        return [*_waiting(policy, actor, voices, proposal), _disable(policy, actor)]
    if policy.mode == PolicyMode.ACTIVE:
        return [_observe(policy, actor), _disable(policy, actor)]
    return [_observe(policy, actor), _override(policy, actor)]


def _waiting(
    policy: PolicyRule, actor: Actor, voices: Voices, proposal: HumanCheckpoint | None
) -> list[Act]:
    missing = policy.confirmations_required - policy.confirmations_received
    if missing <= 0:
        agreeing = Act(
            "activate", "Activate", "shield-check", "btn-primary",
            "It is enforced from now on; enough people have confirmed it.",
            verdict(checks.check_activate, actor, policy, overrides=False),
        )  # fmt: skip
    else:
        openly = verdict(checks.check_confirm_openly, proposal)
        counts = verdict(checks.check_confirm, actor, policy, voices)
        agreeing = Act(
            "confirm", "Confirm", "thumb-up", "btn-primary", _agreeing(policy, missing),
            counts if openly.allowed else openly,
        )  # fmt: skip
    proposing = Act(
        "propose", "Ask the reviewers", "send", "",
        "A checkpoint appears in the queue, for everyone who may confirm it.",
        verdict(checks.check_propose, actor, policy, is_asked=proposal is not None),
    )  # fmt: skip
    return [agreeing, proposing, _override(policy, actor)]


def _agreeing(policy: PolicyRule, missing: int) -> str:
    """What follows from one more yes, as far as the reader may know."""
    if confirmations_told(policy) is None:
        enough = f"{policy.confirmations_required} people"
        return f"Your yes is counted, and seen by nobody who may still give theirs; {enough} must."
    if missing == 1:
        return "Yours is the last yes needed: it is enforced from now on."
    people = "one more person" if missing == 2 else f"{missing - 1} more people"
    return f"Your yes is counted; it is enforced once {people} confirmed it."


def _override(policy: PolicyRule, actor: Actor) -> Act:
    return Act(
        "override", "Activate without them", "bolt", "btn-reject",
        "It is enforced at once, whoever has confirmed it; your name and reason are kept.",
        verdict(checks.check_activate, actor, policy, overrides=True), needs_reason=True,
    )  # fmt: skip


def _observe(policy: PolicyRule, actor: Actor) -> Act:
    return Act(
        "observe", "Put it in shadow", "eye", "",
        "It acts on nothing; what it would do is counted.",
        verdict(checks.check_observe, actor, policy), needs_reason=True,
    )  # fmt: skip


def _disable(policy: PolicyRule, actor: Actor) -> Act:
    return Act(
        "disable", "Disable", "ban", "btn-reject",
        "It is not even asked any more. An admin can bring it back.",
        verdict(checks.check_disable, actor, policy), needs_reason=True,
    )  # fmt: skip


def _exception(one: PolicyException, now: datetime) -> ExceptionLine:
    is_over = one.ended_at is not None or one.expires_at <= now
    ends_soon = not is_over and one.expires_at - now <= HEADS_UP
    return ExceptionLine(one, condition_words(one.conditions), is_over, ends_soon)


def _loop_id(policy: PolicyRule) -> str:
    """The loop in which the policy was made."""
    home = getattr(policy.source_incident, "loop", None)
    return home.pk if home else ""
