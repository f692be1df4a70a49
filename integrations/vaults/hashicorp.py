"""HashiCorp Vault's key-value store, version 2: `<mount>/data/<tenant>/<credential>`."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import hvac
from django.conf import settings
from hvac.exceptions import Forbidden, InvalidPath, VaultError
from requests import RequestException

from integrations.domain.states import Store
from integrations.domain.stores import Kept, Place, VaultFault, inside, outside

TIMEOUT_SECONDS: Final = 10


class HashiCorp:
    """By VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_MOUNT; VAULT_CACERT is honoured. An
    answer that redirects is an error, so that the token goes nowhere else."""

    store = Store.HASHICORP

    def __init__(self) -> None:
        if not settings.VAULT_TOKEN:
            raise VaultFault(
                "HashiCorp Vault is chosen and VAULT_TOKEN is not set.", error="unconfigured"
            )

    def write(self, place: Place, parts: Mapping[str, str]) -> Kept:
        with _asked() as kv:
            told = kv.create_or_update_secret(
                path=_path(place), secret=outside(parts), mount_point=settings.VAULT_MOUNT
            )
            return Kept(self.store, outside_version=str(told["data"]["version"]))

    def read(self, place: Place, kept: Kept) -> Mapping[str, str]:  # noqa: ARG002 - the newest
        with _asked() as kv:
            told = kv.read_secret_version(
                path=_path(place), mount_point=settings.VAULT_MOUNT, raise_on_deleted_version=True
            )
            return inside(told["data"]["data"])

    def erase(self, place: Place) -> None:
        with _asked() as kv, contextlib.suppress(InvalidPath):
            kv.delete_metadata_and_all_versions(path=_path(place), mount_point=settings.VAULT_MOUNT)


def _path(place: Place) -> str:
    return f"{place.tenant_id}/{place.credential_id}"


@contextlib.contextmanager
def _asked() -> Iterator[Any]:
    """The store, whose faults become ours; none of them repeats what was sent."""
    client = hvac.Client(
        url=settings.VAULT_ADDR, token=settings.VAULT_TOKEN, timeout=TIMEOUT_SECONDS,
        namespace=settings.VAULT_NAMESPACE or None, allow_redirects=False,
    )  # fmt: skip
    with contextlib.closing(client.adapter):
        try:
            yield client.secrets.kv.v2
        except InvalidPath:
            raise VaultFault("The vault holds no secret here.", error="absent") from None
        except Forbidden:
            told = "The vault refuses the console's token."
            raise VaultFault(told, error="refused") from None
        except (VaultError, RequestException) as fault:
            told = f"HashiCorp Vault does not answer as it should: {type(fault).__name__}."
            raise VaultFault(told, error="unreachable") from None
        except (KeyError, TypeError):
            told = "What answers at VAULT_ADDR is no key-value store of version 2."
            raise VaultFault(told, error="unreadable") from None
