"""Looking at a data source: read its secrets, ask its server, keep what came of it.

Nothing is locked while the server is asked.
"""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from integrations.actions import source_looks
from integrations.actions.looks import Looked
from integrations.domain.reaching import CannotReach
from integrations.drivers import looking
from integrations.drivers.looking import Seen
from integrations.engine import sources, troubles
from integrations.models import DataSource
from integrations.vault import CannotResolve
from m25console.access import Actor
from m25console.errands import Call, Errands

ERRANDS: Final = Errands(
    DataSource, task="integrations.look_at_source", argument="source_id", due="next_check_at",
    turns_of="tenant_id", queue="checks", hurry="asked_by_id IS NOT NULL",
)  # fmt: skip


def test(row: DataSource, *, by: Actor, now: datetime) -> Seen:
    """A look that whoever asks waits for, ten seconds at most. Raises NotFound, NotPermitted, or
    TooMany right after another."""
    row = source_looks.take_turn(source_id=row.pk, by=by, now=now)
    return _looked(Looked(row, by), now=now)


def look(call: Call) -> bool:
    """The look that a worker was called to; False for a call that is outdated or void."""
    looked = source_looks.begin(call, now=timezone.now())
    if looked is None:
        return False
    _looked(looked, now=timezone.now())
    return True


def _looked(looked: Looked[DataSource], *, now: datetime) -> Seen:
    """Ask, keep what was found, and tell the loop of trouble, all of the last or nothing."""
    seen = _seen(looked, now=now)
    done = timezone.now()
    with transaction.atomic():
        row = source_looks.keep(looked, seen, now=done)
        if row is not None and row.failing_since is not None:
            troubles.report_source(row, seen, now=done)
    return seen


def _seen(looked: Looked[DataSource], *, now: datetime) -> Seen:
    purpose = "test" if looked.by else "look of the schedule"
    try:
        reach = sources.reach_of(looked.row, by=looked.actor, now=now, purpose=purpose)
    except (CannotReach, CannotResolve) as unready:
        return sources.unready(str(unready))
    return looking.look(reach)
