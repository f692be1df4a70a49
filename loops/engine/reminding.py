"""Reminders before a question is due and before it lapses: one of each, kept in its history."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from loops.domain.silence import NO_REMINDER_WITHIN, REMIND_BEFORE_LAPSE, reminded_after
from loops.domain.states import Event
from loops.engine import happenings
from loops.engine.clocks import clocks, quiet_tenants
from loops.feed import entry_of
from loops.models import FeedEntry, HumanCheckpoint
from m25console import audit
from m25console.access import system_actor
from m25console.models import AuditEntry

AT_MOST: Final = 1000  # in one run; the rest waits for the next
TOGETHER: Final = 100  # in one transaction
DUE: Final = "reminded_at"
LAPSE: Final = "lapse_reminded_at"


def remind(now: datetime) -> dict[str, Any]:
    """Remind of the questions that are due or lapse soon, each once.

    In quiet hours nobody is reminded but of what is critical; what came up in them is told
    afterwards.
    """
    told = dict.fromkeys((DUE, LAPSE), 0)
    for clock in clocks():
        soon_due = clock.waited(now, patience=reminded_after)
        told[DUE] += _all(soon_due, column=DUE, now=now)
    told[LAPSE] = _all(_soon_lapsed(now), column=LAPSE, now=now)
    return {"due_soon": told[DUE], "lapse_soon": told[LAPSE]}


def _soon_lapsed(now: datetime) -> Q:
    awake = ~Q(tenant__in=quiet_tenants(now))
    ends = Q(expires_at__isnull=False, expires_at__lte=now + REMIND_BEFORE_LAPSE)
    return awake & ends & Q(created_at__lte=now - NO_REMINDER_WITHIN)


def _all(wanted: Q, *, column: str, now: datetime) -> int:
    reminded = 0
    while reminded < AT_MOST and (batch := _some(wanted, column=column, now=now)):
        reminded += batch
    return reminded


@transaction.atomic
def _some(wanted: Q, *, column: str, now: datetime) -> int:
    waiting = HumanCheckpoint.objects.pending().filter(wanted, **{f"{column}__isnull": True})
    # Whoever holds a row is answering it, so nobody needs to be reminded.
    rows = list(
        waiting.select_for_update(of=("self",), skip_locked=True)
        .select_related("trace__tenant")
        .order_by("pk")[:TOGETHER]
    )
    HumanCheckpoint.objects.filter(pk__in=[one.pk for one in rows]).update(**{column: now})
    happenings.keep(rows, event=Event.REMINDED, of=f" {column}", now=now)
    AuditEntry.objects.bulk_create(_noted(one, column=column, now=now) for one in rows)
    FeedEntry.objects.bulk_create(entry_of(one.trace, kind="checkpoint", now=now) for one in rows)
    return len(rows)


def _noted(checkpoint: HumanCheckpoint, *, column: str, now: datetime) -> AuditEntry:
    soon = "its answer is due soon" if column == DUE else "it lapses soon if nobody answers"
    return audit.entry(
        by=system_actor(checkpoint.trace.tenant, label="checkpoint clock"),
        action="checkpoint.reminded",
        about=checkpoint,
        note=f"A reminder: {soon}.",
        now=now,
    )
