"""How many calls wait for people, as every page's navigation says it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils import timezone

from m25console.access import Actor
from m25console.keyset import COUNTED_AT_MOST, bounded
from m25console.navigation import Count, Part, Tally

_WAITING: Final = """
SELECT count(*) FROM (
    SELECT 1 FROM mcp_approvals a
    WHERE a.tenant_id = %(tenant)s AND a.status = 'pending' AND a.ends_at > %(calls_now)s
    LIMIT %(calls_counted)s
) AS bounded
"""


def tally_of(actor: Actor) -> Tally:
    """The questions about calls that are open, by the key of their entry; nothing where there are
    none."""
    parameters: dict[str, str | int | datetime | None] = {
        "tenant": actor.tenant.pk,
        "calls_now": timezone.now(),
        "calls_counted": COUNTED_AT_MOST + 1,
    }
    return Tally(_WAITING, parameters, _counts)


def _counts(number: int) -> Mapping[str, Count]:
    if not number:
        return {}
    told = bounded(number, COUNTED_AT_MOST)
    return {"mcp-approvals": Count(told, [Part(told, "waiting", "calls", "warn")])}
