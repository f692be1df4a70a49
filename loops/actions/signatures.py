"""What an incident is recognised by when nobody reads its message."""

from loops.domain.signature import Signature, normalised_signature
from loops.models import Incident


def signature_of(incident: Incident) -> Signature:
    """The incident's fields, tidied as patterns keep them."""
    return normalised_signature(
        error_type=incident.error_type,
        error_code=incident.error_code,
        context=incident.context or {},
        agent_capability=incident.agent_capability,
        api_endpoint=incident.api_endpoint,
        status_code=incident.status_code,
    )
