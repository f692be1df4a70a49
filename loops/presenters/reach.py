"""How far a yes would reach: what it touches, counted before anybody gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from loops.domain.states import CheckpointType, LoopOutcome, PolicyScope
from loops.engine.backtests import replay
from loops.models import HumanCheckpoint, Incident, LoopTrace, PolicyRule, WebhookEndpoint
from loops.presenters.forecasts import AgentForecast
from loops.presenters.wordings import SCOPE_WORDS, asks_about_match
from m25console.together import Row, Rows, Select, how_many

WINDOW: Final = timedelta(days=30)
LOOKED_AT: Final = 1000  # incidents of the pattern, the newest
OPEN: Final = (LoopOutcome.RUNNING, LoopOutcome.WAITING)


@dataclass(frozen=True)
class Touched:
    """One thing that would be touched."""

    label: str
    value: str


def under_way(checkpoint: HumanCheckpoint) -> Select:
    """How many loops of the pattern's newest incidents have not ended."""
    alike = Incident.objects.filter(
        tenant=checkpoint.tenant_id, matched_pattern=checkpoint.incident.matched_pattern_id
    )
    newest = alike.newest_first().values("pk")[:LOOKED_AT]
    return how_many(LoopTrace.objects.filter(incident__in=newest, outcome__in=OPEN))


def endpoint_of(checkpoint: HumanCheckpoint) -> Rows:
    """Where the tenant's recoveries are sent to be carried out, if anywhere."""
    enabled = WebhookEndpoint.objects.filter(tenant=checkpoint.tenant_id, is_enabled=True)
    return enabled.order_by("pk").values("url")[:1]


def reach_of(
    checkpoint: HumanCheckpoint,
    found: Mapping[str, Sequence[Row]],
    *,
    policy: PolicyRule | None,
    forecasts: list[AgentForecast],
) -> list[Touched]:
    """What a yes touches, as far as it is known at once. `found` has the rows of `under_way` and
    `endpoint_of`."""
    if checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY and policy is not None:
        return _of_policy(policy)
    if forecasts:
        return _of_routing(forecasts)
    if checkpoint.checkpoint_type != CheckpointType.APPROVE_RECOVERY:
        return []
    if asks_about_match(checkpoint):
        return [Touched("Does by itself", "nothing: the loop goes on and suggests a recovery")]
    return _of_recovery(checkpoint, found)


def backtest_of(policy: PolicyRule, *, now: datetime) -> list[Touched]:
    """What the policy would have done lately: slow, so asked for apart."""
    result = replay(policy, since=now - WINDOW, until=now)
    found = result.findings
    return [
        Touched("Would have stopped", f"{len(found.stopped):,} other failures"),
        Touched("Good requests it would have acted on", f"{len(found.good_blocked):,}"),
        Touched("Outcome unknown, acted on", f"{len(found.unknown_blocked):,}"),
        Touched("Of its own pattern, missed", f"{len(found.missed):,}"),
        Touched("Judged in all", f"{found.asked:,} in {WINDOW.days} days"),
        *(Touched("Left out", cut) for cut in result.cut),
    ]


def _of_policy(policy: PolicyRule) -> list[Touched]:
    agent = f": {policy.scope_id}" if policy.scope_type == "agent" else ""
    return [Touched("Concerns", f"{SCOPE_WORDS[PolicyScope(policy.scope_type)]}{agent}")]


def _of_routing(forecasts: list[AgentForecast]) -> list[Touched]:
    told = []
    for one in forecasts:
        heard = f"{one.reading.decisions:,} decisions in the last 24 hours"
        told.append(Touched(one.agent_id, f"{one.weight_now} → {one.weight_after}; {heard}"))
        shares = ", ".join(f"{to.agent_id} {to.share:.0%}" for to in one.receivers)
        told.append(Touched("Its traffic goes to", shares or "nobody known"))
    return told


def _of_recovery(checkpoint: HumanCheckpoint, found: Mapping[str, Sequence[Row]]) -> list[Touched]:
    [counted] = found["under_way"]
    is_most = counted["n"] == LOOKED_AT
    waiting = f"{LOOKED_AT} of the newest {LOOKED_AT:,}" if is_most else str(counted["n"])
    called = [f"sent to {urlsplit(row['url']).netloc}" for row in found["endpoint"]]
    return [
        Touched("Incidents of this pattern under way", f"{waiting}; only this one is touched"),
        Touched("Agent", checkpoint.incident.affected_agent_id or "none named"),
        Touched("Carried out", *(called or ["by nobody: it is only recorded"])),
    ]
