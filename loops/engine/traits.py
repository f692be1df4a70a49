"""What an incident is recognised by, worked out once however often a batch asks."""

import hashlib
from functools import cached_property

from loops.domain import matching
from loops.domain.signature import Signature, normalised_signature
from loops.models import Incident

type Bucket = tuple[str, str]  # tenant id, digest of what must be equal


class Traits:
    """How an incident reads: by its message if it has one, else by its fields."""

    def __init__(self, incident: Incident) -> None:
        self.incident = incident

    @property
    def tenant_id(self) -> str:
        return self.incident.tenant_id

    @property
    def by_message(self) -> bool:
        return bool(self.incident.error_message)

    @cached_property
    def signature(self) -> Signature:
        """The fields; all there is to compare without a message."""
        one = self.incident
        return normalised_signature(
            error_type=one.error_type,
            error_code=one.error_code,
            context=one.context or {},
            agent_capability=one.agent_capability,
            api_endpoint=one.api_endpoint,
            status_code=one.status_code,
        )

    @cached_property
    def digest(self) -> str:
        return self.signature.digest()

    @cached_property
    def bucket(self) -> Bucket:
        """The part of the catalogue it can match in; equal for incidents that may meet.

        With a message, error type and code must be equal; without one, the error type.
        """
        code = self.signature.error_code if self.by_message else None
        kind = "message" if self.by_message else "fields"
        text = "\x1f".join([kind, self.signature.error_type, code or ""])
        return self.tenant_id, hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def reading(self) -> matching.Reading:
        return matching.read(self.incident.error_message or "")

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that may lead to its pattern, the exact one first."""
        return matching.lookup_keys(self.reading)
