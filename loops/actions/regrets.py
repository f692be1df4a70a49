"""Harm that policies did: who said so, what it costs the policy, and how that fades."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction

from loops.actions import policy_modes
from loops.domain import learning
from loops.domain.learning import Regret
from loops.domain.states import ActivationPath, PolicyMode, RegretType
from loops.feed import tell_of_policy
from loops.models import PolicyEvaluation, PolicyRegretSummary, PolicyRule, RegretEvent
from m25console import audit
from m25console.access import Actor, check_reviews, system_actor
from m25console.refusals import NotFound, WrongState
from m25console.rows import found

BATCH: Final = 500  # summaries in one transaction
COUNTER: Final = "regret counter"  # how the console signs a demotion


@dataclass(frozen=True)
class Harm:
    """What happened, as the person who reports it says."""

    regret_type: RegretType
    severity: int  # 1 to 10
    description: str = ""
    affected_calls: int = 0
    affected_users: int = 0
    impact_duration_seconds: int | None = None


@dataclass(frozen=True)
class Reported:
    """One report of harm, and what it did to the policy."""

    event: RegretEvent
    policy: PolicyRule
    summary: PolicyRegretSummary

    @property
    def demoted(self) -> bool:
        return self.event.was_auto_rolled_back


def check_report(actor: Actor, policy: PolicyRule) -> None:
    """Whether this actor may report harm that this policy did."""
    if policy.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such policy.")
    check_reviews(actor)
    if policy.activated_at is None:
        raise WrongState("This policy was never in force, so it cannot have done harm.")


def check_to_blame(evaluation: PolicyEvaluation, *, policy_id: str = "") -> str:
    """The id of the policy that decided; with `policy_id`, whether that is the one."""
    decided = evaluation.policy_id
    if decided is None:
        raise WrongState("No policy decided this request: it was allowed.")
    if policy_id and policy_id != decided:
        raise WrongState(
            f"Policy {decided} decided this request; {policy_id} did not, even if it matched."
        )
    return decided


@transaction.atomic
def report(
    *, harm: Harm, by: Actor, now: datetime, policy_id: str = "", evaluation_id: str = ""
) -> Reported:
    """Keep harm that a policy did, and disable the policy if that is too much.

    Name the evaluation that did the harm, if it is known: its deciding policy pays, once per
    decision, and no other that merely matched. Raises NotFound, NotPermitted or WrongState (the
    decision was another policy's, was reported before, or the policy was never in force).
    """
    if evaluation_id:
        policy_id = check_to_blame(_evaluation(evaluation_id, by=by), policy_id=policy_id)
    policy = found(PolicyRule.objects.for_tenant(by.tenant).locked(), policy_id, noun="policy")
    check_report(by, policy)
    _check_news(policy, evaluation_id)
    summary = _summary(policy, now=now)
    carried = learning.added(_carried(policy, summary, day=_day(now)), severity=harm.severity)
    reason = learning.demotion_reason(carried) if policy.mode == PolicyMode.ACTIVE else ""
    event = _event(harm, policy, evaluation_id, by=by, now=now, demotes=bool(reason))
    _carry(policy, summary, carried, reason=reason, now=now)
    _tell(policy, event, carried, by=by, now=now)
    return Reported(event, policy, summary)


def fade(now: datetime) -> dict[str, Any]:
    """Let every score fade for the days that have begun since it did last; how many did."""
    faded = 0
    while batch := _fade_some(_day(now), now=now):
        faded += batch
    return {"faded": faded}


def _evaluation(evaluation_id: str, *, by: Actor) -> PolicyEvaluation:
    mine = PolicyEvaluation.objects.for_tenant(by.tenant).only("policy")
    return found(mine, evaluation_id, noun="evaluation")


def _check_news(policy: PolicyRule, evaluation_id: str) -> None:
    known = RegretEvent.objects.filter(policy=policy, evaluation=evaluation_id or None)
    told = known.first() if evaluation_id else None
    if told is not None:
        raise WrongState(
            f"This decision was reported already: by {told.reported_by} "
            f"on {told.created_at:%-d %B %Y at %H:%M:%S} UTC."
        )


def _summary(policy: PolicyRule, *, now: datetime) -> PolicyRegretSummary:
    """The policy's summary, locked: fading changes it without the policy's lock."""
    PolicyRegretSummary.objects.bulk_create(
        [
            PolicyRegretSummary(
                policy=policy, tenant_id=policy.tenant_id, decayed_on=_day(now), last_updated=now
            )
        ],
        ignore_conflicts=True,
    )
    return PolicyRegretSummary.objects.select_for_update().get(policy=policy)


def _carried(policy: PolicyRule, summary: PolicyRegretSummary, *, day: date) -> Regret:
    days = learning.days_to_fade(faded_on=summary.decayed_on or day, today=day)
    return Regret(learning.faded(summary.regret_score, days=days), policy.regret_count)


def _event(
    harm: Harm, policy: PolicyRule, evaluation_id: str, *, by: Actor, now: datetime, demotes: bool
) -> RegretEvent:
    return RegretEvent.objects.create(
        tenant_id=policy.tenant_id,
        policy=policy,
        evaluation_id=evaluation_id or None,
        regret_type=harm.regret_type,
        description=harm.description.strip(),
        severity=harm.severity,
        affected_calls=harm.affected_calls,
        affected_users=harm.affected_users,
        impact_duration_seconds=harm.impact_duration_seconds,
        was_auto_rolled_back=demotes,
        reported_by=by.label,
        created_at=now,
    )


def _carry(
    policy: PolicyRule, summary: PolicyRegretSummary, carried: Regret, *, reason: str, now: datetime
) -> None:
    """Store what the policy carries now; with a reason, it is disabled."""
    policy.regret_count = summary.regret_event_count = carried.events
    policy.updated_at = summary.last_updated = now
    policy.save(update_fields=["regret_count", "updated_at"])
    summary.regret_score = carried.score
    summary.decayed_on = _day(now)
    if reason:
        summary.demoted_at, summary.demoted_reason = now, reason
        policy_modes.change_mode(
            policy,
            to=PolicyMode.DISABLED,
            path=ActivationPath.REGRET,
            by=system_actor(policy.tenant, label=COUNTER),
            note=reason,
            now=now,
        )
    summary.save()


def _tell(
    policy: PolicyRule, event: RegretEvent, carried: Regret, *, by: Actor, now: datetime
) -> None:
    audit.record(
        by=by,
        action="policy.regret",
        about=policy,
        after={
            "regret": event.pk,
            "type": event.regret_type,
            "severity": event.severity,
            "evaluation": event.evaluation_id,
            "score": str(carried.score),
            "events": carried.events,
            "demoted": event.was_auto_rolled_back,
        },
        note=event.description,
        now=now,
    )
    tell_of_policy(policy, now=now)


@transaction.atomic
def _fade_some(today: date, *, now: datetime) -> int:
    """Fade one batch. A summary that is locked is left out: a report is fading it."""
    due = PolicyRegretSummary.objects.filter(regret_score__gt=0, decayed_on__lt=today)
    batch = list(due.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
    for one in batch:
        days = learning.days_to_fade(faded_on=one.decayed_on or today, today=today)
        one.regret_score = learning.faded(one.regret_score, days=days)
        one.decayed_on, one.last_updated = today, now
    PolicyRegretSummary.objects.bulk_update(batch, ["regret_score", "decayed_on", "last_updated"])
    return len(batch)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
