"""Whether an applied recovery helped, once that is known."""

from datetime import datetime
from typing import Final

from django.db import transaction

from loops.actions import calibrations
from loops.domain.states import VERIFICATION_MOVES, Verification
from loops.feed import tell_pages
from loops.models import RecoveryCandidate

PROVED_RIGHT: Final = {Verification.VERIFIED: True, Verification.FAILED: False}


@transaction.atomic
def conclude(*, recovery_id: str, verdict: Verification, note: str, now: datetime) -> bool:
    """End the watch over a recovery; False if somebody else did, having changed nothing.

    A verdict that says something about the confidence once stated is kept with the incident.
    """
    rows = RecoveryCandidate.objects.select_related("trace")
    recovery = rows.locked().get(pk=recovery_id)
    here = Verification(recovery.verification) if recovery.verification else None
    if here is None or verdict not in VERIFICATION_MOVES[here]:
        return False
    recovery.verification, recovery.verification_note = verdict, note
    recovery.verified_at = recovery.updated_at = now
    recovery.save(update_fields=["verification", "verification_note", "verified_at", "updated_at"])
    if verdict in PROVED_RIGHT:
        calibrations.record_outcome(
            incident_id=recovery.source_incident_id,
            was_correct=PROVED_RIGHT[verdict],
            reason=note,
            now=now,
        )
    tell_pages(recovery.trace, kind="recovery", now=now)
    return True
