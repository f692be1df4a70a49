"""Whose turn it is to look at what is looked at by the clock, or when somebody asks.

A look that a worker makes holds a ticket, and only the holder of the latest one may say what was
found.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from integrations.models.watched import Awaited, Watched
from m25console.access import Actor, system_actor
from m25console.errands import Call
from m25console.vocabulary import Door, Role

LEASE: Final = timedelta(minutes=1)  # for one look, where it ends within seconds


@dataclass(frozen=True)
class Looked[Row: Watched]:
    """What was looked at, as it was then, and by whom; None: the schedule. A look without a ticket
    is made by whoever asked for it, and takes nobody's place."""

    row: Row
    by: Actor | None
    ticket: str = ""

    @property
    def actor(self) -> Actor:
        """In whose name it was made."""
        return self.by or system_actor(self.row.tenant)

    def may_speak(self, row: Row) -> bool:
        """Whether nobody else was called to look since, as the locked row says."""
        return not self.ticket or self.ticket == row.ticket


@transaction.atomic
def begin[Row: Watched](
    rows: QuerySet[Row], call: Call, *, now: datetime, lease: timedelta = LEASE
) -> Looked[Row] | None:
    """Leave to look until the lease ends, if the call's ticket is the latest and unused, and the
    look still wanted."""
    held = rows.select_for_update(of=("self",)).select_related("tenant")
    row = held.filter(pk=call.id, ticket=call.ticket, next_check_at__isnull=False).first()
    if row is None or row.lease_until is not None:
        return None
    row.lease_until = row.next_check_at = now + lease
    row.save(update_fields=["lease_until", "next_check_at"])
    return Looked(row, _asker(row), call.ticket)


def ask(row: Awaited, *, by: Actor, now: datetime) -> None:
    """Have a worker look at a locked row now."""
    row.next_check_at, row.asked_by = now, by.user
    row.save(update_fields=["next_check_at", "asked_by"])


def ended(row: Watched, *, again: datetime | None) -> None:
    """Nobody looks at it, nor waits for that, until it is due again; it is not saved here."""
    row.next_check_at, row.ticket, row.lease_until = again, "", None
    if isinstance(row, Awaited):
        row.asked_by = None


def _asker(row: Watched) -> Actor | None:
    """Who waits for the look, an admin when they asked."""
    if not isinstance(row, Awaited) or row.asked_by is None:
        return None
    label = str(row.asked_by)
    return Actor(tenant=row.tenant, user=row.asked_by, role=Role.ADMIN, door=Door.WEB, label=label)
