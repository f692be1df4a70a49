"""Who may do what to an integration. Each check raises a Refusal with the sentence they read."""

from integrations.domain.states import HealthState, IntegrationStatus
from integrations.models import Integration
from m25console.access import Actor, check_administers
from m25console.refusals import InvalidInput, WrongState


def check_can_enable(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted, InvalidInput where something has to be mended first, or WrongState."""
    check_administers(actor)
    if row.status == IntegrationStatus.ENABLED:
        raise WrongState("This integration is enabled already.")
    if row.status == IntegrationStatus.ERROR:
        raise Unmended("Mend the error first: test it with a key that the provider takes.")
    if row.health_state == HealthState.FAILING:
        raise Unmended("Its last check failed. Test it again first.")


def check_can_disable(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_administers(actor)
    if row.status != IntegrationStatus.ENABLED:
        raise WrongState("Only an integration that is enabled can be disabled.")


def check_can_observe(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_administers(actor)
    if not row.enforces:
        raise WrongState("Its limits only observe already.")


def check_can_enforce(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_administers(actor)
    if row.enforces:
        raise WrongState("Its limits stop calls already.")
    if not (row.budget_limit_cents or row.token_limit_month or row.rate_limit_rpm):
        raise WrongState("It has no limit yet: set one first.")


def check_can_raise(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted, or WrongState where there is no limit to raise."""
    check_administers(actor)
    if not (row.budget_limit_cents or row.token_limit_month or row.rate_limit_rpm):
        raise WrongState("It has no limit that could be raised.")


class Unmended(InvalidInput):
    """Something has to be mended before this can be done."""

    status_code = 400
    code = "not_mended"
