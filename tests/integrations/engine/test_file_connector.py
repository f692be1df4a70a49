"""Files of a folder, and of a bucket of a real server that speaks S3."""

from collections.abc import Iterator
from urllib.request import Request, urlopen

import boto3
import pytest

from integrations.domain.connectors import ConnectorType
from integrations.engine.connectors import calling
from integrations.models import Connector
from m25console.access import Actor
from tests import servers
from tests.databases import HOST
from tests.integrations.building import NOW
from tests.integrations.connecting import a_connector

pytestmark = pytest.mark.django_db
SECRET = {"access_key_id": "root", "secret_access_key": "root-secret"}


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """Its address; with the bucket `exports`, which holds a file outside the folder `daily`."""
    port = servers.free_port()
    with servers.running("aws", ["moto_server", "-H", HOST, "-p", str(port)], port=port):
        url = f"http://{HOST}:{port}"
        s3 = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="root",
            aws_secret_access_key="root-secret",
        )  # fmt: skip
        s3.create_bucket(Bucket="exports")
        s3.put_object(Bucket="exports", Key="secret.txt", Body=b"no")
        yield url


def in_bucket(url: str, admin: Actor, settings, **config) -> Connector:
    settings.OUTBOUND_ALLOW = frozenset({url.removeprefix("http://")})
    told = {"storage_type": "s3", "bucket": "exports", "base_path": "/daily", "endpoint_url": url,
            "is_read_only": False}  # fmt: skip
    return a_connector(
        admin, kind=ConnectorType.FILE, config=told | config, secret=SECRET, is_connected=True
    )


def in_folder(folder, admin: Actor, settings, **config) -> Connector:
    settings.FILE_ROOTS = (str(folder.parent),)
    told = {"base_path": str(folder), "is_read_only": False}
    return a_connector(admin, kind=ConnectorType.FILE, config=told | config, is_connected=True)


@pytest.fixture(params=["folder", "bucket"])
def connector(request, admin, settings, tmp_path) -> Connector:
    if request.param == "folder":
        folder = tmp_path / "daily"
        folder.mkdir()
        return in_folder(folder, admin, settings)
    row = in_bucket(request.getfixturevalue("aws"), admin, settings)
    held = call(row, admin, "list").data["files"]
    if held:
        call(row, admin, "delete", keys=[one["key"] for one in held])
    return row


def call(row: Connector, by: Actor, action: str, **payload):
    return calling.invoke(row, action=action, payload=payload, by=by, now=NOW)


def test_files_are_stored_listed_read_copied_and_deleted(connector, admin):
    assert call(connector, admin, "upload", key="a/ü & b.txt", content="hällo").call.outcome == "ok"
    called = call(connector, admin, "upload", key="b.bin", content="//8=", encoding="base64")
    assert called.data == {"key": "b.bin", "size": 2}
    listed = call(connector, admin, "list").data
    assert [one["key"] for one in listed["files"]] == ["a/ü & b.txt", "b.bin"]
    first = call(connector, admin, "list", limit=1)
    assert first.call.is_truncated
    rest = call(connector, admin, "list", continuation=first.data["continuation"]).data
    assert [one["key"] for one in rest["files"]] == ["b.bin"]
    assert call(connector, admin, "download", key="a/ü & b.txt").data["content"] == "hällo"
    assert call(connector, admin, "download", key="b.bin").data["encoding"] == "base64"
    call(connector, admin, "copy", key="b.bin", to="c.bin")
    assert call(connector, admin, "metadata", key="c.bin").data["size"] == 2
    assert call(connector, admin, "delete", keys=["b.bin", "c.bin"]).data == {"deleted": 2}
    assert call(connector, admin, "metadata", key="c.bin").data == {"exists": False}
    assert call(connector, admin, "download", key="c.bin").call.outcome == "failed"


@pytest.mark.parametrize("key", ["../secret.txt", "/etc/passwd", "a/../../b", "a\\b", "a//b", "."])
def test_no_key_leads_out_of_the_folder(connector, admin, key):
    for action, payload in (("download", {"key": key}), ("copy", {"key": "a", "to": key})):
        called = call(connector, admin, action, **payload)
        assert (called.call.outcome, called.call.error_code) == ("refused", "invalid_payload")


def test_a_link_out_of_the_folder_is_not_followed(admin, settings, tmp_path):
    folder = tmp_path / "daily"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("no")
    (folder / "link").symlink_to(tmp_path / "secret.txt")
    row = in_folder(folder, admin, settings)
    assert call(row, admin, "download", key="link").call.error_code == "invalid_payload"


def test_a_folder_outside_the_operators_is_not_reached(admin, settings, tmp_path):
    row = in_folder(tmp_path, admin, settings)
    settings.FILE_ROOTS = ()
    assert call(row, admin, "list").call.error_code == "forbidden"
    assert not calling.test(row, by=admin, now=NOW).is_good


def test_a_file_of_6_mib_is_too_large(admin, settings, tmp_path):
    folder = tmp_path / "daily"
    folder.mkdir()
    (folder / "big").write_bytes(b"x" * 6 * 1024 * 1024)
    row = in_folder(folder, admin, settings)
    assert call(row, admin, "download", key="big").call.error_code == "response_too_large"


def test_an_address_is_handed_out_that_gets_the_file_without_a_header(aws, admin, settings):
    row = in_bucket(aws, admin, settings)
    call(row, admin, "upload", key="p.txt", content="presigned")
    called = call(row, admin, "presigned", key="p.txt", seconds=60)
    with urlopen(Request(called.data["url"])) as answer:
        assert answer.read() == b"presigned"
    assert SECRET["secret_access_key"] not in str(called.call.sent)


def test_a_bucket_is_never_made(aws, admin, settings):
    row = in_bucket(aws, admin, settings, bucket="nowhere")
    assert call(row, admin, "upload", key="a", content="x").call.outcome == "failed"
    assert not calling.test(row, by=admin, now=NOW).is_good
