"""Waiting for what has no row to lock: a part of a catalogue, an agent.

Whoever matches incidents shares the tenant's catalogue, before anything else of it is read or
held; whoever rearranges the catalogue has it alone. Both let go at the commit.
"""

from collections.abc import Iterable

from django.db import connection

CATALOGUE = "catalogue\x1f"  # and the tenant's id


def hold(names: Iterable[str]) -> None:
    """Wait for what these names stand for, in their one order."""
    _wait("pg_advisory_xact_lock", names)


def share_catalogues(tenant_ids: Iterable[str]) -> None:
    """Keep those tenants' patterns from being merged or split."""
    _wait("pg_advisory_xact_lock_shared", [CATALOGUE + one for one in tenant_ids])


def hold_catalogue(tenant_id: str) -> None:
    """Keep everybody else from matching the tenant's incidents. Before any row is locked."""
    _wait("pg_advisory_xact_lock", [CATALOGUE + tenant_id])


def _wait(lock: str, names: Iterable[str]) -> None:
    wanted = sorted(set(names))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {lock}(hashtextextended(b, 0)) "  # noqa: S608 - one of our own two functions
            "FROM unnest(%s::text[]) WITH ORDINALITY AS t(b, n) ORDER BY n",
            [wanted],
        )
