"""Looks at a real server that speaks S3 and checks signatures and rights."""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.request import Request, urlopen

import boto3
import pytest

from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.drivers import looking
from tests import servers
from tests.databases import HOST

LISTS = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::parcels"}


@pytest.fixture(scope="module")
def keys() -> Iterator[dict[str, str]]:
    """A server with the bucket `parcels`, and a key that may list that one only."""
    port = servers.free_port()
    with servers.running("aws", ["moto_server", "-H", HOST, "-p", str(port)], port=port):
        url = f"http://{HOST}:{port}"
        as_root = {"endpoint_url": url, "region_name": "us-east-1",
                   "aws_access_key_id": "root", "aws_secret_access_key": "root"}  # fmt: skip
        s3, iam = boto3.client("s3", **as_root), boto3.client("iam", **as_root)
        for name in ("parcels", "closed"):
            s3.create_bucket(Bucket=name)
        s3.put_object(Bucket="parcels", Key="2026/a & b.json", Body=b"{}")
        iam.create_user(UserName="reader")
        policy = json.dumps({"Version": "2012-10-17", "Statement": [LISTS]})
        iam.put_user_policy(UserName="reader", PolicyName="lists", PolicyDocument=policy)
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        from_now_on = Request(f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
        urlopen(from_now_on).close()
        yield {"port": str(port), "id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


@pytest.fixture
def reach(keys, settings) -> Reach:
    settings.OUTBOUND_ALLOW = frozenset({f"{HOST}:{keys['port']}"})
    return Reach(
        Engine.S3, host=HOST, port=int(keys["port"]), database="parcels", username=keys["id"],
        password=keys["secret"],
    )  # fmt: skip


def test_a_look_lists_the_bucket(reach):
    seen = looking.look(reach)
    assert (seen.is_good, seen.names) == (True, ("2026/a & b.json",)), seen
    assert [one.name for one in seen.stages] == ["dns", "tcp", "auth", "permission", "sample"]


@pytest.mark.parametrize(
    ("wrong", "stage"),
    [
        ({"password": "another-secret"}, "auth"),
        ({"username": "AKIANOBODY"}, "auth"),
        ({"database": "closed"}, "permission"),
        ({"database": ""}, "permission"),
        ({"database": "No bucket!"}, "settings"),
        ({"password": ""}, "settings"),
    ],
)
def test_the_stage_that_failed_is_told(reach, wrong, stage):
    seen = looking.look(replace(reach, **wrong))
    assert seen.error == stage, seen
    assert reach.password not in seen.message
