"""AWS Secrets Manager, by a real server of its API: moto's."""

import urllib.request
from collections.abc import Iterator

import boto3
import pytest

from integrations import vaults
from integrations.domain.states import Store
from integrations.domain.stores import Kept, Place, VaultFault
from tests import servers

HELD = Kept(Store.AWS)
PARTS = {"username": "u", "password": "sk-canary-aws"}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    port = servers.free_port()
    with servers.running("aws", ["moto_server", "-H", "127.0.0.1", "-p", str(port)], port=port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def aws(moto: str, monkeypatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return moto


def test_a_secret_is_created_read_rotated_and_erased(aws: str, settings):
    vault, place = vaults.of(Store.AWS), Place("ten_a", "cred_a")
    first = vault.write(place, PARTS)
    assert vault.read(place, first) == PARTS
    second = vault.write(place, PARTS | {"password": "another"})
    assert second.outside_version != first.outside_version
    assert vault.read(place, second)["password"] == "another"
    client = boto3.client("secretsmanager", region_name=settings.AWS_REGION, endpoint_url=aws)
    name = "m25console/dev/ten_a/cred_a"
    before = client.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
    assert before["VersionId"] == first.outside_version
    vault.erase(place)
    vault.erase(place)
    with pytest.raises(VaultFault) as fault:
        vault.read(place, second)
    assert fault.value.error == "absent"
    client.close()


def test_a_rotation_made_at_aws_is_followed(aws: str, settings):
    vault, place = vaults.of(Store.AWS), Place("ten_a", "cred_b")
    vault.write(place, PARTS)
    client = boto3.client("secretsmanager", region_name=settings.AWS_REGION, endpoint_url=aws)
    name = "m25console/dev/ten_a/cred_b"
    client.put_secret_value(SecretId=name, SecretString='{"api_key": "theirs"}')
    assert vault.read(place, HELD) == {"api_key": "theirs"}
    client.put_secret_value(SecretId=name, SecretString="no object")
    with pytest.raises(VaultFault) as fault:
        vault.read(place, HELD)
    assert fault.value.error == "unreadable"
    client.close()


def test_without_the_right_it_is_refused_and_without_a_server_not_reachable(aws: str, monkeypatch):
    vault, place = vaults.of(Store.AWS), Place("ten_a", "cred_c")
    body = {"data": b"0", "headers": {"Content-Type": "text/plain"}, "method": "POST"}
    urllib.request.urlopen(urllib.request.Request(f"{aws}/moto-api/reset-auth", **body)).close()
    try:
        with pytest.raises(VaultFault) as fault:
            vault.write(place, PARTS)
        assert fault.value.error == "refused"
        assert "sk-canary-aws" not in str(fault.value)
    finally:
        body["data"] = b"1000000"
        urllib.request.urlopen(urllib.request.Request(f"{aws}/moto-api/reset-auth", **body)).close()
    gone = f"http://127.0.0.1:{servers.free_port()}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", gone)
    with pytest.raises(VaultFault) as fault:
        vault.read(place, HELD)
    assert fault.value.error == "unreachable"
