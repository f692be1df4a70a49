"""Functions over HTTP, and those of a real server that speaks AWS Lambda's protocol."""

import io
import json
import zipfile
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
from tests.endpoints import Endpoint, answers
from tests.integrations.building import NOW
from tests.integrations.connecting import a_connector

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """Its address; with the function `bill`, which is not run: it answers the same to all."""
    port = servers.free_port()
    with servers.running("aws", ["moto_server", "-H", HOST, "-p", str(port)], port=port):
        url = f"http://{HOST}:{port}"
        plain = json.dumps({"lambda": {"use_docker": False}}).encode()
        urlopen(Request(f"{url}/moto-api/config", plain)).close()
        access = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "root",
                  "aws_secret_access_key": "root"}  # fmt: skip
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        iam = boto3.client("iam", **access)
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("bill.py", "def handler(event, context): return event")
        boto3.client("lambda", **access).create_function(
            FunctionName="bill", Runtime="python3.12", Role=role, Handler="bill.handler",
            Code={"ZipFile": packed.getvalue()},
        )  # fmt: skip
        yield url


def at(url: str, admin: Actor, settings, **rest) -> Connector:
    settings.OUTBOUND_ALLOW = frozenset({url.removeprefix("http://")})
    config = {"functions": "bill, gone", "endpoint_url": url} | rest.pop("config", {})
    return a_connector(
        admin, kind=ConnectorType.SERVERLESS, config=config, is_connected=True, **rest
    )


@pytest.fixture
def lambdas(aws, admin, settings) -> Connector:
    return at(aws, admin, settings, secret={"access_key_id": "root", "secret_access_key": "root"})


@pytest.fixture
def functions(endpoint: Endpoint, admin, settings) -> Connector:
    config = {"platform": "http_functions", "auth_type": "api_key"}
    url = f"http://{endpoint.host}"
    return at(url, admin, settings, config=config, secret={"api_key": "canary-key"})


def call(row: Connector, by: Actor, action: str = "invoke", **payload):
    return calling.invoke(row, action=action, payload=payload, by=by, now=NOW)


@pytest.mark.parametrize(("kind", "status"), [("sync", 200), ("async", 202), ("dry_run", 200)])
def test_a_lambda_is_invoked_or_only_looked_for(lambdas, admin, kind, status):
    called = call(lambdas, admin, function="bill", invocation_type=kind, payload={"n": 1})
    assert (called.call.outcome, called.call.status_code) == ("ok", status), called.call.error


def test_a_lambda_that_is_not_there_fails_and_one_not_listed_is_refused(lambdas, admin):
    assert call(lambdas, admin, function="gone", invocation_type="dry_run").call.status_code == 404
    assert call(lambdas, admin, function="other").call.error_code == "unknown_function"


def test_a_test_sees_that_the_first_is_there_and_runs_nothing(lambdas, admin):
    assert calling.test(lambdas, by=admin, now=NOW).message == "bill is there."


def test_a_function_over_http_gets_the_payload_and_the_key(functions, admin, endpoint):
    endpoint.behaviour = answers(200, b'{"sum": 3}')
    called = call(functions, admin, function="bill", payload={"n": 3})
    assert called.data == {"sum": 3}
    got = endpoint.received[-1]
    assert (got.path, got.body) == ("/bill", b'{"n":3}')
    assert got.headers["authorization"] == "canary-key"
    assert "canary-key" not in str(called.call.sent)


def test_a_batch_of_ten_tells_of_each_and_eleven_are_refused(functions, admin, endpoint):
    endpoint.behaviour = lambda request: answers(200 if request.path == "/bill" else 500, b"{}")(
        request
    )
    one, other = {"function": "bill"}, {"function": "gone"}
    done = call(functions, admin, "batch", invocations=[one] * 9 + [other]).data
    assert [each["success"] for each in done] == [True] * 9 + [False]
    refused = call(functions, admin, "batch", invocations=[one] * 11)
    assert refused.call.error_code == "invalid_payload"
