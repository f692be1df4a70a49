"""Where secrets lie, and what a row keeps of one: integrations 1.0.0."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.domain.credentials import RESERVED
from integrations.domain.states import Store


class VaultFault(Exception):  # noqa: N818 - told to the person as the state of a secret
    """A vault did not do what was asked; the text says why, and nothing of the secret. `error` is
    absent, refused, unreachable, unreadable or unconfigured."""

    def __init__(self, told: str, *, error: str) -> None:
        super().__init__(told)
        self.error = error


@dataclass(frozen=True)
class Place:
    """Whose secret it is, and of which credential."""

    tenant_id: str
    credential_id: str


@dataclass(frozen=True)
class Kept:
    """What a credential's row keeps of its secret: the sealed bytes and the version of the key, or
    which version of it lies outside."""

    store: Store
    sealed: bytes | None = None
    key_version: str = ""
    outside_version: str = ""


@dataclass(frozen=True)
class Written:
    """A secret that lies where it should, and waits for its credential's row."""

    place: Place
    kept: Kept


def outside(parts: Mapping[str, str]) -> dict[str, Any]:
    """The parts as they are written outside, marked as ours."""
    return {**parts, RESERVED: {"kept_by": "m25console"}}


def inside(written: object) -> dict[str, str]:
    """The parts of what was read outside. Raises VaultFault if it holds none."""
    if not isinstance(written, dict):
        raise VaultFault("What the vault holds here is no secret of ours.", error="unreadable")
    parts = {name: one for name, one in written.items() if name != RESERVED}
    if not parts or not all(isinstance(one, str) for one in (*parts, *parts.values())):
        raise VaultFault("What the vault holds here is no secret of ours.", error="unreadable")
    return parts
