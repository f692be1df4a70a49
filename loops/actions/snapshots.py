"""What a person decided on, written down so that it reads the same for ever."""

from collections.abc import Mapping
from typing import Any

from loops.actions.contracts import Subject, digest_now, subject_now
from loops.domain.payload import jsonable
from loops.models import HumanCheckpoint, RecoveryCandidate


def seen_now(
    checkpoint: HumanCheckpoint, about: Subject | None, *, page: Mapping[str, Any]
) -> dict[str, Any]:
    """The question, its contract as it is at this moment, and what the page showed besides.

    `about` is the checkpoint's target, if it can change. `page` holds `figures` and `warnings`
    in words; it is empty for an answer that came through another door.
    """
    question = checkpoint.description
    if isinstance(about, RecoveryCandidate) and about.pk == checkpoint.target_id:
        question = f"{about.suggestion.rstrip('.?')}?"
    return {
        "question": question,
        "subject": jsonable(dict(subject_now(checkpoint, about)), path="subject"),
        "asked": checkpoint.contract.get("subject", {}),
        "digest": digest_now(checkpoint, about),
        "confidence": checkpoint.confidence,
        "band": checkpoint.confidence_band,
        "risk": checkpoint.risk,
        "priority": checkpoint.priority,
        "approvals": checkpoint.approvers_required,
        "rules": checkpoint.contract.get("rules", {}),
        "figures": page.get("figures", []),
        "warnings": page.get("warnings", []),
    }
