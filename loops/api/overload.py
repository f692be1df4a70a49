"""Refusing early: a tenant with more loops due than the console can work off has to wait."""

import threading
import time
from typing import Final

from django.conf import settings
from django.db import connection

from m25console.models import Tenant
from m25console.refusals import TooMany

LOOK_EVERY_SECONDS: Final = 1.0
RETRY_AFTER_SECONDS: Final = 5
LOOK_SHARE: Final = 0.05  # of this process's time, at most, however slow a look becomes

# The longest waiting ones, whosever they are: an index has them in this order.
_DUE = """
SELECT tenant_id, count(*) FROM (
    SELECT tenant_id FROM loop_traces WHERE next_run_at IS NOT NULL ORDER BY next_run_at LIMIT %s
) AS due GROUP BY tenant_id
"""


class Backlog:
    """Whose loops fill the backlog, as of the last look; each process looks for itself."""

    def __init__(self) -> None:
        self._crowding: frozenset[str] = frozenset()
        self._next_look = 0.0
        self._looking = threading.Lock()

    def check(self, tenant: Tenant) -> None:
        """Raises TooMany if this tenant's loops crowd the backlog. Usually costs nothing."""
        if time.monotonic() >= self._next_look and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        if tenant.pk in self._crowding:
            raise TooMany(
                "More loops of yours are due than can be worked off soon. Send this again later.",
                retry_after=RETRY_AFTER_SECONDS,
            )

    def forget(self) -> None:
        """Look again at the next check."""
        self._next_look = 0.0

    def _look(self) -> None:
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [settings.MAX_BACKLOG])
            counts = dict(cursor.fetchall())
        took = time.monotonic() - began
        self._crowding = crowding(counts, limit=settings.MAX_BACKLOG)
        self._next_look = time.monotonic() + max(LOOK_EVERY_SECONDS, took / LOOK_SHARE)


def crowding(counts: dict[str, int], *, limit: int) -> frozenset[str]:
    """The tenants to refuse when the `limit` longest waiting loops are theirs in these numbers.

    Nobody while there are fewer. Then whoever has at least half of an equal share: a tenant that
    sends little is let in however much the others send.
    """
    if sum(counts.values()) < limit:
        return frozenset()
    share = limit / len(counts) / 2
    return frozenset(tenant_id for tenant_id, count in counts.items() if count >= share)


backlog: Final = Backlog()
