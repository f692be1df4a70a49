"""Looks at web servers, folders and what no driver is for."""

from pathlib import Path

import pytest

from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.drivers import looking
from tests.endpoints import Endpoint, answers


@pytest.fixture
def reach(endpoint: Endpoint) -> Reach:
    return Reach(
        Engine.API, host="127.0.0.1", port=endpoint.port, api_key="a-key",
        options={"path": "/v1/status"},
    )  # fmt: skip


def test_a_web_server_is_asked_with_the_key(reach, endpoint):
    seen = looking.look(reach)
    assert seen.is_good, seen
    [received] = endpoint.received
    assert (received.path, received.headers["authorization"]) == ("/v1/status", "Bearer a-key")


@pytest.mark.parametrize(
    ("status", "stage"), [(401, "auth"), (403, "permission"), (404, "sample"), (500, "sample")]
)
def test_an_answer_that_is_no_yes_fails_at_its_stage(reach, endpoint, status, stage):
    endpoint.behaviour = answers(status, b"a-key is wrong")
    seen = looking.look(reach)
    assert seen.error == stage
    assert "a-key" not in seen.message


def test_a_folder_of_the_operator_is_listed_and_no_other(tmp_path: Path, settings):
    inside, outside = tmp_path / "open", tmp_path / "closed"
    for one in (inside / "deep", outside):
        one.mkdir(parents=True)
    (inside / "deep" / "parcels.csv").write_text("id")
    (inside / "way_out").symlink_to(outside)
    settings.FILE_ROOTS = (str(inside),)

    def seen(path: object) -> looking.Seen:
        return looking.look(Reach(Engine.FOLDER, database=str(path)))

    assert seen(inside / "deep").names == ("parcels.csv",)
    for forbidden in (outside, inside / "way_out", inside / ".." / "closed", "open", "/etc", ""):
        assert (seen(forbidden).error, seen(forbidden).names) == ("permission", ()), forbidden
    settings.FILE_ROOTS = ()
    assert "M25_FILE_ROOTS" in seen(inside).message


def test_what_no_driver_is_for_is_looked_at_as_far_as_the_connection(endpoint: Endpoint):
    seen = looking.look(Reach(Engine.KAFKA, host="127.0.0.1", port=endpoint.port))
    assert seen.is_good
    assert [one.name for one in seen.stages] == ["dns", "tcp"]
    assert "ends there" in seen.message


def test_a_private_address_is_not_looked_at(db):
    for engine in (Engine.POSTGRESQL, Engine.REDIS, Engine.MYSQL, Engine.KAFKA, Engine.API):
        seen = looking.look(Reach(engine, host="169.254.169.254", port=80, is_tls=True))
        assert seen.error == "dns", engine
        assert "not a public address" in seen.message
