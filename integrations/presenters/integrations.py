"""Integrations as the list and the page of one show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from integrations.actions.enforcement import limits_of
from integrations.domain import configs, enforcement, health, months, references
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.models import DataSource, HealthCheck, Integration, IntegrationKey, LimitRaise
from integrations.permissions import check_can_disable, check_can_enable
from integrations.presenters.health import CheckLine, Uptime, check_line, uptimes
from integrations.presenters.looks import HEALTH, PROVIDERS, STATUSES
from integrations.presenters.observed import Observed, observed_by
from integrations.templatetags.cents import dollars
from m25console import keyset
from m25console.access import Actor, Verdict, check_connects, check_may, verdict
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import AuditEntry
from m25console.rights import Permission

NEWEST: Final = Order("created_at")
LATE_SECONDS: Final = 10  # beyond what a look may take
CHANGES: Final = 20
WORST_FIRST: Final = (
    HealthState.FAILING, HealthState.DEGRADED, HealthState.UNKNOWN, HealthState.HEALTHY,
)  # fmt: skip
KEYS: Final = 40


@dataclass(frozen=True)
class Gauge:
    """How much of a limit is used; `percent` may go beyond 100, `share` not."""

    label: str
    used: str
    limit: str
    percent: float
    tone: str

    @property
    def share(self) -> float:
        return min(1.0, self.percent / 100)


@dataclass(frozen=True)
class IntegrationRow:
    """One integration in a list."""

    row: Integration
    provider: str
    status: Look
    health: Look
    is_stale: bool
    gauges: Sequence[Gauge]


@dataclass(frozen=True)
class Summary:
    """How all of a tenant's integrations are; `counts` are by health, those that there are."""

    together: Look
    counts: Sequence[tuple[HealthState, Look, int]]
    stale: int
    total: int


@dataclass(frozen=True)
class FirstCall:
    """The first call that was reported for an integration."""

    created_at: datetime
    agent_id: str | None
    call_id: str
    model: str


@dataclass(frozen=True)
class Waiting:
    """A look that was asked for and has not come back; `is_late` if nobody seems to make it."""

    seconds: int

    @property
    def is_late(self) -> bool:
        return self.seconds > health.DEADLINE_SECONDS + LATE_SECONDS


@dataclass(frozen=True)
class IntegrationPage:
    """One integration with what a page tells of it."""

    row: Integration
    provider: str
    status: Look
    health: Look
    reference: str
    credential_id: str
    config: Sequence[tuple[str, str]]
    gauges: Sequence[Gauge]
    observed: Observed | None
    raised: LimitRaise | None
    last: CheckLine | None
    waiting: Waiting | None
    uptime: Sequence[Uptime]
    keys: Sequence[IntegrationKey]
    first: FirstCall | None
    changes: Sequence[AuditEntry]
    may_manage: Verdict
    may_test: Verdict
    may_enable: Verdict
    may_disable: Verdict

    @property
    def is_failing(self) -> bool:
        return self.row.health_state == HealthState.FAILING


def chosen_from(query: Mapping[str, str]) -> dict[str, str]:
    """The filters an address names, without those nobody knows."""
    known: Mapping[str, type[StrEnum]] = {
        "status": IntegrationStatus, "provider_type": Provider, "health_state": HealthState,
    }  # fmt: skip
    return {name: query[name] for name, values in known.items() if query.get(name) in set(values)}


