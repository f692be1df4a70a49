"""The keys that MCP servers are shown: stored ones, and those somebody has just entered."""

import base64
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.conf import settings

from integrations import vault
from integrations.actions.credentials import About
from integrations.actions.mcp_servers import Wanted
from integrations.domain import references
from integrations.domain.mcp_servers import McpAuth
from integrations.domain.references import Scheme
from integrations.domain.states import Accessor, CredentialKind
from integrations.engine import keeping
from integrations.mcp.answers import McpFault
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor

KEY_HEADER: Final = "X-API-Key"
READERS: Final = frozenset({Accessor.SYSTEM, Accessor.MCP_TOOL})
_KINDS: Final[Mapping[McpAuth, CredentialKind]] = {
    McpAuth.API_KEY: CredentialKind.API_KEY,
    McpAuth.BEARER: CredentialKind.BEARER_TOKEN,
    McpAuth.BASIC: CredentialKind.BASIC_AUTH,
}


@dataclass(frozen=True)
class Key:
    """One that was just entered; for basic authentication name and password with a colon
    between."""

    auth_type: McpAuth
    shown: str = field(repr=False)

    @property
    def kind(self) -> CredentialKind:
        return _KINDS[self.auth_type]

    @property
    def parts(self) -> Mapping[str, str]:
        """As it is stored."""
        match self.auth_type:
            case McpAuth.BASIC:
                username, _, password = self.shown.partition(":")
                return {"username": username, "password": password}
            case McpAuth.BEARER:
                return {"token": self.shown}
        return {"api_key": self.shown}


@contextlib.contextmanager
def kept(key: Key | None, wanted: Wanted, *, by: Actor, now: datetime) -> Iterator[Wanted]:
    """The server as it is wanted, referring to the key, which is stored for the console and for
    calls of tools to read, in one transaction with the server. Raises as `keeping.store`."""
    if key is None:
        yield wanted
        return
    about = About(wanted.name, "Of an MCP server", readers=READERS)
    with keeping.referred(key.parts, kind=key.kind, about=about, by=by, now=now) as reference:
        yield replace(wanted, credential_ref=reference)


def headers_of(auth_type: McpAuth, reference: str, *, by: Reader) -> Mapping[str, str]:
    """What a server is shown. Raises McpFault for a key that cannot be read or that no header can
    carry."""
    if auth_type is McpAuth.NONE:
        return {}
    try:
        return headers(auth_type, _secret(auth_type, reference, by))
    except (CannotResolve, references.ReferenceFault) as unreadable:
        raise McpFault("credential", str(unreadable)) from None


def headers(auth_type: McpAuth, secret: str) -> Mapping[str, str]:
    """Raises McpFault for a key that no header can carry."""
    if not (secret.isascii() and secret.isprintable()):
        told = "This key has characters that no header can carry. Store it again."
        raise McpFault("credential", told)
    match auth_type:
        case McpAuth.API_KEY:
            return {KEY_HEADER: secret}
        case McpAuth.BASIC:
            return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"Authorization": f"Bearer {secret}"}


def _secret(auth_type: McpAuth, reference: str, by: Reader) -> str:
    """The key; for basic authentication name and password with a colon between."""
    if auth_type is McpAuth.BASIC:
        told = references.parse(
            reference, tenant_id=by.tenant.pk,
            is_development=settings.CREDENTIALS_FROM_ENVIRONMENT,
        )  # fmt: skip
        if told.scheme is Scheme.VAULT:
            parts = vault.read(told.path, by=by)
            if {"username", "password"} <= parts.keys():
                return f"{parts['username']}:{parts['password']}"
    return vault.resolve(reference, by=by)
