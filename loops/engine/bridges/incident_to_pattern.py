"""Bridge 1: which known failure is this?"""

from datetime import datetime

from loops.domain.confidence import band
from loops.engine.catalogue import Placement
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import Incident


def run(loop: Loop, work: Workset, now: datetime) -> Outcome:
    """Place the incident in the catalogue and count it there."""
    placed = work.catalogue.place(loop.traits, now=now)
    pattern, matched = placed.pattern, band(placed.confidence)
    _note(loop.incident, placed, now)
    work.changed_incidents.append(loop.incident)
    return Outcome(
        result={
            "pattern_id": pattern.pk,
            "match_type": placed.match_type,
            "confidence": placed.confidence,
            "is_new_pattern": placed.is_new,
            "occurrences": pattern.occurrence_count,
            "signature_version": placed.read_as.signature_version,
            "signature_hash": placed.read_as.signature_hash,
            "why": placed.why,
        },
        carry={
            "pattern_id": pattern.pk,
            "confidence": placed.confidence,
            "band": matched,
            "match_band": matched,
            "match_type": placed.match_type,
            "match_confidence": placed.confidence,
            "occurrences": pattern.occurrence_count,
        },
        confidence=placed.confidence,
        band=matched,
    )


def _note(incident: Incident, placed: Placement, now: datetime) -> None:
    """Write on the incident where it landed."""
    incident.matched_pattern_id = placed.pattern.pk
    incident.match_confidence = placed.confidence
    incident.match_confidence_band = band(placed.confidence)
    incident.recurrence_signature = placed.read_as.signature_hash
    incident.signature_version = placed.read_as.signature_version
    incident.updated_at = now
