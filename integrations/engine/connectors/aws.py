"""Requests to Amazon's services and what speaks like them: signed by botocore, sent by the
console's own guarded client."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from integrations.domain.connectors import MAX_RESPONSE
from integrations.engine.connectors.calls import CallFault, Secret
from m25console import outbound

NEEDS: Final = ("access_key_id", "secret_access_key")


def sent(
    service: str, config: Mapping[str, Any], secret: Secret, *, method: str, url: str,
    seconds: float, body: bytes = b"", headers: Mapping[str, str] | None = None,
) -> outbound.Answer:  # fmt: skip
    """One signed request and its answer. Raises OutboundFault, or CallFault for an answer that is
    larger than any may be."""
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers or {}))
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(_credentials(secret), service, config["region"]).add_auth(request)
    answer = outbound.send(
        url, method=method, body=body, headers=dict(request.headers.items()),
        deadline_seconds=seconds, max_answer=MAX_RESPONSE,
    )  # fmt: skip
    if answer.is_cut:
        raise CallFault(
            "response_too_large", f"The answer is larger than {MAX_RESPONSE // 2**20} MiB.",
            status_code=answer.status,
        )  # fmt: skip
    return answer


def presigned(
    config: Mapping[str, Any], secret: Secret, *, method: str, url: str, seconds: int
) -> str:
    """An address that does this, without any header, until so many seconds are over."""
    request = AWSRequest(method=method, url=url)
    auth = S3SigV4QueryAuth(_credentials(secret), "s3", config["region"], expires=seconds)
    auth.add_auth(request)
    return str(request.url)


def endpoint(service: str, config: Mapping[str, Any]) -> str:
    """The service's address, without a slash at its end."""
    usual = f"https://{service}.{config['region']}.amazonaws.com"
    return str(config["endpoint_url"] or usual).rstrip("/")


def place(url: str) -> str:
    """The address without its query, for pages."""
    return urlsplit(url)._replace(query="").geturl()


def _credentials(secret: Secret) -> Credentials:
    return Credentials(secret["access_key_id"], secret["secret_access_key"])
