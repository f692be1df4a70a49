"""Slowing down whoever guesses passwords, in PostgreSQL so that every web process counts alike.

An attempt is counted before the password is looked at and given back when it was right, so
that many guesses at once cannot slip through between a check and its count.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from django.db import connection

from m25console.refusals import TooMany

WINDOW: Final = timedelta(minutes=15)
NAME_FROM_ADDRESS_LIMIT: Final = 10  # one name from one address
ADDRESS_LIMIT: Final = 50
NAME_LIMIT: Final = 200  # one name from everywhere: a stranger should not lock a person out
_SWEPT_AT_ONCE: Final = 50

_COUNT = """
INSERT INTO sign_in_throttles AS t (key, failures, since)
SELECT key, 1, %(now)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN t.since <= %(stale)s THEN 1 ELSE least(t.failures + 1, 1000000) END,
    since = CASE WHEN t.since <= %(stale)s THEN %(now)s ELSE t.since END
RETURNING key, failures, since
"""
_GIVE_BACK = """
UPDATE sign_in_throttles SET failures = greatest(failures - 1, 0)
WHERE key IN (SELECT key FROM sign_in_throttles WHERE key = ANY(%(keys)s) ORDER BY key FOR UPDATE)
"""
_SWEEP = """
DELETE FROM sign_in_throttles WHERE key IN (
    SELECT key FROM sign_in_throttles WHERE since <= %(stale)s
    ORDER BY since LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


def count_attempt(*, name: str, address: str, now: datetime) -> None:
    """Count one attempt to sign in as `name`; two statements, whatever the table holds.

    Raises TooMany, with the seconds until the window ends, once any limit is passed.
    """
    limits = _limits(name=name, address=address)
    stale = now - WINDOW
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, {"stale": stale, "limit": _SWEPT_AT_ONCE})
        cursor.execute(_COUNT, {"keys": sorted(limits), "now": now, "stale": stale})
        counted: list[tuple[str, int, datetime]] = cursor.fetchall()
    passed = [since for key, failures, since in counted if failures > limits[key]]
    if passed:
        wait = max(1, int((max(passed) + WINDOW - now).total_seconds()))
        minutes = -(-wait // 60)
        raise TooMany(
            f"Too many attempts to sign in. Try again in {minutes} minute{'s' * (minutes != 1)}.",
            retry_after=wait,
        )


def give_back(*, name: str, address: str) -> None:
    """Take back the attempt that count_attempt() counted: the password was right."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"keys": sorted(_limits(name=name, address=address))})


def _limits(*, name: str, address: str) -> dict[str, int]:
    """The keys an attempt counts under. Names are digested: people type passwords into them."""
    digest = hashlib.sha256(name.strip().lower().encode()).hexdigest()[:32]
    place = _network(address)
    return {
        f"name:{digest}": NAME_LIMIT,
        f"from:{place}": ADDRESS_LIMIT,
        f"both:{digest[:16]}:{place}": NAME_FROM_ADDRESS_LIMIT,
    }


def _network(address: str) -> str:
    """The address, or for IPv6 its /64, since one household has all of that."""
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(IPv6Address(int(known) >> 64 << 64)) + "/64"
