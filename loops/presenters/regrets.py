"""What harm a policy did, how much more it may do, and the form to report it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from loops.actions import regrets
from loops.domain import learning
from loops.domain.learning import DEMOTION_EVENTS, DEMOTION_SCORE
from loops.domain.states import PolicyMode, RegretType
from loops.models import PolicyRegretSummary, PolicyRule, RegretEvent
from loops.presenters.looks import MODES
from m25console.access import Actor, Verdict, verdict
from m25console.looks import Look

SHOWN: Final = 20
TYPES: Final[Mapping[RegretType, str]] = {
    RegretType.FALSE_POSITIVE: "It stopped a good request",
    RegretType.PERF: "It slowed things down",
    RegretType.ESCALATION: "It bothered people for nothing",
    RegretType.USER_OVERRIDE: "Somebody had to get around it",
    RegretType.CASCADE: "It made something else fail",
}


@dataclass(frozen=True)
class RegretLine:
    event: RegretEvent
    words: str


@dataclass(frozen=True)
class RegretPanel:
    """What a policy carries, and who may add to it."""

    policy: PolicyRule
    mode: Look
    score: Decimal
    count: int
    tomorrow: Decimal
    demoted_reason: str
    lines: Sequence[RegretLine]
    may_report: Verdict
    score_limit: Decimal = DEMOTION_SCORE
    count_limit: int = DEMOTION_EVENTS

    @property
    def share(self) -> float:
        """How much of what it may do it has done, in [0, 1]."""
        return min(1.0, max(float(self.score / self.score_limit), self.count / self.count_limit))

    @property
    def budget(self) -> str:
        """How much more it may do, in a sentence."""
        if self.policy.mode != PolicyMode.ACTIVE:
            return "It is not in force, so it does no further harm."
        more = self.count_limit - self.count
        severity = -(-(self.score_limit - self.score) // learning.SCORE_PER_SEVERITY)
        if severity > learning.MAX_SEVERITY:
            return f"{more} more reports disable it."
        if more == 1:
            return "One more report disables it."
        return f"{more} more reports disable it, or one of severity {severity} or more."


def harm_of(policy: PolicyRule) -> QuerySet[RegretEvent]:
    """The latest that was reported of it, the latest first."""
    events = RegretEvent.objects.filter(tenant=policy.tenant_id, policy=policy).real()
    return events.newest_first()[:SHOWN]


def panel_of(policy: PolicyRule, *, harm: Iterable[RegretEvent], actor: Actor) -> RegretPanel:
    """The panel of a policy and its `harm_of`; one query unless its summary came with it."""
    summary: PolicyRegretSummary | None = getattr(policy, "regret_summary", None)
    score = summary.regret_score if summary else Decimal(0)
    return RegretPanel(
        policy=policy,
        mode=MODES[PolicyMode(policy.mode)],
        score=score,
        count=policy.regret_count,
        tomorrow=learning.faded(score, days=1),
        demoted_reason=summary.demoted_reason if summary and summary.demoted_at else "",
        lines=[RegretLine(one, TYPES[RegretType(one.regret_type)]) for one in harm],
        may_report=verdict(regrets.check_report, actor, policy),
    )
