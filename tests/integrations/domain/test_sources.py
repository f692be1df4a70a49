import pytest

from integrations.domain import source_configs
from integrations.domain.engines import ENGINES, SCHEMES, Engine, engine_of, option_for
from integrations.domain.reaching import CannotReach, build_url, engine_for, named, reach_of
from integrations.domain.source_configs import MARK
from integrations.domain.sources import (
    SOURCE_MOVES,
    SourceStatus,
    SourceType,
    with_one,
    without_one,
)

LOGIN = {"host": "db", "port": 5432, "username": "u", "password": "p@ss/1", "database": "x"}


def test_the_table_of_moves_is_total_and_nothing_leads_out_of_deprecated():
    assert set(SOURCE_MOVES) == set(SourceStatus)
    assert all(one not in ahead for one, ahead in SOURCE_MOVES.items())
    assert not SOURCE_MOVES[SourceStatus.DEPRECATED]


def test_every_engine_is_told_by_its_options_and_every_type_has_one():
    assert {kind.type for kind in ENGINES.values()} == set(SourceType) == set(SCHEMES)
    for engine, kind in ENGINES.items():
        config = {"options": option_for(engine)}
        assert engine_for(kind.type, config) is engine
        for one in kind.fields:
            assert one.name.split(".")[0] in source_configs.SETTINGS


@pytest.mark.parametrize(
    ("source_type", "config", "open_url", "masked"),
    [
        ("database", LOGIN, "postgresql://u:p%40ss%2F1@db:5432/x", "postgresql://u:***@db:5432/x"),
        ("database", LOGIN | {"host": None}, None, None),
        (
            "database",
            LOGIN | {"connection_string": "mysql://me:a@b@there/y?password=z"},
            "mysql://me:a@b@there/y?password=z",
            "mysql://***@there/y",
        ),
        (
            "database",
            {"host": "::1", "options": {"dialect": "mysql"}},
            "mysql://[::1]",
            "mysql://[::1]",
        ),
        ("document", {"host": "h"}, "mongodb://h", "mongodb://h"),
        ("file", {"host": "h", "database": "a b"}, "s3://h/a%20b", "s3://h/a%20b"),
        ("stream", {"host": "h", "port": 9092}, "kafka://h:9092", "kafka://h:9092"),
        ("vector", {"host": "h"}, "https://h", "https://h"),
        ("api", {"host": "plain", "port": 8080}, "http://plain:8080", "http://plain:8080"),
        ("api", {"host": "plain", "port": 8080, "ssl_enabled": True}, "https://plain:8080",
         "https://plain:8080"),
        ("custom", {"host": "h", "options": {"scheme": "nats"}}, "nats://h", "nats://h"),
        ("custom", {"host": "h"}, "h", "h"),
    ],
)  # fmt: skip
def test_int_51_the_address_of_a_source_with_and_without_secrets(
    source_type, config, open_url, masked
):
    told = [
        build_url(SourceType(source_type), config, mask=mask, plain_at={"plain:8080"})
        for mask in (False, True)
    ]
    assert told == [open_url, masked]


def test_a_whole_address_is_read_as_its_parts_are():
    config = {"connection_string": "postgres://u:p%40ss%2F1@db/x?sslmode=require"}
    reach = reach_of(SourceType.DATABASE, config)
    assert (reach.engine, reach.host, reach.port, reach.database) == (
        Engine.POSTGRESQL, "db", 5432, "x"
    )  # fmt: skip
    assert (reach.username, reach.password, reach.is_tls) == ("u", "p@ss/1", True)
    assert "p@ss/1" not in repr(reach)


@pytest.mark.parametrize(
    "address", ["db", "kafka://db", "mongodb+srv://h/x", "postgresql://a,b/x", "postgresql://h:no"]
)
def test_an_address_that_leads_nowhere_one_can_go_is_refused(address):
    with pytest.raises(CannotReach):
        reach_of(SourceType.DATABASE, {"connection_string": address})


def test_the_engine_of_a_sealed_address_is_kept_beside_it():
    config = named(SourceType.DATABASE, {"connection_string": "mysql://h/x"})
    shown, _secrets = source_configs.split(config)
    assert shown["connection_string"] == MARK
    assert engine_for(SourceType.DATABASE, shown) is Engine.MYSQL
    back = named(SourceType.DATABASE, config | {"connection_string": "postgresql://h/x"})
    assert engine_for(SourceType.DATABASE, back) is Engine.POSTGRESQL


def test_a_word_that_fits_no_engine_of_the_type_is_none():
    assert engine_of(SourceType.DATABASE, "kafka") is None
    assert engine_of(SourceType.CUSTOM, "anything") is Engine.OTHER


def test_int_52_secrets_are_split_off_and_put_back():
    config = {
        "host": "h", "password": "a", "api_key": "b", "connection_string": "c",
        "oauth_config": {"client_id": "d"}, "options": {"region": "eu", "session_token": "e"},
    }  # fmt: skip
    shown, secrets = source_configs.split(config)
    assert shown == {
        "host": "h", "password": MARK, "api_key": MARK, "connection_string": MARK,
        "oauth_config": {"client_id": MARK}, "options": {"region": "eu", "session_token": MARK},
    }  # fmt: skip
    assert set(secrets) == source_configs.marks(shown)
    assert source_configs.joined(shown, secrets) == config
    assert source_configs.split(shown) == (shown, {})


def test_a_change_of_the_configuration_leaves_what_it_does_not_name():
    held = {"host": "h", "password": MARK, "port": 1}
    changed = source_configs.merged(held, {"port": 2, "host": None, "password": MARK})
    assert changed == {"port": 2, "password": MARK}


@pytest.mark.parametrize(
    "config",
    [
        {"port": 0}, {"port": "5432"}, {"port": True}, {"pool_size": 101}, {"pool_timeout": 0},
        {"max_retries": 11}, {"ssl_enabled": "yes"}, {"auth_type": "kerberos"}, {"colour": "red"},
        {"host": ""}, {"password": 5}, {"options": []}, {"options": {"a b": "x"}},
        {"options": {"token": 5}}, {"oauth_config": {"a": {}}}, {"host": "a\nb"}, {"host": "https://h/v1"},
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_setting_is_told_without_its_value(config):
    [(name, told)] = source_configs.faults(config).items()
    assert name == next(iter(config))
    assert told


def test_int_54_tags_and_roles_are_sets_in_their_order():
    assert with_one(with_one([], "a"), "a") == ["a"]
    assert without_one(["a", "b"], "a") == ["b"]
