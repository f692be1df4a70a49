"""Which known failure a request is of, as the first bridge would say; nothing is changed.

Asked on the callers' way to what they want to do, hence by hand: through the ORM the same patterns
cost several times as much.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from loops.domain import fuzzy
from loops.domain.states import MatchType
from loops.engine import candidates
from loops.engine.catalogue import Catalogue, Placement
from loops.engine.traits import Traits
from loops.models import FailurePattern, Incident

# What matching reads of a pattern, in the model's own order, as from_db() wants them.
_COLUMNS: Final = (
    "id", "tenant_id", "error_type", "signature", "signature_hash", "signature_version",
    "message_template", "first_incident_id", "merged_into_id", "apart_from", "occurrence_count",
    "created_at",
)  # fmt: skip
_DOCUMENTS: Final = frozenset({"signature", "message_template"})
_LOAD: Final = f"""
SELECT {", ".join(_COLUMNS)} FROM failure_patterns WHERE id = ANY(ARRAY(
    SELECT unnest(%(ids)s::text[])
    UNION SELECT merged_into_id FROM failure_patterns WHERE id = ANY(%(ids)s)
))
"""  # noqa: S608 - names of our own columns
_BY_HASH: Final = """
SELECT heir.id, heir.first_incident_id
FROM failure_patterns p JOIN failure_patterns heir ON heir.id = coalesce(p.merged_into_id, p.id)
WHERE p.tenant_id = %s AND p.signature_hash = %s
"""


@dataclass(frozen=True)
class Recognised:
    """The pattern of a request, how surely, and both hashes that were compared."""

    pattern_id: str
    first_incident_id: str | None
    confidence: float
    match_type: MatchType
    pattern_signature: str
    request_signature: str


def recognise(features: Mapping[str, Any], *, tenant_id: str) -> Recognised | None:
    """The pattern of a request with these features, None if none is known.

    One query for fields that are known exactly, up to four otherwise.
    """
    traits = _traits(features, tenant_id)
    exactly = None if traits.by_message else _exactly(traits)
    return exactly or _recognise([traits])[0]


def recognise_many(
    requests: Sequence[Mapping[str, Any]], *, tenant_id: str
) -> list[Recognised | None]:
    """The pattern of each request, in their order.

    Up to three queries, however many requests and patterns there are.
    """
    return _recognise([_traits(features, tenant_id) for features in requests])


def _recognise(fresh: Sequence[Traits]) -> list[Recognised | None]:
    if not fresh:
        return []
    postings, wanted = candidates.of(fresh)
    loaded = list(_loaded(wanted))
    known = [one for one in loaded if one.pk in wanted]
    catalogue = Catalogue(known, postings, [one for one in loaded if one.pk not in wanted])
    return [_recognised(one, catalogue.find(one)) for one in fresh]


def _exactly(traits: Traits) -> Recognised | None:
    """The pattern with the very hash of these fields."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_HASH, [traits.tenant_id, traits.digest])
        row = cursor.fetchone()
    if row is None:
        return None
    found = fuzzy.exact(row[0])
    return Recognised(
        row[0], row[1], found.confidence, found.match_type, traits.digest, traits.digest
    )


def _loaded(ids: Collection[str]) -> Iterator[FailurePattern]:
    """These patterns, and the heirs of those that were merged."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, {"ids": list(ids)})
        rows = cursor.fetchall()
    for row in rows:
        # Documents come as text: only the ORM's own columns read them.
        values = [
            json.loads(one) if name in _DOCUMENTS and one is not None else one
            for name, one in zip(_COLUMNS, row, strict=True)
        ]
        yield FailurePattern.from_db(connection.alias, _COLUMNS, values)


def _traits(features: Mapping[str, Any], tenant_id: str) -> Traits:
    return Traits(
        Incident(
            tenant_id=tenant_id,
            error_type=features["error_type"],
            error_code=features.get("error_code"),
            error_message=features.get("message"),
            context=features.get("context") or {},
            agent_capability=features.get("agent_capability"),
            api_endpoint=features.get("api_endpoint"),
            status_code=features.get("status_code"),
        )
    )


def _recognised(traits: Traits, placed: Placement | None) -> Recognised | None:
    if placed is None:
        return None
    return Recognised(
        pattern_id=placed.pattern.pk,
        first_incident_id=placed.pattern.first_incident_id,
        confidence=placed.confidence,
        match_type=placed.match_type,
        pattern_signature=placed.read_as.signature_hash,
        request_signature=traits.digest,
    )
