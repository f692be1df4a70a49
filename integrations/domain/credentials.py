"""What a credential must hold, and when it is old: integrations 1.0.0."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from integrations.domain.states import CredentialKind

MAX_NAME: Final = 128
MAX_VALUE: Final = 16_384  # characters of one part, enough for a certificate's chain
EXPIRING_WITHIN: Final = timedelta(days=7)
RESERVED: Final = "_metadata"
REQUIRED: Final[Mapping[CredentialKind, tuple[str, ...]]] = {
    CredentialKind.API_KEY: ("api_key",),
    CredentialKind.OAUTH: ("client_id", "client_secret"),
    CredentialKind.DATABASE: ("host", "username", "password"),
    CredentialKind.BASIC_AUTH: ("username", "password"),
    CredentialKind.BEARER_TOKEN: ("token",),
    CredentialKind.SSH_KEY: (),
    CredentialKind.CERTIFICATE: (),
    CredentialKind.CUSTOM: (),
}

# What people call the parts of a secret; several that share no word are its secrets.
WORDS: Final[Mapping[str, str]] = {
    "password": "password", "username": "password", "api_key": "key", "token": "token",
    "connection_string": "address", "access_key_id": "access key",
    "secret_access_key": "access key",
}  # fmt: skip


def faults(kind: CredentialKind, secret: Mapping[str, str]) -> list[str]:
    """What is wrong with the parts of a secret, each a sentence that repeats none of them."""
    if not secret:
        return ["Enter the secret."]
    told = [f"{_named(one)} is missing." for one in REQUIRED[kind] if not secret.get(one)]
    if RESERVED in secret:
        told.append(f"A part cannot be called {RESERVED}.")
    if any(len(one) > MAX_VALUE for one in secret.values()):
        told.append(f"A part has at most {MAX_VALUE:,} characters.")
    return told


def value_of(secret: Mapping[str, str]) -> str:
    """The one value a reference stands for: `api_key` where there is one, else the first."""
    return secret.get("api_key") or next(iter(secret.values()), "")


def name_for(owner: str, parts: Collection[str], *, taken: Collection[str]) -> str:
    """The name of a secret that is stored with the thing it is of, such as "Parcels, password";
    with a number where that is taken."""
    words = {WORDS.get(one.rpartition(".")[2], "secrets") for one in parts}
    name = f"{owner.strip()[: MAX_NAME - 30]}, {words.pop() if len(words) == 1 else 'secrets'}"
    numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return next(one for one in (name, *numbered) if one not in taken)


def is_expired(expires_at: datetime | None, *, now: datetime) -> bool:
    """Whether it may no longer be read."""
    return expires_at is not None and expires_at < now


def is_expiring(expires_at: datetime | None, *, now: datetime) -> bool:
    """Whether it ends within seven days and has not ended yet."""
    return expires_at is not None and now <= expires_at <= now + EXPIRING_WITHIN


def rotation_due_at(rotated_at: datetime, *, every_days: int | None) -> datetime | None:
    """When the secret itself should be replaced, counted from when it last was."""
    return rotated_at + timedelta(days=every_days) if every_days else None


def _named(part: str) -> str:
    return part.replace("_", " ").capitalize().replace("Api", "API")
