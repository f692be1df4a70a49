"""What was sent and how it went: the log, by the hour, and by channel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from loops.actions.deliveries import check_failed, check_retry
from loops.domain.delivery_faults import remedy
from loops.domain.figures import Series, hours_back
from loops.domain.notifications import WORTH_SENDING
from loops.domain.states import ChannelKind, DeliveryStatus
from loops.models import Delivery, DeliveryItem, NotificationChannel
from loops.notification_forms import KINDS
from loops.presenters.dashboards.charts import FEW
from loops.presenters.dashboards.reading import Counts, counts_over
from loops.presenters.notifications import CHANNEL_ICONS
from m25console.access import Actor, Verdict, verdict
from m25console.charts import Chart, Line
from m25console.keyset import Order, Page, Place, page
from m25console.looks import Look
from m25console.models import Tenant

STATES: Final[Mapping[DeliveryStatus, Look]] = {
    DeliveryStatus.WAITING: Look("Waits", "warn", "hourglass"),
    DeliveryStatus.SENDING: Look("Being sent", "accent", "send"),
    DeliveryStatus.SENT: Look("Sent", "ok", "check"),
    DeliveryStatus.FAILED: Look("Not sent", "bad", "alert-triangle"),
    DeliveryStatus.SKIPPED: Look("Needed no more", "idle", "ban"),
}
DRAWN: Final = (
    DeliveryStatus.FAILED,
    DeliveryStatus.WAITING,
    DeliveryStatus.SKIPPED,
    DeliveryStatus.SENT,
)
HOURS: Final = int(WORTH_SENDING.total_seconds() // 3600)
SHOWN: Final = 100  # channels, those that fail first
LOGGED: Final = Order()


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery in the log."""

    delivery: Delivery
    look: Look
    items: int
    may_retry: Verdict


def delivery_log(
    actor: Actor, *, status: str, place: Place
) -> tuple[Page[Delivery], list[DeliveryRow]]:
    """The tenant's deliveries by shared channels and people's own, the newest first."""
    rows = Delivery.objects.for_tenant(actor.tenant).select_related("channel__person")
    rows = rows.filter(status=status) if status else rows
    told = DeliveryItem.objects.filter(delivery=OuterRef("pk")).order_by().values("delivery")
    told = told.annotate(n=Count("pk"))
    rows = rows.annotate(told=Subquery(told.values("n")))
    found = page(rows, order=LOGGED, place=place)
    return found, [
        DeliveryRow(
            delivery=one,
            look=STATES[DeliveryStatus(one.status)],
            items=getattr(one, "told", None) or 0,
            may_retry=verdict(check_retry, one),
        )
        for one in found.rows
    ]


def status_in(query: Mapping[str, str]) -> str:
    """The state of deliveries an address asks for; "" for none or a misspelt one."""
    told = query.get("state", "")
    return told if told in {one.value for one in DeliveryStatus} else ""


def statuses(chosen: str) -> list[tuple[str, str, bool]]:
    return [(one.value, STATES[one].text, one.value == chosen) for one in DeliveryStatus]


def lately(tenant: Tenant, *, now: datetime) -> Counts:
    """Messages of the last days by channel and state, for each hour; one query."""
    steps = hours_back(HOURS, now=now)
    return counts_over(tenant, steps=steps, series=[Series.DELIVERIES], now=now)


def chart_of(counts: Counts) -> Chart:
    """All channels together, by when a message was wanted and as it stands now."""
    drawn = {one: [0] * len(counts.steps.begins) for one in DRAWN}
    for label in counts.labels(Series.DELIVERIES):
        row = drawn[DeliveryStatus(label.partition("/")[2])]
        for place, number in enumerate(counts.of(Series.DELIVERIES, label)):
            row[place] += number
    total = sum(sum(row) for row in drawn.values())
    parts = [f"{sum(row):,} {STATES[one].text.lower()}" for one, row in drawn.items() if sum(row)]
    return Chart(
        key="sent",
        title="By the hour",
        about="of the last three days, by when a message was wanted and as it stands now",
        summary=f"{total:,} message{'' if total == 1 else 's'}: {', '.join(parts)}.",
        steps=counts.steps,
        lines=[Line(STATES[one], row) for one, row in drawn.items()],
        empty="Nothing was to be sent in the last three days.",
    )


@dataclass(frozen=True)
class ChannelState:
    """How one channel did lately; `share` is None where too few ended to say."""

    channel: NotificationChannel
    kind: str
    icon: str
    sent: int
    failed: int
    waiting: int
    share: float | None
    remedy: str
    may_retry: Verdict

    @property
    def ended(self) -> int:
        return self.sent + self.failed


def channels_shown(tenant: Tenant, counts: Counts) -> QuerySet[NotificationChannel]:
    """The tenant's channels, and those of its people that sent or fail; those first."""
    wanted = Q(pk__in=list(_numbers(counts))) | Q(person__isnull=True) | Q(failures__gt=0)
    rows = NotificationChannel.objects.for_tenant(tenant).filter(wanted).select_related("person")
    return rows.order_by("-failures", "name", "pk")[:SHOWN]


def channel_states(shown: Iterable[NotificationChannel], counts: Counts) -> Sequence[ChannelState]:
    """How these channels did lately."""
    numbers = _numbers(counts)
    return [_state(one, numbers[one.pk]) for one in shown]


def _numbers(counts: Counts) -> Mapping[str, Mapping[str, int]]:
    """How many messages are in each state, by channel; none for any other."""
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    for label in counts.labels(Series.DELIVERIES):
        channel_id, _, status = label.partition("/")
        numbers[channel_id][status] = counts.total(Series.DELIVERIES, label)
    return numbers


def _state(one: NotificationChannel, numbers: Mapping[str, int]) -> ChannelState:
    sent, failed = (numbers.get(status, 0) for status in ("sent", "failed"))
    kind = ChannelKind(one.kind)
    return ChannelState(
        channel=one,
        kind=KINDS[kind],
        icon=CHANNEL_ICONS[kind],
        sent=sent,
        failed=failed,
        waiting=numbers.get("waiting", 0),
        share=sent / (sent + failed) if sent + failed >= FEW else None,
        remedy=remedy(one.fault),
        may_retry=verdict(check_failed, failed),
    )
