"""What an incident is recognised by, worked out once however often a batch asks."""

from functools import cached_property

from loops.actions.signatures import signature_of
from loops.domain import matching
from loops.domain.buckets import bucket_of
from loops.domain.signature import Signature
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
        return signature_of(self.incident)

    @cached_property
    def digest(self) -> str:
        return self.signature.digest()

    @cached_property
    def bucket(self) -> Bucket:
        """The part of the catalogue it can match in."""
        fields = self.signature
        return self.tenant_id, bucket_of(
            by_message=self.by_message, error_type=fields.error_type, error_code=fields.error_code
        )

    @cached_property
    def reading(self) -> matching.Reading:
        return matching.read(self.incident.error_message or "")

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that may lead to its pattern, the exact one first."""
        return matching.lookup_keys(self.reading)
