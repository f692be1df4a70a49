"""Which known failure a request is of, as the first bridge would say; nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loops.domain.states import MatchType
from loops.engine import candidates
from loops.engine.catalogue import Catalogue
from loops.engine.traits import Traits
from loops.models import FailurePattern, Incident


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

    Two queries for its fields, three or four for its message, however many patterns there are.
    """
    traits = Traits(
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
    placed = _catalogue(traits).find(traits)
    if placed is None:
        return None
    return Recognised(
        pattern_id=placed.pattern.pk,
        first_incident_id=placed.pattern.first_incident_id,
        confidence=placed.confidence,
        match_type=placed.match_type,
        pattern_signature=placed.pattern.signature_hash,
        request_signature=traits.digest,
    )


def _catalogue(traits: Traits) -> Catalogue:
    if traits.by_message:
        postings, wanted = candidates.of_messages([traits])
    else:
        postings, wanted = {}, candidates.of_fields([traits])
    return Catalogue(FailurePattern.objects.filter(pk__in=wanted), postings)
