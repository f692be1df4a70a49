"""From what happened to whom it is told: notification centres, and deliveries by channels.

A happening is told in one transaction and marked as told in it, so nothing is lost and nothing is
told twice, however often and wherever this runs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from loops.domain.notifications import ASKING, ENDING, audience, sent_at, wants
from loops.domain.quiet import QuietHours
from loops.domain.states import DeliveryStatus, Event
from loops.engine import clocks, happenings
from loops.models import (
    Delivery,
    DeliveryItem,
    FeedEntry,
    Happening,
    HumanCheckpoint,
    Notification,
    NotificationChannel,
)
from m25console.models import Membership
from m25console.vocabulary import Role

TOGETHER: Final = 200  # happenings in one transaction
AT_MOST: Final = 2000  # in one run; the rest waits for the next


def announce(now: datetime) -> dict[str, Any]:
    """Find what happened, and tell it."""
    found, told = happenings.collect(now), 0
    while told < AT_MOST and (batch := _tell_some(now)):
        told += batch
    return {"found": found, "told": told}


@dataclass
class _Tenant:
    """Who and what may be told in one tenant."""

    reviewers: set[int] = field(default_factory=set)
    admins: set[int] = field(default_factory=set)
    channels: list[NotificationChannel] = field(default_factory=list)


@transaction.atomic
def _tell_some(now: datetime) -> int:
    untold = Happening.objects.filter(told_at__isnull=True).order_by("pk")
    rows = list(untold.select_for_update(of=("self",), skip_locked=True)[:TOGETHER])
    if not rows:
        return 0
    tenants = _tenants({row.tenant_id for row in rows})
    asked = HumanCheckpoint.objects.in_bulk({row.checkpoint_id for row in rows} - {None})
    people = {row.pk: _people(row, tenants[row.tenant_id], asked, now=now) for row in rows}
    Notification.objects.bulk_create(
        [
            Notification(tenant_id=row.tenant_id, happening=row, person_id=person, at=row.at)
            for row in rows
            for person in sorted(people[row.pk])
        ],
        ignore_conflicts=True,
    )
    _hand_over(_wanted(rows, tenants, people), now=now)
    _settle(rows, now=now)
    Happening.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=now)
    FeedEntry.objects.bulk_create(_word(tenant_id, now) for tenant_id in sorted(tenants))
    return len(rows)


def _tenants(ids: Iterable[str]) -> dict[str, _Tenant]:
    found: dict[str, _Tenant] = {tenant_id: _Tenant() for tenant_id in ids}
    members = Membership.objects.filter(tenant__in=found, user__is_active=True)
    for tenant_id, user_id, role in members.values_list("tenant_id", "user_id", "role"):
        if role == Role.REVIEWER:
            found[tenant_id].reviewers.add(user_id)
        elif role == Role.ADMIN:
            found[tenant_id].admins.add(user_id)
    usable = NotificationChannel.objects.filter(removed_at__isnull=True, is_enabled=True)
    for channel in usable.filter(tenant__in=found).order_by("pk"):
        found[channel.tenant_id].channels.append(channel)
    return found


def _people(
    row: Happening,
    tenant: _Tenant,
    asked: Mapping[str, HumanCheckpoint],
    *,
    now: datetime,
) -> frozenset[int]:
    checkpoint = asked.get(row.checkpoint_id or "")
    claimed = checkpoint and checkpoint.claimed_until and checkpoint.claimed_until > now
    return audience(
        Event(row.event),
        reviewers=tenant.reviewers,
        admins=tenant.admins,
        claimer=checkpoint.claimed_by_id if checkpoint and claimed else None,
        named=row.named,
        asker=row.details.get("asked_by"),
    )


def _wanted(
    rows: Iterable[Happening],
    tenants: Mapping[str, _Tenant],
    people: Mapping[int, frozenset[int]],
) -> dict[NotificationChannel, list[Happening]]:
    """What each channel is to carry."""
    carried: defaultdict[NotificationChannel, list[Happening]] = defaultdict(list)
    for row in rows:
        for channel in tenants[row.tenant_id].channels:
            if channel.person_id is not None and channel.person_id not in people[row.pk]:
                continue
            if wants(
                Event(row.event),
                risk=row.risk,
                events=channel.events,
                least_risk=channel.least_risk,
                is_personal=channel.person_id is not None,
            ):
                carried[channel].append(row)
    return carried


def _hand_over(
    carried: Mapping[NotificationChannel, Sequence[Happening]], *, now: datetime
) -> None:
    quiet = clocks.quiet_hours()
    for channel, rows in carried.items():
        for urgent in (True, False):
            mine = [row for row in rows if row.is_urgent is urgent]
            if mine:
                bundle = _bundle(channel, is_urgent=urgent, quiet=quiet, now=now)
                DeliveryItem.objects.bulk_create(
                    [
                        DeliveryItem(
                            tenant_id=channel.tenant_id,
                            delivery=bundle,
                            channel=channel,
                            happening=row,
                        )
                        for row in mine
                    ],
                    ignore_conflicts=True,
                )


def _bundle(
    channel: NotificationChannel,
    *,
    is_urgent: bool,
    quiet: Mapping[str, QuietHours],
    now: datetime,
) -> Delivery:
    """The delivery that still gathers for this channel, locked, or a new one."""
    if not is_urgent:
        gathering = Delivery.objects.filter(
            channel=channel,
            status=DeliveryStatus.WAITING,
            tries=0,
            ticket="",
            is_urgent=False,
            next_try_at__gt=now,
        )
        # Locked, so that no worker takes it away between here and the commit.
        found = gathering.select_for_update().order_by("pk").first()
        if found is not None:
            return found
    sent = sent_at(now, is_urgent=is_urgent, quiet=quiet.get(channel.tenant_id))
    return Delivery.objects.create(
        tenant_id=channel.tenant_id,
        channel=channel,
        is_urgent=is_urgent,
        created_at=now,
        next_try_at=sent,
    )


def _settle(rows: Iterable[Happening], *, now: datetime) -> None:
    """What was answered need not be read any more."""
    ended = [row for row in rows if row.event in ENDING]
    over = [row.checkpoint_id for row in ended if row.checkpoint_id]
    if over:
        Notification.objects.unread().filter(
            happening__checkpoint__in=over, happening__event__in=ASKING
        ).update(read_at=now)
    elsewhere = [row for row in ended if not row.checkpoint_id]
    if elsewhere:
        asked = [Happening.key_of(Event.ASKED, row.subject_id) for row in elsewhere]
        tenants = {row.tenant_id for row in elsewhere}
        Notification.objects.unread().filter(
            happening__tenant__in=tenants, happening__key__in=asked
        ).update(read_at=now)


def _word(tenant_id: str, now: datetime) -> FeedEntry:
    return FeedEntry(
        tenant_id=tenant_id, kind="notification", trace_id="", incident_id="", created_at=now
    )
