"""Looks at a real Valkey with a password."""

from dataclasses import replace

import pytest
import redis

from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.drivers import looking
from tests.databases import HOST, PASSWORD, READER, Server


@pytest.fixture
def reach(valkey: Server, settings) -> Reach:
    settings.OUTBOUND_ALLOW = frozenset({valkey.where})
    return Reach(Engine.REDIS, host=HOST, port=valkey.port, password=PASSWORD)


def test_a_look_signs_in_and_finds_keys(reach, valkey):
    redis.Redis(host=HOST, port=valkey.port, password=PASSWORD).set("parcel:1", "x")
    seen = looking.look(reach)
    assert (seen.is_good, seen.names) == (True, ("parcel:1",)), seen
    assert [one.name for one in seen.stages if one.is_warning] == ["permission"]


def test_an_account_that_may_only_read_is_not_warned_of(reach):
    seen = looking.look(replace(reach, username=READER, password=PASSWORD.replace(" ", "")))
    assert seen.is_good, seen
    assert not any(one.is_warning for one in seen.stages)


@pytest.mark.parametrize(
    ("wrong", "stage"),
    [
        ({"password": "wrong horse"}, "auth"),
        ({"password": ""}, "auth"),
        ({"database": "99"}, "permission"),
        ({"database": "orders"}, "settings"),
        ({"port": 9}, "dns"),
    ],
)
def test_the_stage_that_failed_is_told(reach, wrong, stage):
    seen = looking.look(replace(reach, **wrong))
    assert seen.error == stage, seen
    assert "horse" not in seen.message


def test_a_server_that_does_not_encrypt_is_waited_for_in_vain(reach):
    """It takes the greeting for the beginning of a command, and waits for its end."""
    seen = looking.look(replace(reach, is_tls=True), seconds=3)
    assert seen.error == "tls", seen
    assert "horse" not in seen.message
