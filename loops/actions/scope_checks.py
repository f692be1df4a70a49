"""Whether a bound scope lets an action be executed: asked in one order, each with its code."""

from datetime import datetime
from decimal import Decimal

from loops.domain.states import ScopeStatus
from loops.models import BoundScope
from m25console.refusals import NotPermitted, Refusal


class ScopedExecutionRequired(Refusal):
    """An execution without a scope; whatever is executed has its bounds."""

    status_code = 400
    code = "scoped_execution_required"


class ScopeOver(Refusal):
    """A scope that lets nothing be executed any more; its code says why."""

    status_code = 400

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class OutOfScope(NotPermitted):
    """An execution for another incident, or of another action, than the scope is for."""

    code = "out_of_scope"


def check_scope(
    scope: BoundScope, *, incident_id: str, action_code: str, cost: Decimal, now: datetime
) -> None:
    """Raises ScopeOver or OutOfScope, in the order of loop mechanics 1.0.0: state, life and
    attempts of the scope, then incident, action, and what the attempt would cost."""
    if scope.status == ScopeStatus.REVOKED:
        raise ScopeOver("This scope was revoked.", code="scope_revoked")
    if scope.status == ScopeStatus.EXPIRED or scope.expires_at <= now:
        raise ScopeOver(
            f"This scope ended at {scope.expires_at:%H:%M:%S} UTC.", code="scope_expired"
        )
    if scope.status == ScopeStatus.EXHAUSTED or scope.attempts_used >= scope.max_attempts:
        times = f"{scope.max_attempts} attempt{'s' if scope.max_attempts > 1 else ''}"
        raise ScopeOver(f"This scope allowed {times}, and they are used.", code="scope_exhausted")
    if scope.incident_id != incident_id:
        raise OutOfScope("This scope is for another incident.")
    if scope.allowed_action != action_code:
        raise OutOfScope(f"This scope allows {scope.allowed_action} and nothing else.")
    left = scope.max_cost - scope.cost_used
    if cost > left:
        raise ScopeOver(
            f"An attempt costs ${cost:.2f}, and ${left:.2f} is left in this scope.",
            code="scope_cost_exceeded",
        )
