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


class Unmended(InvalidInput):
    """Something has to be mended before this can be done."""

    status_code = 400
    code = "not_mended"
