"""Functions by their names: of AWS Lambda, or called over HTTP. Only those that are listed."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import quote

import orjson

from integrations.actions.connectors import Tested
from integrations.domain import connector_settings, redaction
from integrations.domain.connector_operations import BATCH
from integrations.domain.connectors import MAX_ECHO, ConnectorType
from integrations.engine.connectors import aws, fixed, http
from integrations.engine.connectors.calls import (
    MASK,
    Answer,
    Asked,
    CallFault,
    Prepared,
    Secret,
    without,
)
from integrations.models import Connector
from m25console import outbound
from m25console.destinations import OutboundFault

# As Lambda calls them.
KINDS: Final = {"sync": "RequestResponse", "async": "Event", "dry_run": "DryRun"}


def prepare(asked: Asked) -> Prepared:
    """Which functions are invoked with what. Raises CallFault for one that is not listed."""
    operation, values = fixed.operation_of(asked)
    config = asked.connector.config
    several = values["invocations"] if operation.name == "batch" else [values]
    calls = [fixed.usual(_INVOCATION) | dict(one) for one in several]
    known = functions_of(config)
    for one in calls:
        if one["function"] not in known:
            told = f"{one['function']} may not be invoked. There are: {', '.join(known)}."
            raise CallFault("unknown_function", told, is_ours=True)
        if config["platform"] != "aws_lambda" and one["invocation_type"] == "async":
            told = "A function over HTTP is waited for: it has no async."
            raise CallFault("invalid_payload", told, is_ours=True)
    needs = connector_settings.secret_parts(ConnectorType.SERVERLESS, config)
    told_of = [{"url": url_of(config, one), **one} for one in calls]

    def send(secret: Secret, seconds: float) -> Answer:
        if operation.name != "batch":
            return _invoked(config, secret, calls[0], seconds)
        return _all(config, secret, calls, seconds)

    account = {"account": dict.fromkeys(needs, MASK)}
    return Prepared(
        shown=account | {"calls": told_of}, kept=account | {"calls": redaction.redacted(told_of)},
        send=send, needs=needs,
    )  # fmt: skip


def test(connector: Connector, secret: Secret, seconds: float) -> Tested:
    """See that the first function that is listed is there; it is not run."""
    config = connector.config
    first = functions_of(config)[0]
    call = {"function": first, "payload": {}, "invocation_type": "dry_run"}
    try:
        _invoked(config, secret, call, seconds)
    except OutboundFault as fault:
        return Tested(False, str(fault))
    return Tested(True, f"{first} is there.")


def functions_of(config: Mapping[str, Any]) -> list[str]:
    """The functions that may be invoked."""
    return [one.strip() for one in config["functions"].split(",") if one.strip()]


def url_of(config: Mapping[str, Any], call: Mapping[str, Any]) -> str:
    """Where a function is invoked, or only looked for."""
    name = quote(call["function"], safe="")
    if config["platform"] != "aws_lambda":
        return f"{config['endpoint_url'].rstrip('/')}/{name}"
    place = f"{aws.endpoint('lambda', config)}/2015-03-31/functions/{name}"
    return place if call["invocation_type"] == "dry_run" else f"{place}/invocations"


def _invoked(
    config: Mapping[str, Any], secret: Secret, call: Mapping[str, Any], seconds: float
) -> Answer:
    is_dry = call["invocation_type"] == "dry_run"
    body = b"" if is_dry else orjson.dumps(call["payload"])
    url, headers = url_of(config, call), {"Content-Type": "application/json"}
    if config["platform"] == "aws_lambda":
        headers["X-Amz-Invocation-Type"] = KINDS[call["invocation_type"]]
        answer = aws.sent(
            "lambda", config, secret, method="GET" if is_dry else "POST", url=url, body=body,
            headers=headers, seconds=seconds,
        )  # fmt: skip
        return _read(answer, secret, is_dry=is_dry)
    answer = http.requested(
        url, method="HEAD" if is_dry else "POST", body=body,
        headers=headers | http.auth_headers(config, secret), seconds=seconds,
    )  # fmt: skip
    # What takes POST alone and says so is there.
    if is_dry and answer.status == 405:
        return Answer({"exists": True}, 0, status_code=405)
    return _read(answer, secret, is_dry=is_dry)


def _read(answer: outbound.Answer, secret: Secret, *, is_dry: bool) -> Answer:
    """Success is a status of 2xx and no error of the function's own."""
    if error := answer.headers.get("x-amz-function-error"):
        echo = without(answer.body, secret)[:MAX_ECHO].decode(errors="replace")
        raise CallFault("function_error", f"{error}: {echo}", status_code=answer.status)
    told = http.read(answer, secret)
    return Answer({"exists": True}, told.size, told.status_code) if is_dry else told


def _all(
    config: Mapping[str, Any], secret: Secret, calls: list[dict[str, Any]], seconds: float
) -> Answer:
    """All at once; each tells by itself what came of it."""
    ends = time.monotonic() + seconds

    def one(call: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        try:
            left = max(ends - time.monotonic(), 0.001)
            done = _invoked(config, secret, call, left)
        except (CallFault, OutboundFault) as fault:
            return {"function": call["function"], "success": False, "error": str(fault)}, 0
        return {"function": call["function"], "success": True, "data": done.data}, done.size

    with ThreadPoolExecutor(max_workers=BATCH, thread_name_prefix="function") as pool:
        done = list(pool.map(one, calls))
    size = sum(size for _, size in done)
    return Answer([told for told, _ in done], size, row_count=len(done))


_INVOCATION: Final[Mapping[str, Any]] = {
    "payload": {"default": {}},
    "invocation_type": {"default": "sync"},
}