def filters(chosen: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Name, label, and the choices as value, words, whether it is chosen."""
    offered: Sequence[tuple[str, str, Mapping[Any, str]]] = (
        ("status", "State", {one: look.text for one, look in STATUSES.items()}),
        ("health_state", "Health", {one: look.text for one, look in HEALTH.items()}),
        ("provider_type", "Provider", PROVIDERS),
    )
    return [
        (name, label, [(one, words, chosen.get(name) == one) for one, words in choices.items()])
        for name, label, choices in offered
    ]


def integration_list(
    actor: Actor, *, chosen: Mapping[str, str], place: Place, now: datetime
) -> tuple[Page[Integration], list[IntegrationRow]]:
    """A page of them, the newest first, with what they used this month: one query."""
    month = months.month_of(now)[0].date()
    rows = Integration.objects.for_tenant(actor.tenant).filter(**chosen).with_use(month=month)
    page = keyset.page(rows, order=NEWEST, place=place)
    return page, [_row(one, now) for one in page.rows]


def summary(actor: Actor, *, now: datetime) -> Summary:
    """How healthy they are together: one query of at most as many rows as there may be."""
    rows = list(
        Integration.objects.for_tenant(actor.tenant)
        .only("status", "health_state", "health_checked_at", "check_every_seconds")
        .order_by()
    )
    states = [HealthState(one.health_state) for one in rows]
    return Summary(
        together=HEALTH[health.overall(states)],
        counts=[(one, HEALTH[one], states.count(one)) for one in WORST_FIRST if one in states],
        stale=sum(_is_stale(one, now) for one in rows),
        total=len(rows),
    )


def integration_page(row: Integration, *, actor: Actor, now: datetime) -> IntegrationPage:
    """An integration in full: four queries besides its own, which must be `with_use`,
    `with_first_call`, `with_last_check` and `with_key_name`."""
    return IntegrationPage(
        row=row,
        provider=PROVIDERS[Provider(row.provider_type)],
        status=STATUSES[IntegrationStatus(row.status)],
        health=HEALTH[HealthState(row.health_state)],
        reference=references.masked(row.credential_ref),
        credential_id=_credential_id(row),
        config=[
            (one.label, row.config[one.name])
            for one in configs.SETTINGS[Provider(row.provider_type)]
            if one.name in row.config
        ],
        gauges=gauges_of(row, now=now),
        observed=observed_by(actor.tenant, now=now, integration_id=row.pk).get(row.pk),
        raised=row.raised_at(now),
        last=_last(row),
        waiting=waiting_for(row, now=now),
        uptime=uptimes(row, now=now),
        keys=list(row.keys.select_related("created_by").order_by("-id")[:KEYS]),
        first=_first(row),
        changes=changes_of(row),
        may_manage=verdict(check_connects, actor),
        may_test=verdict(check_may, actor, Permission.WRITE_INTEGRATIONS),
        may_enable=verdict(check_can_enable, row, actor),
        may_disable=verdict(check_can_disable, row, actor),
    )


def gauges_of(row: Integration, *, now: datetime) -> list[Gauge]:
    """The limits of a month that hold, and how much of each is used."""
    used: Any = row  # annotated by `with_use`
    kept = limits_of(row, now=now)
    gauges = []
    if kept.budget_cents:
        gauges.append(_gauge("Budget", used.cents_used, kept.budget_cents, dollars))
    if kept.tokens:
        gauges.append(_gauge("Tokens", used.tokens_used, kept.tokens, _whole))
    return gauges


def _row(row: Integration, now: datetime) -> IntegrationRow:
    return IntegrationRow(
        row=row,
        provider=PROVIDERS[Provider(row.provider_type)],
        status=STATUSES[IntegrationStatus(row.status)],
        health=HEALTH[HealthState(row.health_state)],
        is_stale=_is_stale(row, now),
        gauges=gauges_of(row, now=now),
    )


def waiting_for(row: Integration | DataSource, *, now: datetime) -> Waiting | None:
    """What whoever asked for a look waits for; None once it came back."""
    if row.asked_by_id is None or row.next_check_at is None or row.tested_at is None:
        return None
    return Waiting(max(0, int((now - row.tested_at).total_seconds())))


def _is_stale(row: Integration, now: datetime) -> bool:
    is_checked = row.status == IntegrationStatus.ENABLED
    return is_checked and health.is_stale(row.health_checked_at, every=row.check_every, now=now)


def _gauge(label: str, used: int, limit: int, words: Any) -> Gauge:
    percent = used / limit * 100
    tone = "bad" if percent >= 100 else "warn" if percent >= enforcement.WARN_AT else "ok"
    return Gauge(label, words(used), words(limit), percent, tone)


def _whole(number: int) -> str:
    return f"{number:,}"


def _last(row: Any) -> CheckLine | None:
    told = row.last_check  # annotated by `with_last_check`
    if told is None:
        return None
    return check_line(HealthCheck(**told | {"at": datetime.fromisoformat(told["at"])}))


def _first(row: Any) -> FirstCall | None:
    told = row.first_call  # annotated by `with_first_call`
    if told is None:
        return None
    return FirstCall(**told | {"created_at": datetime.fromisoformat(told["created_at"])})


def _credential_id(row: Integration) -> str:
    """The id of the stored credential it refers to, if it does."""
    scheme, _, path = row.credential_ref.partition("://")
    return path.partition("/")[2] if scheme == references.Scheme.VAULT else ""


def changes_of(row: Any) -> list[AuditEntry]:
    """What was done to one of a tenant's things, the newest first: one query."""
    mine = AuditEntry.objects.filter(
        tenant_id=row.tenant_id, object_type=row._meta.db_table, object_id=row.pk
    )
    return list(mine.order_by("-at", "-id")[:CHANGES])
