"""The page on which a person decides: everything they should know, and what they may answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loops.actions.contracts import Subject, digest_now
from loops.domain.states import CheckpointPriority, CheckpointType, Resolution, Risk
from loops.models import HumanCheckpoint, PolicyRule, RecoveryCandidate
from loops.models.checkpoints import HumanCheckpointQuerySet
from loops.presenters.answered import Answered, history_of
from loops.presenters.checkpoint_rules import governed_by
from loops.presenters.checkpoint_tools import Tools, tools_of
from loops.presenters.checkpoints import agreed_by, confirmed, due_at, is_overdue, votes_of
from loops.presenters.comments import Remarks, remarks_of
from loops.presenters.contracts import Term, changes_of, subject_told, terms_of
from loops.presenters.decision_figures import Sum, Weighed, judged_of, match_of, sum_of
from loops.presenters.decision_options import Option, options_of
from loops.presenters.decision_reading import (
    Found,
    following,
    policy_among,
    read_around,
    voices_in,
)
from loops.presenters.forecasts import AgentForecast, forecasts_before
from loops.presenters.held import Holding, holding_of
from loops.presenters.looks import marks_of
from loops.presenters.matches import MatchReason
from loops.presenters.past_outcomes import past_of
from loops.presenters.payloads import Payload, payload_of
from loops.presenters.reach import reach_of
from loops.presenters.rejections import rejected_before
from loops.presenters.seen import sealed
from loops.presenters.silence import silence_of
from loops.presenters.wordings import ANSWERS, PRIORITIES, RISKS, kind_of, question_of, recovery_of
from m25console.access import Actor
from m25console.looks import Look
from m25console.refusals import NotFound


@dataclass(frozen=True)
class DecisionPage:
    """All that the page of one checkpoint shows."""

    checkpoint: HumanCheckpoint
    kind: str
    question: str
    priority: Look
    due_at: datetime | None
    is_overdue: bool
    votes: str
    digest: str
    subject: Mapping[str, Any]  # of the contract, as it is now
    terms: list[Term]
    reason: MatchReason | None
    weighed: Weighed
    options: list[Option]
    tools: Tools
    history: list[Answered]
    answer: Look | None
    decided_by: str
    policy: PolicyRule | None  # if one is in question
    risk: Look
    done: list[Look]  # what was carried out, and whether it helped: neither follows from a yes
    silence: list[str]
    holding: Holding
    payload: list[Payload]
    forecasts: list[AgentForecast]  # while a change of routing is in question
    remarks: Remarks
    next_id: str  # of the checkpoint that has waited longest, empty if none waits for this person

    @property
    def in_force(self) -> str:
        """What governed the question when it was raised; empty for one older than the rules."""
        rules = self.checkpoint.contract.get("rules")
        return governed_by(rules) if rules else ""

    @property
    def sealed(self) -> str:
        """What this page shows, for the form to bring back."""
        return sealed(self.checkpoint, self.subject, self.weighed, digest=self.digest)

    @property
    def requester(self) -> str:
        """Who asked for it; empty if the loop did."""
        return str(self.checkpoint.contract.get("subject", {}).get("asked_by", ""))

    @property
    def may_be_rejected(self) -> bool:
        return Resolution.REJECT in self.checkpoint.options

    @property
    def may_decide(self) -> bool:
        return any(option.verdict.allowed for option in self.options)

    @property
    def reason_hint(self) -> str:
        """Which answers need a reason."""
        wanting = [one.label.lower() for one in self.options if one.needs_reason]
        return f"needed to {wanting[0]}, else optional" if wanting else "optional"

    @property
    def obstacle(self) -> str:
        """Why nothing can be answered, if that is so."""
        return "" if self.may_decide else self.options[0].verdict.reason

    @property
    def obstacles(self) -> list[Option]:
        """The answers that cannot be given while others can."""
        return [one for one in self.options if not one.verdict.allowed] if self.may_decide else []

    @property
    def is_wanted_now(self) -> bool:
        return self.checkpoint.is_pending and self.due_at == self.checkpoint.created_at


def checkpoint_of(actor: Actor, checkpoint_id: str) -> HumanCheckpoint:
    """The checkpoint with all it refers to. Raises NotFound unless it is of the actor's tenant."""
    return the_one(checkpoints_called(actor, checkpoint_id))


