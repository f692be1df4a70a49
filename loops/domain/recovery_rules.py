"""Which action of the catalogue a failure calls for: the rules engine, version RECOVERY_RULES_V1.

A rule that matches gives a score; some raise the confidence beside it. The numbers are those of
loop mechanics 1.0.0. The loop's own confidence stays CONFIDENCE_V1: the rules choose what would
be executed, never who has to agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = "RECOVERY_RULES_V1"
BEST: Final = 3  # scores whose mean is the total
SELECTED_FROM: Final = 0.30  # combined confidence from which an action is selected
ALONE_FROM: Final = 0.80  # and from which it may be executed without a person, if switched on
HISTORY_TRIES: Final = 3
HISTORY_RATE: Final = 0.70
HISTORY_WEIGHT: Final = 1.2
HISTORY_LIFT: Final = 0.2  # of the success rate, added to the confidence
REPEATED_FROM: Final = 5  # occurrences
MANY_FROM: Final = 10
REPEAT_LIFT: Final = 0.1


@dataclass(frozen=True)
class Facts:
    """What the rules look at: the failure's code, how often it came, and how its executions went.

    `tried` and `succeeded` count earlier executions; `usual_action` is the code of the action
    that succeeded most often among them.
    """

    code: str
    occurrences: int = 1
    tried: int = 0
    succeeded: int = 0
    usual_action: str | None = None

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.tried if self.tried else 0.0


type Test = Callable[[Facts], float | None]  # the score, or None: it does not match
type Lift = Callable[[Facts], float]
type Choice = Callable[[Facts], str | None]


def names(*patterns: str, score: float) -> Test:
    """Matches a code that contains the name, in any case."""
    return any_of(*(_name(pattern, score) for pattern in patterns))


def any_of(*tests: Test) -> Test:
    """Matches if one of them does, with the best of their scores."""

    def test(facts: Facts) -> float | None:
        return max((score for one in tests if (score := one(facts)) is not None), default=None)

    return test


def all_of(*tests: Test) -> Test:
    """Matches if all of them do, with the worst of their scores."""

    def test(facts: Facts) -> float | None:
        scores = [one(facts) for one in tests]
        known = [score for score in scores if score is not None]
        return min(known) if len(known) == len(scores) else None

    return test


def seen(times: int, *, score: float) -> Test:
    """Matches a failure that came at least so often."""
    return lambda facts: score if facts.occurrences >= times else None


def tried(times: int, *, score: float) -> Test:
    """Matches a failure for which at least so many executions ended."""
    return lambda facts: score if facts.tried >= times else None


def helped(*, rate: float, weight: float) -> Test:
    """Matches where at least this share of executions succeeded; scores by the share."""
    return lambda facts: facts.success_rate * weight if facts.success_rate >= rate else None


def _name(pattern: str, score: float) -> Test:
    return lambda facts: score if pattern in facts.code.upper() else None


@dataclass(frozen=True)
class Rule:
    """`test` scores it; of equal scores the higher priority wins."""

    rule_id: str
    priority: int
    test: Test
    action: Choice
    lift: Lift = lambda _facts: 0.0


def _always(action: str) -> Choice:
    return lambda _facts: action


RULES: Final = (
    Rule(
        "timeout_retry", 90,
        names("TIMEOUT", "DEADLINE", "TIMED_OUT", score=0.85), _always("retry_exponential"),
    ),
    Rule(
        "rate_limit_backoff", 85,
        names("RATE_LIMIT", "429", "TOO_MANY_REQUESTS", "QUOTA", score=0.90),
        _always("retry_exponential"),
    ),
    Rule(
        "server_error_fallback", 80,
        names("HTTP_5XX", "500", "502", "503", "504", "INTERNAL_ERROR", score=0.80),
        _always("circuit_breaker"),
    ),
    Rule(
        "budget_fallback", 75,
        names("BUDGET", "COST_EXCEEDED", "QUOTA_EXCEEDED", score=0.85), _always("fallback_model"),
    ),
    Rule(
        "auth_notify", 70,
        names("AUTH", "PERMISSION", "FORBIDDEN", "401", "403", score=0.75), _always("notify_ops"),
    ),
    Rule(
        "connection_retry", 65,
        names("CONNECTION", "NETWORK", "DNS", "RESOLVE", score=0.80),
        _always("retry_exponential"),
    ),
    Rule(
        "historical_success", 60,
        all_of(
            tried(HISTORY_TRIES, score=HISTORY_WEIGHT),
            helped(rate=HISTORY_RATE, weight=HISTORY_WEIGHT),
        ),
        lambda facts: facts.usual_action,
        lambda facts: facts.success_rate * HISTORY_LIFT,
    ),
    Rule(
        "escalate_repeated", 40,
        seen(REPEATED_FROM, score=0.70), _always("notify_ops"), lambda _facts: REPEAT_LIFT,
    ),
    Rule(
        "manual_review_high", 35,
        seen(MANY_FROM, score=0.85), _always("manual_intervention"), lambda _facts: REPEAT_LIFT,
    ),
    Rule(
        "unknown_manual", 10,
        names("UNKNOWN", "UNHANDLED", "UNEXPECTED", score=0.50), _always("manual_intervention"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A rule that matched."""

    rule_id: str
    score: float
    lift: float
    action: str | None


@dataclass(frozen=True)
class Judgement:
    """What the rules say: the findings, the best first; `action` is a code of the catalogue."""

    findings: Sequence[Finding]
    total: float
    confidence: float
    action: str | None


def judge(facts: Facts, *, rules: Sequence[Rule] = RULES) -> Judgement:
    """What the rules make of a failure. Numbers are in [0, 1], to four decimals."""
    found = [
        (
            rule.priority,
            Finding(rule.rule_id, round(score, 4), rule.lift(facts), rule.action(facts)),
        )
        for rule in rules
        if (score := rule.test(facts)) is not None
    ]
    found.sort(key=lambda one: (-one[1].score, -one[0]))
    findings = [finding for _, finding in found]
    best = [finding.score for finding in findings[:BEST]]
    total = sum(best) / len(best) if best else 0.0
    return Judgement(
        findings=findings,
        total=_share(total),
        confidence=_share(total + sum(finding.lift for finding in findings)),
        action=next((finding.action for finding in findings if finding.action), None),
    )


@dataclass(frozen=True)
class Selection:
    """Rules and matcher together: the action selected, if they are sure enough of one."""

    judgement: Judgement
    matcher: float
    combined: float

    @property
    def action(self) -> str | None:
        return self.judgement.action if self.combined >= SELECTED_FROM else None

    def may_execute_alone(self, *, switched_on: bool) -> bool:
        """Whether the action could be executed without a person."""
        return switched_on and self.action is not None and self.combined >= ALONE_FROM

    def as_json(self) -> list[dict[str, Any]]:
        """What is kept with the recovery: every finding, then what they came to."""
        summary: Mapping[str, Any] = {
            "version": VERSION,
            "total": self.judgement.total,
            "confidence": self.judgement.confidence,
            "matcher": self.matcher,
            "combined": self.combined,
        }
        findings = [
            {"rule_id": one.rule_id, "score": one.score, "lift": one.lift, "action": one.action}
            for one in self.judgement.findings
        ]
        return [*findings, dict(summary)]


def select(judgement: Judgement, *, matcher: float) -> Selection:
    """The rules' confidence and the matcher's, weighed equally."""
    return Selection(judgement, matcher, combined(judgement.confidence, matcher))


def combined(rules: float, matcher: float) -> float:
    """The mean of both confidences, to four decimals."""
    return _share((rules + matcher) / 2)


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
