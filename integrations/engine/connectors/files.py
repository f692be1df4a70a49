"""Files of one folder, on this machine or in a bucket; no key leads out of it."""

from collections.abc import Mapping
from typing import Any, Final

from integrations.actions.connectors import Tested
from integrations.domain import connector_paths, redaction
from integrations.domain.connector_paths import PathFault
from integrations.engine.connectors import aws, buckets, fixed, folders
from integrations.engine.connectors.calls import MASK, Answer, Asked, CallFault, Prepared, Secret
from integrations.models import Connector

SHOWN: Final = 20  # files that are told of a call


def prepare(asked: Asked) -> Prepared:
    """What an operation does to which files. Raises CallFault for a key outside the folder."""
    operation, values = fixed.operation_of(asked)
    config = asked.connector.config
    is_s3 = config["storage_type"] == "s3"
    store = buckets.OPERATIONS if is_s3 else folders.OPERATIONS
    try:
        keys = _keys(values)
        whole = [connector_paths.key_within(config["base_path"], one) for one in keys]
    except PathFault as fault:
        raise CallFault("invalid_payload", str(fault), is_ours=True) from None

    def send(secret: Secret, seconds: float) -> Answer:
        try:
            return store[operation.name](config, values, secret, seconds)
        except OSError as error:
            raise CallFault("storage", f"The storage said: {error.strerror}.") from None

    told = _told(config, operation.name, whole)
    shown = {name: value for name, value in values.items() if name != "content"}
    if "content" in values:
        shown["content"] = f"{len(values['content']):,} characters"
    return Prepared(
        shown=told | {"values": shown}, kept=told | {"values": redaction.redacted(shown)},
        send=send, needs=aws.NEEDS if is_s3 else (), only_reads=not operation.writes,
    )  # fmt: skip


def test(connector: Connector, secret: Secret, seconds: float) -> Tested:
    """List one file."""
    prepared = prepare(Asked(connector, "list", {"limit": 1}))
    answer = prepared.send(secret, seconds)
    is_empty = not answer.data["files"]
    return Tested(
        True, "It is empty." if is_empty else f"It holds {answer.data['files'][0]['key']}."
    )


def _told(config: Mapping[str, Any], operation: str, keys: list[str]) -> dict[str, Any]:
    """Which files, where, and with which account."""
    if config["storage_type"] != "s3":
        return {"operation": operation, "files": [f"/{one}" for one in keys[:SHOWN]]}
    place = f"{aws.endpoint('s3', config)}/{config['bucket']}/"
    account = dict.fromkeys(aws.NEEDS, MASK)
    files = [place + one for one in keys[:SHOWN]]
    return {"operation": operation, "files": files, "account": account}


def _keys(values: Mapping[str, Any]) -> list[str]:
    return [values[name] for name in ("key", "to") if name in values] + list(values.get("keys", ()))
