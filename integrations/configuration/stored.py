"""References to secrets as a document writes them: by name, so that they fit another tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from integrations.domain import references
from integrations.domain.configuration import SEALED, STORED
from integrations.domain.references import Scheme
from integrations.models import Credential
from m25console.models import Tenant
from m25console.refusals import InvalidInput


@dataclass(frozen=True)
class Stored:
    """The names of a tenant's credentials by their ids."""

    tenant: Tenant
    names: Mapping[str, str]

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """One query."""
        rows = Credential.objects.for_tenant(tenant).values_list("pk", "name")
        return cls(tenant, dict(rows))

    def told(self, reference: str) -> str:
        """A reference as the document writes it; never a secret, sealed or not."""
        scheme, _, path = reference.partition("://")
        if scheme == Scheme.VAULT:
            held = path.partition("/")[2]
            return f"{STORED}{self.names.get(held, held)}"
        if scheme == Scheme.ENCRYPTED:
            return f"{SEALED}{references.masked(reference)}"
        return reference

    def meant(self, text: str, *, held: str = "") -> str:
        """The reference that the document means; `held` is the one that is there.

        Raises InvalidInput for a name that no stored credential has, and for a secret that is
        sealed elsewhere. Whoever uses the reference checks all others.
        """
        if held and text == self.told(held):
            return held
        if text.startswith(SEALED):
            told = (
                "Its secret is sealed where it was and does not travel. Store it as a credential."
            )
            raise InvalidInput.of({"credential": [told]})
        if not text.startswith(STORED):
            return text
        wanted = text.removeprefix(STORED)
        for pk, name in self.names.items():
            if name == wanted:
                return references.of_credential(pk, tenant_id=self.tenant.pk)
        told = "There is no stored credential of that name here. Store it first."
        raise InvalidInput.of({"credential": [told]})
