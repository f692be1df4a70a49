"""AWS Secrets Manager: secrets named `m25console/<environment>/<tenant>/<credential>`.

Who the console is, and another address to ask, come as AWS's own tools take them:
AWS_ACCESS_KEY_ID, a role of the machine, AWS_ENDPOINT_URL_SECRETS_MANAGER.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from integrations.domain.states import Store
from integrations.domain.stores import Kept, Place, VaultFault, inside, outside

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

LIMITS: Final = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
ABSENT: Final = "ResourceNotFoundException"
REFUSED: Final = frozenset(
    {
        "403",  # an answer without a code
        "AccessDeniedException",
        "AccessDenied",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class SecretsManager:
    """Reads the version that AWS calls current, so a rotation made there is followed."""

    store = Store.AWS

    def write(self, place: Place, parts: Mapping[str, str]) -> Kept:
        name, text = _name(place), json.dumps(outside(parts))
        with _asked() as aws:
            try:
                version = aws.put_secret_value(SecretId=name, SecretString=text)["VersionId"]
            except aws.exceptions.ResourceNotFoundException:
                version = aws.create_secret(Name=name, SecretString=text)["VersionId"]
        return Kept(self.store, outside_version=version)

    def read(self, place: Place, kept: Kept) -> Mapping[str, str]:  # noqa: ARG002 - the current
        with _asked() as aws:
            told = aws.get_secret_value(SecretId=_name(place))
        try:
            return inside(json.loads(told.get("SecretString", "")))
        except json.JSONDecodeError:
            unreadable = "What the vault holds here is no secret of ours."
            raise VaultFault(unreadable, error="unreadable") from None

    def erase(self, place: Place) -> None:
        with _asked() as aws, contextlib.suppress(aws.exceptions.ResourceNotFoundException):
            aws.delete_secret(SecretId=_name(place), ForceDeleteWithoutRecovery=True)


def _name(place: Place) -> str:
    return f"m25console/{settings.SECRETS_ENVIRONMENT}/{place.tenant_id}/{place.credential_id}"


@contextlib.contextmanager
def _asked() -> "Iterator[SecretsManagerClient]":
    """The service, whose faults become ours; none of them repeats what was sent."""
    try:
        # A session of its own: the shared one may not be used by several threads.
        client = boto3.Session().client(
            "secretsmanager", region_name=settings.AWS_REGION, config=LIMITS
        )
        with contextlib.closing(client):
            yield client
    except ClientError as fault:
        raise _fault(str(fault.response.get("Error", {}).get("Code", ""))) from None
    except BotoCoreError as fault:
        told = f"AWS Secrets Manager cannot be asked: {type(fault).__name__}."
        raise VaultFault(told, error="unreachable") from None


def _fault(code: str) -> VaultFault:
    if code == ABSENT:
        return VaultFault("The vault holds no secret here.", error="absent")
    if code in REFUSED:
        return VaultFault(f"AWS refuses the console: {code}.", error="refused")
    return VaultFault(f"AWS Secrets Manager answers: {code or 'nothing'}.", error="unreachable")