def checkpoints_called(actor: Actor, checkpoint_id: str) -> HumanCheckpointQuerySet:
    """The actor's tenant's checkpoint of this id with all it refers to, if there is one."""
    return (
        HumanCheckpoint.objects.for_tenant(actor.tenant)
        .select_related(
            "incident__matched_pattern",
            "trace__recovery__selected_action",
            "resolved_by",
            "claimed_by",
        )
        .with_snooze_of(actor.user)
        .annotate(agreed_by_me=agreed_by(actor), policy_confirmations=confirmed())
        .filter(pk=checkpoint_id)
    )


def the_one(found: Iterable[HumanCheckpoint]) -> HumanCheckpoint:
    """The checkpoint that was found. Raises NotFound without any."""
    for checkpoint in found:
        return checkpoint
    raise NotFound("There is no such checkpoint.")


def decision_page(checkpoint: HumanCheckpoint, *, actor: Actor, now: datetime) -> DecisionPage:
    """The page of a checkpoint from `checkpoint_of`; one query."""
    found = read_around(checkpoint, actor=actor, now=now)
    policy = policy_among(found["policies"], target_id=checkpoint.target_id)
    proposed = policy if checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY else None
    recovery = recovery_of(checkpoint)
    forecasts = forecasts_before(checkpoint, found.get("ahead", ()), now=now)
    holding = holding_of(checkpoint, found["holds"], actor=actor, now=now)
    return DecisionPage(
        **_asked(checkpoint, now),
        **_answers(checkpoint, found),
        **_contract(checkpoint, proposed or recovery),
        weighed=_weighed(checkpoint, found, proposed, forecasts),
        tools=tools_of(checkpoint, actor=actor, now=now),
        reason=match_of(found["matching"]),
        done=marks_of(recovery)[1:] if recovery else [],
        payload=payload_of(checkpoint, recovery=recovery, policy=proposed),
        holding=holding,
        options=options_of(
            checkpoint, actor=actor, policy=policy, voices=voices_in(found), free=holding.free
        ),
        policy=proposed,
        forecasts=forecasts,
        remarks=remarks_of(found["remarks"], members=found["members"]),
    )


def _weighed(
    checkpoint: HumanCheckpoint,
    found: Found,
    proposed: PolicyRule | None,
    forecasts: list[AgentForecast],
) -> Weighed:
    """What a person weighs before they answer."""
    return Weighed(
        sum=None if proposed else _sum(checkpoint),
        past=past_of(found["past"]),
        judged=judged_of(checkpoint, found["judged"]),
        reach=reach_of(checkpoint, found, policy=proposed, forecasts=forecasts),
        changes=changes_of(checkpoint, proposed or recovery_of(checkpoint)),
        rejected=rejected_before(found["rejected"]),
    )


def _contract(checkpoint: HumanCheckpoint, about: Subject | None) -> dict[str, Any]:
    """What exactly is decided, as it is now."""
    return {
        "digest": digest_now(checkpoint, about),
        "subject": subject_told(checkpoint, about),
        "terms": terms_of(checkpoint, about),
    }


def _sum(checkpoint: HumanCheckpoint) -> Sum | None:
    """The parts of the confidence of the loop's remedy, whatever is asked about it."""
    found: RecoveryCandidate | None = getattr(checkpoint.trace, "recovery", None)
    return sum_of(found) if found is not None else None


def _asked(checkpoint: HumanCheckpoint, now: datetime) -> dict[str, Any]:
    """What is asked, how soon and how risky it is."""
    return {
        "checkpoint": checkpoint,
        "kind": kind_of(checkpoint),
        "question": question_of(checkpoint),
        "priority": PRIORITIES[CheckpointPriority(checkpoint.priority)],
        "risk": RISKS[Risk(checkpoint.risk)],
        "due_at": due_at(checkpoint),
        "is_overdue": is_overdue(checkpoint, now=now),
        "silence": silence_of(checkpoint),
    }


def _answers(checkpoint: HumanCheckpoint, found: Found) -> dict[str, Any]:
    """What was answered so far, and what waits next."""
    return {
        "votes": votes_of(checkpoint),
        "history": history_of(checkpoint, found["history"]),
        "answer": ANSWERS[Resolution(checkpoint.resolution)] if checkpoint.resolution else None,
        "decided_by": str(checkpoint.resolved_by or "the console") if checkpoint.resolution else "",
        "next_id": next((row["pk"] for row in found["following"]), ""),
    }


def next_of(checkpoint: HumanCheckpoint, *, actor: Actor, now: datetime) -> str:
    """The id of another one that waits for this person the longest; empty if none does."""
    return next((row["pk"] for row in following(checkpoint, actor=actor, now=now)), "")
