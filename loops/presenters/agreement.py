"""How often people agreed with the recoveries proposed for a pattern."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import F
from django.db.models.fields.json import KeyTextTransform

from loops.domain.agreement import Agreement, Answered, agreement_of
from loops.domain.states import CheckpointType, RejectReason, Resolution
from loops.domain.votes import OPINIONS, YES
from loops.models import CheckpointDecision, FailurePattern, RecoveryCandidate
from loops.presenters.wordings import REASONS

LOOKED_BACK_AT: Final = 200  # recoveries of the pattern, the latest


@dataclass(frozen=True)
class AgreementPanel:
    """The counts, and why people disagreed."""

    counts: Agreement
    reasons: Sequence[tuple[str, int]]


def agreement_with(pattern: FailurePattern) -> AgreementPanel:
    """Of the latest recoveries proposed for it, those that people decided; one query."""
    made = RecoveryCandidate.objects.filter(tenant=pattern.tenant_id, source_pattern=pattern)
    lately = made.order_by("-created_at").values("trace")[:LOOKED_BACK_AT]
    final = CheckpointDecision.objects.filter(
        checkpoint__trace__in=lately,
        checkpoint__checkpoint_type=CheckpointType.APPROVE_RECOVERY,
        is_final=True,
        option__in=OPINIONS,
    )
    rows = final.annotate(
        then=KeyTextTransform("digest", "snapshot__shown"), asked=F("contract_digest")
    )
    counts = agreement_of(
        Answered(Resolution(option) in YES, bool(then) and then != asked, reason)
        for option, then, asked, reason in rows.values_list(
            "option", "then", "asked", "reason_code"
        )
    )
    reasons = [(REASONS[RejectReason(one)], times) for one, times in counts.reasons.items()]
    return AgreementPanel(counts, reasons)
