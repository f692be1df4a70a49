"""Replaying a policy over what really happened, by the evaluator that judges requests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, QuerySet

from loops.actions.rules import rule_of, standing_exceptions
from loops.domain import backtest
from loops.domain.backtest import Event, Findings, Rate, wilson
from loops.domain.evaluation import PATTERN, RuleBook, features_of
from loops.domain.states import PolicyMode, TrafficLabel
from loops.engine.recognising import recognise_many
from loops.models import Incident, PolicyEvaluation, PolicyRule
from m25console.together import fetch_together

MAX_INCIDENTS: Final = 5000
MAX_OF_PATTERN: Final = 1000  # incidents of its own pattern, whatever their age in the window
MAX_REQUESTS: Final = 10_000
MAX_RECOGNISED: Final = 1000  # requests whose pattern nobody had asked for
INCIDENT_COLUMNS: Final = (
    "title", "error_type", "error_code", "error_message", "context", "affected_agent_id",
    "agent_capability", "api_endpoint", "status_code", "external_id", "matched_pattern_id",
    "created_at",
)  # fmt: skip
_REQUEST_COLUMNS: Final = (
    "features", "external_id", "pattern_id", "label", "agent_id", "created_at",
)  # fmt: skip


@dataclass(frozen=True)
class Replay:
    """What a policy would have done in a window, and what was left out for its size.

    `is_readable` is False for a policy whose condition or action cannot be read.
    """

    since: datetime
    until: datetime
    findings: Findings
    rate: Rate
    cut: tuple[str, ...] = ()
    is_readable: bool = True


def replay(policy: PolicyRule, *, since: datetime, until: datetime) -> Replay:
    """What the policy would have done from `since` to before `until`. Writes nothing.

    One query, and up to three more for requests whose pattern nobody had asked for.
    """
    past = _past_of(policy, since=since, until=until)
    rule = rule_of(policy, exceptions=past.exceptions)
    if rule is None:
        return Replay(since, until, Findings(), Rate(), is_readable=False)
    rule = replace(rule, mode=PolicyMode.ACTIVE)
    became = {one.external_id for one in past.incidents if one.external_id}
    asked = [one for one in past.requests if one.external_id not in became]
    patterns, unrecognised = _patterns(asked, RuleBook([rule]), tenant_id=policy.tenant_id)
    happened = [_incident_event(one, policy) for one in past.incidents]
    judged = [_request_event(one, policy, patterns.get(one.pk)) for one in asked]
    findings = backtest.replay(rule, [*happened, *judged])
    cut = (*past.cut, _unknown(unrecognised))
    rate = wilson(hits=findings.acted, of=findings.asked)
    return Replay(since, until, findings, rate, tuple(one for one in cut if one))


@dataclass(frozen=True)
class _Past:
    """What a policy is judged by: incidents of its pattern and of all, and requests, the newest
    of each; and the exceptions from it that stand."""

    incidents: Sequence[Incident]
    requests: Sequence[PolicyEvaluation]
    exceptions: Sequence[Mapping[str, Any]]
    cut: tuple[str, ...]


def _past_of(policy: PolicyRule, *, since: datetime, until: datetime) -> _Past:
    window = {"tenant": policy.tenant_id, "created_at__gte": since, "created_at__lt": until}
    everything = Incident.objects.filter(**window, is_synthetic=False).only(*INCIDENT_COLUMNS)
    pattern = policy.source_pattern_id
    own = everything.filter(matched_pattern=pattern) if pattern else everything.none()
    asked = PolicyEvaluation.objects.filter(**window).only(*_REQUEST_COLUMNS)
    exceptions = standing_exceptions(policy.tenant_id, policy=policy)
    of_all = _newest(everything, MAX_INCIDENTS)
    of_pattern = _newest(own, MAX_OF_PATTERN)
    requests = _newest(asked, MAX_REQUESTS)
    fetch_together(of_all, of_pattern, requests, exceptions)
    found = {one.pk: one for one in (*of_all[:MAX_INCIDENTS], *of_pattern[:MAX_OF_PATTERN])}
    cut = (
        _only(MAX_INCIDENTS, "incidents", of=len(of_all)),
        _only(MAX_OF_PATTERN, "incidents of its pattern", of=len(of_pattern)),
        _only(MAX_REQUESTS, "requests", of=len(requests)),
    )
    newest = sorted(found.values(), key=lambda one: (one.created_at, one.pk), reverse=True)
    return _Past(newest, list(requests)[:MAX_REQUESTS], list(exceptions), cut)


def _newest[T: Model](rows: QuerySet[T], most: int) -> QuerySet[T]:
    """One more than is looked at, so that it can be said whether any was left out."""
    return rows.order_by("-created_at", "-id")[: most + 1]


def _only(most: int, what: str, *, of: int) -> str:
    return f"only the newest {most:,} {what} were looked at" if of > most else ""


def _unknown(number: int) -> str:
    return f"the failure pattern of {number:,} requests is not known" if number else ""


def _patterns(
    requests: Iterable[PolicyEvaluation], book: RuleBook, *, tenant_id: str
) -> tuple[dict[str, str], int]:
    """The pattern of each request for which it matters, and for how many it is not known.

    Most evaluations say it. The newest of the others are recognised now.
    """
    known: dict[str, str] = {}
    unsaid: list[PolicyEvaluation] = []
    for one in requests:
        if one.pattern_id is not None:
            known[one.pk] = one.pattern_id
        elif book.may_ask_pattern(one.features):
            unsaid.append(one)
    tried = unsaid[:MAX_RECOGNISED]
    found = recognise_many([one.features for one in tried], tenant_id=tenant_id)
    known |= {
        one.pk: recognised.pattern_id
        for one, recognised in zip(tried, found, strict=True)
        if recognised is not None
    }
    return known, len(unsaid) - len(tried)


def _incident_event(one: Incident, policy: PolicyRule) -> Event:
    of_pattern = (
        policy.source_pattern_id is not None and one.matched_pattern_id == policy.source_pattern_id
    )
    taught = one.pk == policy.source_incident_id or (
        of_pattern and one.created_at <= policy.created_at
    )
    return Event(
        id=one.pk,
        at=one.created_at,
        features=_seen(features_of_incident(one), one.matched_pattern_id),
        told=one.title,
        label=TrafficLabel.BAD,
        is_incident=True,
        of_pattern=of_pattern,
        taught=taught,
    )


def _request_event(one: PolicyEvaluation, policy: PolicyRule, pattern_id: str | None) -> Event:
    features = one.features
    return Event(
        id=one.pk,
        at=one.created_at,
        features=_seen(features, pattern_id),
        told=features.get("message") or features["error_type"],
        label=TrafficLabel(one.label),
        of_pattern=pattern_id is not None and pattern_id == policy.source_pattern_id,
    )


def _seen(features: dict[str, Any], pattern_id: str | None) -> dict[str, Any]:
    return features | {PATTERN: pattern_id} if pattern_id else features


def features_of_incident(one: Incident) -> dict[str, Any]:
    """An incident as it would have been asked about."""
    return features_of(
        error_type=one.error_type,
        error_code=one.error_code,
        message=one.error_message,
        context=one.context or {},
        agent_id=one.affected_agent_id,
        agent_capability=one.agent_capability,
        api_endpoint=one.api_endpoint,
        status_code=one.status_code,
    )


def events_of(found: Findings) -> Iterator[tuple[str, list[Event]]]:
    """The lists of a replay by their names, in the order people read them."""
    yield "stopped", found.stopped
    yield "good_blocked", found.good_blocked
    yield "unknown_blocked", found.unknown_blocked
    yield "missed", found.missed
    yield "taught", found.taught
