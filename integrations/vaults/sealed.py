"""The console's own vault: the secret in its credential's row, sealed for its tenant."""

from collections.abc import Mapping
from typing import Final

import orjson

from integrations.domain.states import Store
from integrations.domain.stores import Kept, Place, VaultFault
from m25console.sealing import CannotUnseal, key_version, seal, unseal

PURPOSE: Final = "credential"


class SealedHere:
    """Asks no network, so it may be used inside a transaction."""

    store = Store.SEALED

    def write(self, place: Place, parts: Mapping[str, str]) -> Kept:
        blob = seal(orjson.dumps(dict(parts)), tenant_id=place.tenant_id, purpose=PURPOSE)
        return Kept(self.store, sealed=blob, key_version=key_version())

    def read(self, place: Place, kept: Kept) -> Mapping[str, str]:
        try:
            opened = unseal(kept.sealed or b"", tenant_id=place.tenant_id, purpose=PURPOSE)
        except CannotUnseal as damaged:
            raise VaultFault(str(damaged), error="unreadable") from None
        parts: dict[str, str] = orjson.loads(opened)
        return parts

    def erase(self, place: Place) -> None:
        """The row that keeps the secret is what forgets it."""
