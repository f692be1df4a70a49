"""The files of one folder of a bucket, in S3 or what speaks like it. A bucket is never made."""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping
from itertools import batched
from typing import Any, Final
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from integrations.domain import connector_paths
from integrations.domain.connector_operations import PAGE
from integrations.domain.connectors import MAX_ECHO
from integrations.engine.connectors import aws
from integrations.engine.connectors.calls import Answer, CallFault, Secret
from m25console import outbound

type Values = Mapping[str, Any]
type Config = Mapping[str, Any]
NO_SUCH: Final = "There is no such file."
_OBJECT: Final = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)


def listed(config: Config, values: Values, secret: Secret, seconds: float) -> Answer:
    base = _base(config)
    query = {
        "list-type": "2",
        "max-keys": str(values["limit"]),
        "prefix": base + values.get("prefix", ""),
    }
    if values.get("continuation"):
        query["continuation-token"] = values["continuation"]
    url = f"{aws.endpoint('s3', config)}/{config['bucket']}?{urlencode(query, quote_via=quote)}"
    answer = _good(aws.sent("s3", config, secret, method="GET", url=url, seconds=seconds))
    text = answer.body.decode(errors="replace")
    files = [
        {
            "key": html.unescape(_of(one, "Key")).removeprefix(base),
            "size": int(_of(one, "Size") or 0),
            "changed_at": _of(one, "LastModified"),
        }
        for one in _OBJECT.findall(text)
    ]
    more = html.unescape(_of(_OBJECT.sub("", text), "NextContinuationToken"))
    data = {"files": files, "continuation": more or None}
    return Answer(data, len(answer.body), row_count=len(files), is_truncated=bool(more))


def metadata(config: Config, values: Values, secret: Secret, seconds: float) -> Answer:
    url = url_of(config, values["key"])
    answer = aws.sent("s3", config, secret, method="HEAD", url=url, seconds=seconds)
    if answer.status == 404:
        return Answer({"exists": False}, 0, status_code=404)
    _good(answer)
    told = {
        "exists": True,
        "size": int(answer.headers.get("content-length", 0)),
        "content_type": answer.headers.get("content-type", ""),
        "changed_at": answer.headers.get("last-modified", ""),
    }
    return Answer(told, 0, status_code=answer.status)


def download(config: Config, values: Values, secret: Secret, seconds: float) -> Answer:
    url = url_of(config, values["key"])
    answer = _good(aws.sent("s3", config, secret, method="GET", url=url, seconds=seconds))
    return Answer(content_of(answer.body), len(answer.body), status_code=answer.status)


def upload(config: Config, values: Values, secret: Secret, seconds: float) -> Answer:
    body, url = bytes_of(values), url_of(config, values["key"])
    _good(aws.sent("s3", config, secret, method="PUT", url=url, body=body, seconds=seconds))
    return Answer({"key": values["key"], "size": len(body)}, 0)


def copy(config: Config, values: Values, secret: Secret, seconds: float) -> Answer:
    source = quote(
        f"/{config['bucket']}/{connector_paths.key_within(config['base_path'], values['key'])}"
    )
    headers = {"x-amz-copy-source": source}
    url = url_of(config, values["to"])
    answer = aws.sent("s3", config, secret, method="PUT", url=url, headers=headers, seconds=seconds)
    if b"<Error>" in _good(answer).body:  # S3 may begin with 200 and then fail
        raise CallFault("refused_by_server", _said(answer), status_code=answer.status)
    return Answer({"key": values["to"]}, len(answer.body), status_code=answer.status)


def delete(config: Config, values: Values, secret: Secret, seconds: float) -> Answer:
    """All of them, a thousand to a request."""
    keys = [connector_paths.key_within(config["base_path"], one) for one in values["keys"]]
    url = f"{aws.endpoint('s3', config)}/{config['bucket']}?delete="
    size = 0
    for part in batched(keys, PAGE):
        objects = "".join(f"<Object><Key>{escape(one)}</Key></Object>" for one in part)
        body = f"<Delete><Quiet>true</Quiet>{objects}</Delete>".encode()
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        answer = aws.sent(
            "s3", config, secret, method="POST", url=url, body=body, seconds=seconds,
            headers={"Content-MD5": digest},
        )  # fmt: skip
        if b"<Error>" in _good(answer).body:
            raise CallFault("refused_by_server", _said(answer), status_code=answer.status)
        size += len(answer.body)
    return Answer({"deleted": len(keys)}, size)


def presigned(config: Config, values: Values, secret: Secret, _seconds: float) -> Answer:
    url = aws.presigned(
        config, secret, method=values["method"].upper(), url=url_of(config, values["key"]),
        seconds=values["seconds"],
    )  # fmt: skip
    return Answer({"url": url, "ends_after_seconds": values["seconds"]}, 0)


def url_of(config: Config, key: str) -> str:
    """Where a file is. Raises PathFault for a key that would leave the folder."""
    whole = connector_paths.key_within(config["base_path"], key)
    return f"{aws.endpoint('s3', config)}/{config['bucket']}/{quote(whole)}"


def content_of(raw: bytes) -> dict[str, Any]:
    """What a file holds, as text where it is one."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"encoding": "base64", "content": base64.b64encode(raw).decode()}
    return {"encoding": "text", "content": text}


def bytes_of(values: Values) -> bytes:
    """What is to be stored. Raises CallFault for what is no base64."""
    if values["encoding"] == "text":
        return str(values["content"]).encode()
    try:
        return base64.b64decode(values["content"], validate=True)
    except ValueError:
        raise CallFault("invalid_payload", "content is not base64.", is_ours=True) from None


def _base(config: Config) -> str:
    folder = "/".join(one for one in config["base_path"].split("/") if one)
    return f"{folder}/" if folder else ""


def _good(answer: outbound.Answer) -> outbound.Answer:
    if answer.status < 300:
        return answer
    told = NO_SUCH if answer.status == 404 else _said(answer)
    raise CallFault("http_status", told, status_code=answer.status)


def _said(answer: outbound.Answer) -> str:
    text = answer.body.decode(errors="replace")
    said = " ".join(one for one in (_of(text, "Code"), _of(text, "Message")) if one)
    return f"The storage answered {answer.status}. {html.unescape(said)}"[:MAX_ECHO].strip()


def _of(text: str, tag: str) -> str:
    found = re.search(rf"<{tag}>([^<]*)</{tag}>", text)
    return found[1] if found else ""


OPERATIONS: Final[Mapping[str, Callable[[Config, Values, Secret, float], Answer]]] = {
    "list": listed,
    "metadata": metadata,
    "download": download,
    "upload": upload,
    "copy": copy,
    "delete": delete,
    "presigned": presigned,
}
