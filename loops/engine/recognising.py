"""Which known failure a request is of, as the first bridge would say; nothing is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loops.domain.states import MatchType
from loops.engine import candidates
from loops.engine.catalogue import Catalogue, Placement
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
    """The pattern of a request with these features, None if none is known."""
    return recognise_many([features], tenant_id=tenant_id)[0]


def recognise_many(
    requests: Sequence[Mapping[str, Any]], *, tenant_id: str
) -> list[Recognised | None]:
    """The pattern of each request, in their order.

    Up to seven queries, however many requests and patterns there are.
    """
    fresh = [_traits(features, tenant_id) for features in requests]
    if not fresh:
        return []
    postings, by_message = candidates.of_messages([one for one in fresh if one.by_message])
    by_fields = candidates.of_fields([one for one in fresh if not one.by_message])
    wanted = FailurePattern.objects.filter(pk__in=by_message | by_fields)
    catalogue = Catalogue(wanted, postings)
    return [_recognised(one, catalogue.find(one)) for one in fresh]


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
        pattern_signature=placed.pattern.signature_hash,
        request_signature=traits.digest,
    )
