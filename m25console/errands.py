"""Work that leaves the console, from the rows that are due to workers: a bounded number at a time,
none lost, each tried by one worker at a time.

What was given out and not taken up, or whose worker is not heard of when its lease ends, is due
again and goes to another; the first one's ticket is then worth nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from django.apps import apps
from django.db import connection, models, transaction

EXTERNAL_QUEUE: Final = "external"
IN_FLIGHT: Final = 16  # of one kind, given out and not ended, over all relays
IN_FLIGHT_EACH: Final = 4  # of those who take turns, so that a slow one holds up only itself
LOST_AFTER: Final = timedelta(seconds=30)  # given out, and nobody has begun
_LOOKED_AT: Final = 200  # due rows among which turns are taken

# In flight are those with a ticket that are not due again. Turns are taken: the first of each,
# then the second of each, as far as each has room.
_NEXT: Final = """
WITH flying AS (
    SELECT {turns_of} AS whose, count(*) AS times FROM {table}
    WHERE ticket <> '' AND {due} > %(now)s GROUP BY 1
), due AS (
    SELECT id, {turns_of} AS whose, {due} AS at, {hurry} AS hurry FROM {table}
    WHERE {due} <= %(now)s ORDER BY {due}, id LIMIT %(looked_at)s
), turns AS (
    SELECT d.id, d.hurry, coalesce(f.times, 0) + row_number() OVER (
               PARTITION BY d.whose ORDER BY d.hurry DESC, d.at, d.id
           ) AS turn
    FROM due d LEFT JOIN flying f USING (whose)
)
SELECT id FROM turns WHERE turn <= %(each)s ORDER BY hurry DESC, turn, id
LIMIT greatest(0, %(all)s - (SELECT coalesce(sum(times), 0) FROM flying))
"""


@dataclass(frozen=True)
class Call:
    """A message: whoever reads it may try the errand while the ticket is valid."""

    id: str
    ticket: str


@dataclass(frozen=True)
class Errands:
    """The errands of one table, and the task and queue by which workers hear of them: the task is
    given the id as `argument`, and the ticket. `due` and `turns_of` are columns: when one is to be
    tried, and who take turns; those for which `hurry`, an expression, holds go first."""

    model: type[models.Model]
    task: str
    argument: str
    due: str
    turns_of: str
    queue: str = EXTERNAL_QUEUE
    hurry: str = "false"

    def give_out(self, *, now: datetime) -> list[Call]:
        """Calls to send now. Several relays may call this at once: each errand goes to one."""
        rows = self.model._default_manager
        if not rows.filter(**{f"{self.due}__lte": now})[:1]:
            return []
        calls = [Call(errand_id, uuid4().hex) for errand_id in self._next(now)]
        with transaction.atomic():
            return [call for call in calls if self._mark(call, now=now)]

    def _next(self, now: datetime) -> list[str]:
        statement = _NEXT.format(
            table=self.model._meta.db_table,
            due=self.due,
            turns_of=self.turns_of,
            hurry=self.hurry,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                statement,
                {"now": now, "looked_at": _LOOKED_AT, "each": IN_FLIGHT_EACH, "all": IN_FLIGHT},
            )
            return [row[0] for row in cursor.fetchall()]

    def _mark(self, call: Call, *, now: datetime) -> bool:
        """Give an errand its new ticket; False if another relay was faster."""
        rows = self.model._default_manager
        due = rows.filter(**{"pk": call.id, f"{self.due}__lte": now})
        given: dict[str, Any] = {
            "ticket": call.ticket, "lease_until": None, self.due: now + LOST_AFTER,
        }  # fmt: skip
        return bool(due.update(**given))


def declared() -> Sequence[Errands]:
    """The errands of every app; an app tells its own as `errands()` on its AppConfig."""
    return [
        one
        for config in apps.get_app_configs()
        if (told := getattr(config, "errands", None)) is not None
        for one in told()
    ]
