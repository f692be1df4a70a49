"""Which other patterns a pattern is most like, and what tells them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loops.actions.pattern_merges import bucket_name
from loops.domain import fuzzy, matching
from loops.domain.signature import Signature, stored_signature
from loops.engine import candidates
from loops.models import FailurePattern

SHOWN: Final = 6
CUT: Final = 24  # others that are weighed
TELLS: Final = 3  # differences named


@dataclass(frozen=True)
class Tell:
    """One difference: where it lies, and what either side has there; empty for nothing."""

    place: str
    here: str
    there: str


@dataclass(frozen=True)
class Neighbour:
    """Another pattern, how sure it would be that this one's failures are its own, and why not
    surer."""

    pattern: FailurePattern
    score: float
    tells: tuple[Tell, ...]


def ids_near(pattern: FailurePattern) -> list[str]:
    """Ids of patterns that share a key or the error type with this one; one query."""
    if pattern.message_template is None:
        frequent = candidates.frequent_of({(pattern.tenant_id, pattern.error_type)})
        return sorted(frequent - {pattern.pk})
    template = matching.Template.from_json(pattern.message_template)
    held = candidates.holding_keys(
        tenant_id=pattern.tenant_id, bucket=bucket_name(pattern), keys=matching.index_keys(template)
    )
    sizes = {key: len(ids) for key, ids in held.items() if not key.startswith(matching.EXACT)}
    found = {one for key in matching.worth_loading(tuple(sizes), sizes=sizes) for one in held[key]}
    return sorted(found - {pattern.pk})[:CUT]


def nearest(pattern: FailurePattern, others: Sequence[FailurePattern]) -> list[Neighbour]:
    """Those of `others` that are at all like it, the likest first."""
    weigh = _by_fields if pattern.message_template is None else _by_message
    found = [weigh(pattern, other) for other in others if _same_kind(pattern, other)]
    found.sort(key=lambda one: (-one.score, one.pattern.pk))
    return [one for one in found if one.score > 0][:SHOWN]


def _same_kind(pattern: FailurePattern, other: FailurePattern) -> bool:
    return (pattern.message_template is None) == (other.message_template is None)


def _by_message(pattern: FailurePattern, other: FailurePattern) -> Neighbour:
    own = matching.Template.from_json(pattern.message_template or {})
    reading = matching.Reading(own.tokens, own.spaced, own.birth)
    found = matching.weigh(matching.Template.from_json(other.message_template or {}), reading)
    tells = tuple(Tell("the message", here, there) for there, here in found.differing[:TELLS])
    return Neighbour(other, found.confidence, tells)


def _by_fields(pattern: FailurePattern, other: FailurePattern) -> Neighbour:
    own, known = _signature(pattern), _signature(other)
    earned = fuzzy.contributions(known=known, incoming=own)
    tells = tuple(
        Tell(name, _told(own, name), _told(known, name))
        for name, weight in sorted(fuzzy.WEIGHTS.items(), key=lambda one: -one[1])
        if earned[name] < weight
    )
    return Neighbour(other, fuzzy.score(known=known, incoming=own), tells[:TELLS])


def _signature(pattern: FailurePattern) -> Signature:
    return stored_signature(fields=pattern.signature, version=pattern.signature_version)


def _told(signature: Signature, name: str) -> str:
    value = getattr(signature, name)
    return "" if value is None else str(value)
