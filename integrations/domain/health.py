"""What a provider's answer says of an integration: HEALTH_V1 of integrations 1.0.0."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from integrations.domain.states import HealthState, IntegrationStatus

VERSION: Final = "HEALTH_V1"
HEALTHY_MS: Final = 2_000  # at or below: healthy
SLOW_MS: Final = 5_000  # at or below: slow; above: very slow
FRESH_FOR: Final = timedelta(seconds=60)  # an unforced check is answered from what is stored
EVERY: Final = 300  # seconds between looks of the schedule, where nothing else is chosen
SOONEST: Final = 60  # seconds between looks that may be chosen, and
LATEST: Final = 86_400
JITTER: Final = 0.1  # of the time between looks, so that they spread
GRACE: Final = timedelta(minutes=1)  # for a look under way, before the last counts as old
OPENS: Final = 2  # failed looks among the last WATCHED that make a trouble
WATCHED: Final = 3  # looks in a row without a failure that end it
DEADLINE_SECONDS: Final = 10.0
REFUSED: Final = frozenset({"auth_failed", "access_denied", "credential"})
_BY_STATUS: Final = {
    401: (HealthState.FAILING, "auth_failed", "The provider does not know this key."),
    403: (HealthState.FAILING, "access_denied", "The provider knows this key and refuses it."),
    429: (HealthState.DEGRADED, "rate_limited", "The provider asks to be called less often."),
}


@dataclass(frozen=True)
class Finding:
    """How an integration is; `error` is a short code, empty if there is none."""

    state: HealthState
    message: str
    error: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether the credential itself is no good: waiting will not help."""
        return self.error in REFUSED


def of_answer(*, status: int, latency_ms: int) -> Finding:
    """What an answer with this HTTP status after `latency_ms` milliseconds means."""
    if status in _BY_STATUS:
        state, error, message = _BY_STATUS[status]
        return Finding(state, message, error)
    if status != 200:
        message = f"The provider answered with status {status}."
        return Finding(HealthState.FAILING, message, f"http_{status}")
    if latency_ms <= HEALTHY_MS:
        return Finding(HealthState.HEALTHY, f"Answered in {latency_ms:,} ms.")
    word = "slow" if latency_ms <= SLOW_MS else "very slow"
    return Finding(HealthState.DEGRADED, f"Answered, but {word}: {latency_ms:,} ms.")


def is_fresh(checked_at: datetime | None, *, now: datetime) -> bool:
    """Whether what is stored is young enough to be the answer to an unforced check."""
    return checked_at is not None and now - checked_at < FRESH_FOR


def interval_fault(seconds: int) -> str:
    """What is wrong with an interval between looks; "" if nothing is."""
    if SOONEST <= seconds <= LATEST:
        return ""
    return "Check it every minute at most, and once a day at least."


def is_stale(checked_at: datetime | None, *, every: timedelta, now: datetime) -> bool:
    """Whether what is stored is older than looks that come `every` so often leave it."""
    return checked_at is None or now - checked_at > every * (1 + JITTER) + GRACE


def next_look(now: datetime, *, every: timedelta, draw: float) -> datetime:
    """When to look again, up to a tenth sooner or later; `draw` is from 0 to 1."""
    return now + every * (1 + JITTER * (2 * draw - 1))


def failing_since(
    finding: Finding,
    *,
    earlier: Sequence[HealthState],
    since: datetime | None,
    now: datetime,
) -> datetime | None:
    """When the trouble began that this look finds an integration in; None: in none.

    A refused key is one at once, anything else once two of the last three looks failed. One that
    goes on keeps its beginning, until three looks in a row did not fail. `earlier` are the looks
    before, the newest first.
    """
    looks = [finding.state, *earlier][:WATCHED]
    failed = looks.count(HealthState.FAILING)
    if since is not None:
        return since if failed else None
    is_trouble = finding.state is HealthState.FAILING and (finding.is_refusal or failed >= OPENS)
    return now if is_trouble else None


def overall(states: Sequence[HealthState]) -> HealthState:
    """How a tenant's integrations are together: as the worst of them, if any is known."""
    known = [one for one in states if one is not HealthState.UNKNOWN]
    for worse in (HealthState.FAILING, HealthState.DEGRADED):
        if worse in known:
            return worse
    return HealthState.HEALTHY if known else HealthState.UNKNOWN


def status_after(finding: Finding, *, status: IntegrationStatus, forced: bool) -> IntegrationStatus:
    """Where a check moves an integration: a refused key stops it, a good forced test of a
    stopped one lets it be enabled again. Nothing else moves it."""
    if status is IntegrationStatus.ENABLED and finding.is_refusal:
        return IntegrationStatus.ERROR
    if status is IntegrationStatus.ERROR and forced and finding.state is HealthState.HEALTHY:
        return IntegrationStatus.DISABLED
    return status
