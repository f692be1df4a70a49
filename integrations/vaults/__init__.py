"""Where tenants' secrets are kept: one small protocol, and the one place that chooses.

New secrets go where CREDENTIAL_VAULT_PROVIDER says, and nowhere else if that fails; each row
remembers where its own lies, so that changing the setting loses nothing.
"""

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from integrations.domain.states import Store
from integrations.domain.stores import Kept, Place, VaultFault
from integrations.vaults.sealed import SealedHere


class Vault(Protocol):
    """Each method raises VaultFault. Those that lie outside are asked over the network."""

    store: Store

    def write(self, place: Place, parts: Mapping[str, str]) -> Kept:
        """Keep the parts, in place of what was kept there."""

    def read(self, place: Place, kept: Kept) -> Mapping[str, str]:
        """The parts that are kept."""

    def erase(self, place: Place) -> None:
        """Keep nothing there, in no version; also where nothing was."""


def for_new() -> Vault:
    """Where new secrets of tenants go. Raises VaultFault where none may be kept."""
    chosen = settings.CREDENTIAL_VAULT_PROVIDER
    if chosen == "env":
        raise VaultFault(
            "CREDENTIAL_VAULT_PROVIDER is env, which keeps no secrets of tenants. The operator "
            "can choose sealed, hashicorp or aws_secrets.",
            error="unconfigured",
        )
    if chosen not in set(Store):
        raise VaultFault("CREDENTIAL_VAULT_PROVIDER names no vault.", error="unconfigured")
    return of(Store(chosen))


def of(store: Store) -> Vault:
    """The vault of that kind. Raises VaultFault where it is not set up."""
    match store:
        case Store.SEALED:
            return SealedHere()
        case Store.HASHICORP:
            from integrations.vaults.hashicorp import HashiCorp  # noqa: PLC0415 - few need it

            return HashiCorp()
        case Store.AWS:
            from integrations.vaults.aws import SecretsManager  # noqa: PLC0415 - slow to load

            return SecretsManager()
