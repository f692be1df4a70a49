"""MCP servers as registries publish them: `server.json` and the list of `/v0/servers`, in the
format of 2025-12-11 and the earlier ones that name a remote likewise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.domain.mcp_servers import McpTransport

SCHEMA: Final = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
OFFICIAL: Final = "io.modelcontextprotocol.registry/official"
NAME: Final = re.compile(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+")
MAX_NAME: Final = 200
MAX_TEXT: Final = 1024  # characters of anything else
MAX_DESCRIPTION: Final = 100  # characters, in a registry
NO_VERSION: Final = "0.0.0"  # of a server whose publisher told none
# Remotes as this console reaches them, the first kind that is offered.
TRANSPORTS: Final = {"streamable-http": McpTransport.HTTP, "sse": McpTransport.SSE}
_PART: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Offer:
    """A server of a registry: as it would be registered, or why it cannot be."""

    name: str
    server: Mapping[str, Any] | None = None
    wrong: str = ""


def kind_of(transport: McpTransport) -> str:
    """What a registry calls a way of speaking to a server."""
    return "sse" if transport is McpTransport.SSE else "streamable-http"


class _Wrong(Exception):  # noqa: N818 - becomes a sentence of an offer
    """Why a server cannot be registered."""


def offers(document: object) -> list[Offer]:
    """The servers of a document: one `server.json`, several in a list, or what a registry
    answers; none if it is none of these."""
    return [_offer(number, *one) for number, one in enumerate(_entries(document), start=1)]


def _entries(document: object) -> Iterator[tuple[object, Mapping[str, Any]]]:
    """Each server, with what its registry says of it."""
    listed = document.get("servers") if isinstance(document, Mapping) else document
    if isinstance(document, Mapping) and not {"name", "server"}.isdisjoint(document):
        listed = [document]
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping) and "server" in one:
            yield one["server"], _table(_table(one.get("_meta")).get(OFFICIAL))
        else:
            yield one, {}


def _offer(number: int, told: object, official: Mapping[str, Any]) -> Offer:
    if not isinstance(told, Mapping):
        return Offer(f"number {number}", wrong="Write an object here.")
    name = _text(told.get("name"))
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        wrong = "Its name is none of a registry, such as com.example/weather."
        return Offer(f"number {number}", wrong=wrong)
    try:
        return Offer(name, _server(name, told, official))
    except _Wrong as wrong:
        return Offer(name, wrong=str(wrong))


def _server(name: str, told: Mapping[str, Any], official: Mapping[str, Any]) -> dict[str, Any]:
    if official.get("status") == "deleted" or told.get("status") == "deleted":
        raise _Wrong("Its registry says that it is deleted.")
    if official.get("isLatest") is False:
        raise _Wrong("There is a newer version of it.")
    remote = _remote(told)
    metadata = {
        "registry_name": name,
        "registry_version": _text(told.get("version")) or NO_VERSION,
        "title": _text(told.get("title")),
        "wants_headers": ", ".join(_headers(remote)),
    }
    return {
        "name": name,
        "url": _address(remote),
        "transport": TRANSPORTS[_kind(remote)].value,
        "description": _text(told.get("description")),
        "metadata": {key: value for key, value in metadata.items() if value},
    }


def _remote(told: Mapping[str, Any]) -> Mapping[str, Any]:
    remotes = list(_tables(told.get("remotes")))
    for kind in TRANSPORTS:
        for one in remotes:
            if _kind(one) == kind:
                return one
    if remotes:
        raise _Wrong("The console reaches none of its remotes; it speaks HTTP and SSE.")
    packages = list(_tables(told.get("packages")))
    if not packages:
        raise _Wrong("It has no remote, so there is nothing to reach.")
    named = ", ".join(_package(one) for one in packages[:3])
    if all(_kind(_table(one.get("transport"))) in ("stdio", "") for one in packages):
        raise _Wrong(
            f"It only runs as a program that is spoken to by stdio ({named}), and the console "
            "runs no programs. Run it behind HTTP yourself, then register its address."
        )
    raise _Wrong(f"It has to be run first ({named}). Run it, then register its address.")


def _address(remote: Mapping[str, Any]) -> str:
    """Its address, with what the variables in it are by default. Raises _Wrong."""
    variables, open_parts = _table(remote.get("variables")), list[str]()

    def filled(part: re.Match[str]) -> str:
        known = _table(variables.get(part[1]))
        value = _text(known.get("value")) or _text(known.get("default"))
        if not value:
            open_parts.append(part[1])
        return value

    address = _PART.sub(filled, _text(remote.get("url")))
    if open_parts:
        raise _Wrong(f"Its address has to be filled in: {', '.join(open_parts)}. Register it so.")
    return address


def _headers(remote: Mapping[str, Any]) -> Iterator[str]:
    """The headers that it needs, or that hold a secret."""
    for one in _tables(remote.get("headers")):
        if one.get("isRequired") is True or one.get("isSecret") is True:
            yield _text(one.get("name"))


def _kind(transport: Mapping[str, Any]) -> str:
    return _text(transport.get("type")) or _text(transport.get("transport_type"))


def _package(one: Mapping[str, Any]) -> str:
    registry = _text(one.get("registryType")) or _text(one.get("registry_type"))
    return f"{registry} {_text(one.get('identifier'))}".strip()


def _tables(value: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    """A text as it can be kept: short, and one that can be read."""
    if not isinstance(value, str):
        return ""
    return "".join(one for one in value if one.isprintable()).strip()[:MAX_TEXT]
