"""References to secrets: which are taken, what they lead to, and how they are shown.

A reference says where a secret lies and is never the secret. Version REFERENCES_V1 of
integrations 1.0.0: an allow-list of schemes, whatever else is refused.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "REFERENCES_V1"
LEAST_BLOB: Final = 28  # bytes: a nonce of 12 and a tag of 16
ENVIRONMENT_PREFIXES: Final = ("CUS_CRED_", "LLM_API_KEY_", "DEV_")
SHOWN_WHOLE_FROM: Final = 12  # characters; what is shorter is masked completely
# The most specific first, so that the sentence names the right vendor.
RAW_KEYS: Final[tuple[tuple[str, str], ...]] = (
    ("sk-ant-", "an Anthropic key"),
    ("sk-", "an OpenAI key"),
    ("anthropic-", "an Anthropic key"),
    ("az-", "an Azure key"),
    ("aws_", "an AWS key"),
    ("aiza", "a Google key"),
    ("xai-", "an xAI key"),
    ("akia", "an AWS access key"),
)
_CREDENTIAL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE: Final = re.compile(r"[A-Z0-9_]{1,128}")


class Scheme(StrEnum):
    ENCRYPTED = "encrypted"  # sealed by this console, in the reference itself
    VAULT = "cus-vault"  # by its id in the tenant's vault
    ENVIRONMENT = "env"  # a variable of the process; development only


@dataclass(frozen=True)
class Reference:
    """`path` is the blob, the credential's id or the variable's name."""

    scheme: Scheme
    path: str


class ReferenceFault(ValueError):  # noqa: N818 - a sentence for whoever gave it
    """What was given is no reference we take; the text never repeats it."""


def parse(text: str, *, tenant_id: str, is_development: bool) -> Reference:
    """The reference in `text`. Raises ReferenceFault, saying why without repeating the value."""
    told = text.strip()
    if not told:
        raise ReferenceFault("Choose a stored credential, or give a reference to one.")
    for prefix, owner in RAW_KEYS:
        if told.lower().startswith(prefix):
            raise ReferenceFault(
                f"This begins with “{prefix}” and looks like {owner}. Store it as a credential "
                "first, and refer to it here."
            )
    scheme, mark, path = told.partition("://")
    if mark and scheme == "vault":
        raise ReferenceFault("References to vault:// are no longer taken: use cus-vault://.")
    if not mark or scheme not in set(Scheme):
        raise ReferenceFault("A reference begins with cus-vault://, encrypted:// or env://.")
    _READERS[Scheme(scheme)](path, tenant_id, is_development)
    kept = path.partition("/")[2] if scheme == Scheme.VAULT else path
    return Reference(Scheme(scheme), kept)


def blob_of(reference: Reference) -> bytes:
    """The sealed secret in an encrypted reference."""
    return base64.urlsafe_b64decode(reference.path)


def of_blob(blob: bytes) -> str:
    """The reference that carries a sealed secret."""
    return f"{Scheme.ENCRYPTED}://{base64.urlsafe_b64encode(blob).decode()}"


def of_credential(credential_id: str, *, tenant_id: str) -> str:
    """The reference to a stored credential."""
    return f"{Scheme.VAULT}://{tenant_id}/{credential_id}"


def masked(text: str) -> str:
    """A reference as a page may show it: enough to tell two apart, never enough to use one."""
    scheme, mark, path = text.strip().partition("://")
    if mark and scheme == Scheme.ENVIRONMENT:
        return text.strip()
    if mark and scheme == Scheme.VAULT:
        return f"cus-vault://…/{path.rpartition('/')[2]}"
    if mark and scheme == Scheme.ENCRYPTED and len(path) >= SHOWN_WHOLE_FROM:
        return f"encrypted://{path[:8]}...{path[-4:]}"
    if len(text) < SHOWN_WHOLE_FROM:
        return "•" * 8
    return f"{text[:4]}...{text[-2:]}"


def _read_blob(path: str, _tenant_id: str, _is_development: bool) -> None:
    try:
        blob = base64.b64decode(path.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ReferenceFault("What follows encrypted:// is not URL-safe base64.") from None
    if len(blob) < LEAST_BLOB:
        raise ReferenceFault("What follows encrypted:// is too short to be a sealed secret.")


def _read_vault(path: str, tenant_id: str, _is_development: bool) -> None:
    owner, mark, credential_id = path.partition("/")
    if not mark or not _CREDENTIAL_ID.fullmatch(credential_id):
        raise ReferenceFault("Write cus-vault://, the tenant, a slash and the credential's id.")
    if owner != tenant_id:
        raise ReferenceFault("There is no such credential in this tenant.")


def _read_variable(path: str, _tenant_id: str, is_development: bool) -> None:
    if not is_development:
        raise ReferenceFault("References to env:// are taken in development only.")
    if not path.startswith(ENVIRONMENT_PREFIXES) or not _VARIABLE.fullmatch(path):
        begins = ", ".join(ENVIRONMENT_PREFIXES)
        raise ReferenceFault(f"The name of the variable must begin with one of {begins}.")


_READERS: Final = {
    Scheme.ENCRYPTED: _read_blob,
    Scheme.VAULT: _read_vault,
    Scheme.ENVIRONMENT: _read_variable,
}
