"""The patterns a batch of incidents may match: a few for each incident, however many there are."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from loops.domain import fuzzy, matching
from loops.engine.catalogue import Keyed, chosen_keys
from loops.engine.traits import Bucket, Traits
from loops.models import FailurePattern

type Postings = dict[Keyed, list[str]]  # pattern ids by key, COMMON + 1 of them at most

_BY_KEY: Final = """
SELECT q.tenant_id, q.bucket, q.key, found.ids
FROM unnest(%s::text[], %s::text[], %s::text[]) AS q(tenant_id, bucket, key)
CROSS JOIN LATERAL (
    SELECT array_agg(pattern_id) AS ids FROM (
        SELECT pattern_id FROM failure_pattern_keys k
        WHERE k.tenant_id = q.tenant_id AND k.bucket = q.bucket AND k.key = q.key
        ORDER BY pattern_id LIMIT %s
    ) AS first
) AS found
WHERE found.ids IS NOT NULL
"""
_BY_HASH: Final = """
SELECT p.tenant_id, p.signature_hash, p.id
FROM unnest(%s::text[], %s::text[]) AS q(tenant_id, signature_hash)
JOIN failure_patterns p USING (tenant_id, signature_hash)
"""
_FREQUENT: Final = """
SELECT found.id FROM unnest(%s::text[], %s::text[]) AS q(tenant_id, error_type)
CROSS JOIN LATERAL (
    SELECT id FROM failure_patterns p
    WHERE p.tenant_id = q.tenant_id AND p.error_type = q.error_type
      AND p.message_template IS NULL
    ORDER BY occurrence_count DESC, created_at, id LIMIT %s
) AS found
"""
_HEIRS: Final = """
SELECT DISTINCT a.tenant_id, a.heir_bucket
FROM unnest(%s::text[], %s::text[]) AS q(tenant_id, bucket)
JOIN pattern_aliases a USING (tenant_id, bucket)
"""


def of_messages(fresh: Sequence[Traits]) -> tuple[Postings, set[str]]:
    """Where the messages' keys lead: the postings found, and the patterns worth loading.

    The exact key alone where that leads anywhere; most messages ask for nothing else.
    """
    postings = _postings((*one.bucket, one.keys[0]) for one in fresh)
    unknown = [one for one in fresh if (*one.bucket, one.keys[0]) not in postings]
    postings |= _postings((*one.bucket, key) for one in unknown for key in one.keys[1:])
    wanted: set[str] = set()
    for one in fresh:
        held = {key: postings.get((*one.bucket, key), []) for key in one.keys}
        wanted.update(pattern_id for key in chosen_keys(held) for pattern_id in held[key])
    return postings, wanted


def of_fields(fresh: Sequence[Traits]) -> set[str]:
    """Patterns with an incident's hash; for those without, the most frequent of its error type."""
    found = _rows(_BY_HASH, {(one.tenant_id, one.digest) for one in fresh})
    known = {(tenant_id, digest) for tenant_id, digest, _ in found}
    unknown = {
        (one.tenant_id, one.signature.error_type)
        for one in fresh
        if (one.tenant_id, one.digest) not in known
    }
    return {pattern_id for _, _, pattern_id in found} | frequent_of(unknown)


def frequent_of(error_types: set[tuple[str, str]]) -> set[str]:
    """The most frequent patterns without messages of each (tenant id, error type)."""
    found = _rows(_FREQUENT, error_types, fuzzy.CANDIDATES)
    return {pattern_id for (pattern_id,) in found}


def holding_keys(*, tenant_id: str, bucket: str, keys: Iterable[str]) -> dict[str, list[str]]:
    """The patterns that hold each of these keys, those without any left out."""
    found = _postings((tenant_id, bucket, key) for key in keys)
    return {key: ids for (_, _, key), ids in found.items()}


def buckets_of_heirs(buckets: set[Bucket]) -> set[Bucket]:
    """Where incidents of these buckets may be counted because patterns were merged."""
    return {(tenant_id, bucket) for tenant_id, bucket in _rows(_HEIRS, buckets)}


def heirs_missing(known: Iterable[FailurePattern]) -> set[str]:
    """The heirs of merged patterns among these that are not among them."""
    rows = list(known)
    return {one.merged_into_id for one in rows if one.merged_into_id} - {one.pk for one in rows}


def _postings(keys: Iterable[Keyed]) -> Postings:
    found = _rows(_BY_KEY, set(keys), matching.COMMON + 1)
    return {(tenant_id, bucket, key): ids for tenant_id, bucket, key, ids in found}


def _rows(query: str, asked: set[Any], *limit: int) -> list[tuple[Any, ...]]:
    """What a query finds for tuples, which it reads as parallel arrays."""
    if not asked:
        return []
    columns = [list(column) for column in zip(*sorted(asked), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(query, [*columns, *limit])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
