"""The governed connector over HTTP: an action by its name, a payload, and nothing else.

The address, the method and who it is from are the connector's; whoever calls chooses none of them.
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urljoin

import orjson

from integrations import json_schemas
from integrations.actions.connectors import Tested
from integrations.domain import connector_paths, connector_settings, redaction
from integrations.domain.connector_paths import PathFault
from integrations.domain.connectors import MAX_ECHO, MAX_RESPONSE, AuthType, ConnectorType, Method
from integrations.engine.connectors.calls import (
    MASK,
    Answer,
    Asked,
    CallFault,
    Prepared,
    Secret,
    unknown_action,
    without,
)
from integrations.models import Connector, ConnectorAction
from m25console import outbound
from m25console.destinations import OutboundFault, target_of

REDIRECTS: Final = 3
_FOLLOWED: Final = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})
_IN_THE_ADDRESS: Final = frozenset({Method.GET, Method.DELETE})


def prepare(asked: Asked) -> Prepared:
    """The request an action and a payload make. Raises CallFault for one that may not be made."""
    row, config = _allowed(asked), asked.connector.config
    method = Method(row.method)
    try:
        url, body = _request(config["base_url"], row.path, method, asked.payload)
        hidden = redaction.redacted(asked.payload)
        kept_url, kept = _request(config["base_url"], row.path, method, hidden)
    except PathFault as fault:
        raise CallFault("invalid_payload", str(fault), is_ours=True) from None
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"

    def send(secret: Secret, seconds: float) -> Answer:
        sent = headers | auth_headers(config, secret)
        raw = b"" if body is None else orjson.dumps(body)
        return read(requested(url, method=method, body=raw, headers=sent, seconds=seconds), secret)

    told = {"method": str(method), "headers": headers | shown_auth(config)}
    return Prepared(
        shown=told | {"url": url, "body": body}, kept=told | {"url": kept_url, "body": kept},
        send=send, needs=connector_settings.secret_parts(ConnectorType.HTTP, config),
        only_reads=method is Method.GET,
    )  # fmt: skip


def test(connector: Connector, secret: Secret, seconds: float) -> Tested:
    """Whether the server answers at its address and takes the secret."""
    try:
        answer = outbound.send(
            connector.config["base_url"], method="GET",
            headers=auth_headers(connector.config, secret), deadline_seconds=seconds,
        )  # fmt: skip
    except OutboundFault as fault:
        return Tested(False, str(fault), [asdict(one) for one in fault.stages])
    *way, last = (asdict(one) for one in answer.stages)
    if answer.status >= 500:
        told = f"It answers {answer.status}: it is in trouble itself."
        return Tested(False, told, [*way, last | {"is_good": False}])
    knows_us = answer.status not in (401, 403)
    stages = [*way, last | {"name": "auth", "is_good": knows_us}]
    if not knows_us:
        return Tested(False, f"It does not take the secret: {answer.status}.", stages)
    return Tested(True, f"It answers with {answer.status}.", stages)


def requested(
    url: str, *, method: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> outbound.Answer:
    """The answer, after redirects that stay with the same server; each is checked like the first.

    Raises CallFault for one that leads elsewhere, OutboundFault where there is no answer.
    """
    first, ends = target_of(url), time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        answer = outbound.send(
            url, method=method, body=body, headers=headers, max_answer=MAX_RESPONSE,
            deadline_seconds=max(ends - time.monotonic(), 0.001),
        )  # fmt: skip
        there = answer.headers.get("location", "")
        if answer.status not in _FOLLOWED or not there:
            return answer
        url = urljoin(url, there)
        target = target_of(url)
        if (target.scheme, target.host, target.port) != (first.scheme, first.host, first.port):
            raise CallFault(
                "redirect_refused", "It sends us on to another server, which is not followed."
            )
        if answer.status not in _SAME_METHOD and method != Method.GET:
            method, body = Method.GET, b""
    raise CallFault("redirect_refused", f"It sends us on more than {REDIRECTS} times.")


def read(answer: outbound.Answer, secret: Secret) -> Answer:
    """What an answer holds. Raises CallFault for one that is too large or tells of an error."""
    if answer.is_cut:
        raise CallFault(
            "response_too_large", f"The answer is larger than {MAX_RESPONSE // 2**20} MiB.",
            status_code=answer.status,
        )  # fmt: skip
    shown = encoded(secret)
    body = without(answer.body, secret, *shown)
    if answer.status >= 300:
        echo = body[:MAX_ECHO].decode(errors="replace")
        raise CallFault(
            "http_status", f"The server answered {answer.status}. {echo}".strip(),
            status_code=answer.status,
        )  # fmt: skip
    try:
        data = orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        data = body.decode(errors="replace").replace("\0", "")
    return Answer(data, len(answer.body), status_code=answer.status)


def encoded(secret: Secret) -> tuple[str, ...]:
    """The secret as a header may carry it besides its parts."""
    if set(secret) != {"username", "password"}:
        return ()
    return (_basic(secret),)


def auth_headers(config: Mapping[str, Any], secret: Secret) -> dict[str, str]:
    """The header that says who the request is from. Raises CallFault if none can carry it."""
    if not all(one.isascii() and one.isprintable() for one in secret.values()):
        raise CallFault("auth_unusable", "No header can carry this secret. Store it again.")
    header = config.get("auth_header", "Authorization")
    match config["auth_type"]:
        case AuthType.BEARER:
            return {header: f"Bearer {secret['token']}"}
        case AuthType.API_KEY:
            return {header: secret["api_key"]}
        case AuthType.BASIC:
            return {header: f"Basic {_basic(secret)}"}
    return {}


def shown_auth(config: Mapping[str, Any]) -> dict[str, str]:
    """The same header with a mask for the secret."""
    begins = {AuthType.BEARER: "Bearer ", AuthType.BASIC: "Basic ", AuthType.API_KEY: ""}
    kind = AuthType(config["auth_type"])
    if kind is AuthType.NONE:
        return {}
    return {config.get("auth_header", "Authorization"): begins[kind] + MASK}


def _basic(secret: Secret) -> str:
    pair = f"{secret['username']}:{secret['password']}"
    return base64.b64encode(pair.encode()).decode()


def _allowed(asked: Asked) -> ConnectorAction:
    """The action, if there is one, its method is allowed and the payload fits its schema."""
    row, config = asked.row, asked.connector.config
    if row is None:
        raise unknown_action(asked.connector)
    if row.method not in config["allowed_methods"]:
        allowed = ", ".join(config["allowed_methods"])
        told = f"{row.method} is not allowed here, only {allowed}."
        raise CallFault("method_not_allowed", told, is_ours=True)
    if row.request_schema and (wrong := json_schemas.faults(row.request_schema, asked.payload)):
        raise CallFault("invalid_payload", " ".join(wrong), is_ours=True)
    return row


def _request(
    base: str, path: str, method: Method, payload: Mapping[str, Any]
) -> tuple[str, dict[str, Any] | None]:
    url, left = connector_paths.joined(base, path, payload)
    if method in _IN_THE_ADDRESS:
        return connector_paths.queried(url, left), None
    return url, left
