"""The patterns a batch of incidents may match: a few for each incident, however many there are."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from loops.domain import fuzzy, matching
from loops.engine.catalogue import Keyed, chosen_keys
from loops.engine.traits import Bucket, Traits
from loops.models import FailurePattern
from m25console.together import Select, fetch_together

type Row = tuple[Any, ...]
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


@dataclass(frozen=True)
class _Question:
    """A query that reads tuples as parallel arrays, and the tuples."""

    query: str
    asked: Set[tuple[str, ...]]
    limit: tuple[int, ...] = ()

    @property
    def values(self) -> list[Any]:
        return [*(list(one) for one in zip(*sorted(self.asked), strict=True)), *self.limit]


def of(fresh: Sequence[Traits]) -> tuple[Postings, set[str]]:
    """Where the messages' keys lead: the postings found, and the patterns worth loading.

    The exact key, or the hash of the fields, alone where that leads anywhere; most ask for
    nothing else. For the others every key, or the most frequent of the error type. Two queries.
    """
    told = [one for one in fresh if one.by_message]
    plain = [one for one in fresh if not one.by_message]
    exactly, hashed = _answers(
        _by_key((*one.bucket, one.keys[0]) for one in told),
        _Question(_BY_HASH, {(one.tenant_id, one.digest) for one in plain}),
    )
    postings = _postings(exactly)
    known = {(tenant_id, digest) for tenant_id, digest, _ in hashed}
    untold = [one for one in told if (*one.bucket, one.keys[0]) not in postings]
    unknown = [one for one in plain if (one.tenant_id, one.digest) not in known]
    others, frequent = _answers(
        _by_key((*one.bucket, key) for one in untold for key in one.keys[1:]),
        _frequent({(one.tenant_id, one.signature.error_type) for one in unknown}),
    )
    postings |= _postings(others)
    by_fields = {one[-1] for one in (*hashed, *frequent)}
    return postings, by_fields | _chosen(told, postings)


def frequent_of(error_types: Set[tuple[str, str]]) -> set[str]:
    """The most frequent patterns without messages of each (tenant id, error type)."""
    (found,) = _answers(_frequent(error_types))
    return {pattern_id for (pattern_id,) in found}


def holding_keys(*, tenant_id: str, bucket: str, keys: Iterable[str]) -> dict[str, list[str]]:
    """The patterns that hold each of these keys, those without any left out."""
    (found,) = _answers(_by_key((tenant_id, bucket, key) for key in keys))
    return {key: ids for (_, _, key), ids in _postings(found).items()}


def buckets_of_heirs(buckets: Set[Bucket]) -> set[Bucket]:
    """Where incidents of these buckets may be counted because patterns were merged."""
    (found,) = _answers(_Question(_HEIRS, buckets))
    return {(tenant_id, bucket) for tenant_id, bucket in found}


def heirs_missing(known: Iterable[FailurePattern]) -> set[str]:
    """The heirs of merged patterns among these that are not among them."""
    rows = list(known)
    return {one.merged_into_id for one in rows if one.merged_into_id} - {one.pk for one in rows}


def _by_key(keys: Iterable[Keyed]) -> _Question:
    return _Question(_BY_KEY, set(keys), (matching.COMMON + 1,))


def _frequent(error_types: Set[tuple[str, str]]) -> _Question:
    return _Question(_FREQUENT, error_types, (fuzzy.CANDIDATES,))


def _postings(found: Iterable[Row]) -> Postings:
    return {(tenant_id, bucket, key): ids for tenant_id, bucket, key, ids in found}


def _chosen(told: Iterable[Traits], postings: Postings) -> set[str]:
    wanted: set[str] = set()
    for one in told:
        held = {key: postings.get((*one.bucket, key), []) for key in one.keys}
        wanted.update(pattern_id for key in chosen_keys(held) for pattern_id in held[key])
    return wanted


def _answers(*questions: _Question) -> list[list[Row]]:
    """What each finds, in one query; those that ask for nothing find nothing."""
    asking = [one for one in questions if one.asked]
    found = iter(_together(asking) if len(asking) > 1 else map(_alone, asking))
    return [next(found) if one.asked else [] for one in questions]


def _alone(question: _Question) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(question.query, question.values)
        rows: list[Row] = cursor.fetchall()
    return rows


def _together(questions: Iterable[_Question]) -> list[list[Row]]:
    selects = [Select(one.query, one.values) for one in questions]
    fetch_together(*selects)
    return [[tuple(row.values()) for row in one] for one in selects]
