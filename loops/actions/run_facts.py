"""From stored promises and acknowledgements to the plain facts that the contract compares."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from loops.domain.runtime_audit import Ack, Expectation, Key
from loops.domain.states import AckStatus, AuditAction, AuditDomain, AuditStatus
from loops.models import AuditAck, AuditExpectation


@dataclass
class Facts:
    """What one run promised, and what was acknowledged, oldest first."""

    expectations: list[Expectation] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)


def facts_of(run_ids: Collection[int]) -> dict[int, Facts]:
    """The facts of these runs by their number: two queries for any number of them."""
    found: dict[int, Facts] = defaultdict(Facts)
    promised = AuditExpectation.objects.filter(run__in=run_ids).order_by("run", "pk")
    for run_id, domain, action, deadline_ms, due_at, status in promised.values_list(
        "run_id", "domain", "action", "deadline_ms", "due_at", "status"
    ):
        key = Key(AuditDomain(domain), AuditAction(action))
        one = Expectation(key, deadline_ms, due_at, AuditStatus(status))
        found[run_id].expectations.append(one)
    for row in AuditAck.objects.filter(run__in=run_ids).order_by("run", "pk"):
        found[row.run_id].acks.append(ack_of(row))
    return found


def ack_of(row: AuditAck) -> Ack:
    return Ack(
        key=Key(AuditDomain(row.domain), AuditAction(row.action)),
        status=AckStatus(row.status),
        result_id=row.result_id,
        error=row.error,
        rolled_back=row.rolled_back,
        rollback_reason=row.rollback_reason,
        metadata=row.metadata,
    )
