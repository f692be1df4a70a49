import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from m25console.env import database_settings
from m25console.runtime import addresses
from m25console.runtime.addresses import CannotStart


def test_a_secret_is_made_once_and_kept_from_others(data_dir: Path) -> None:
    first = addresses.secret_key(data_dir)

    assert addresses.secret_key(data_dir) == first
    assert len(first) >= 50
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600


def test_processes_that_race_for_the_secret_agree_on_it(data_dir: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        keys = set(pool.map(lambda _: addresses.secret_key(data_dir), range(32)))

    assert len(keys) == 1
    assert [path.name for path in data_dir.iterdir()] == ["secret_key"]


def test_two_installations_share_no_secret(data_dir: Path) -> None:
    assert addresses.database_url(data_dir / "a") != addresses.database_url(data_dir / "b")
    assert addresses.secret_key(data_dir / "a") != addresses.database_password(data_dir / "a")


@pytest.mark.parametrize("depth", [1, 12])
def test_sockets_fit_however_deep_the_data_directory_is(data_dir: Path, depth: int) -> None:
    deep = data_dir.joinpath(*["a-folder-with-a-name"] * depth)
    longest = addresses.socket_dir(deep) / f"{addresses.POSTGRES_SOCKET}.lock"

    assert len(os.fsencode(longest)) <= addresses.LONGEST_SOCKET_PATH
    assert addresses.socket_dir(deep) == addresses.socket_dir(deep)
    assert addresses.socket_dir(deep) != addresses.socket_dir(deep / "other")


def test_django_and_redis_read_the_private_addresses(data_dir: Path) -> None:
    settings = database_settings(addresses.database_url(data_dir))
    broker = Redis.from_url(addresses.redis_url(data_dir))

    assert addresses.broker_url(addresses.redis_url(data_dir)).startswith("redis+socket://:")
    assert settings["HOST"] == str(data_dir / "run")
    assert settings["PASSWORD"] == addresses.database_password(data_dir)
    assert settings["PORT"] == "5432"
    assert broker.connection_pool.connection_kwargs["path"] == str(data_dir / "run/valkey.sock")


def test_a_data_directory_that_cannot_be_made_is_named_with_the_reason(data_dir: Path) -> None:
    (data_dir / "file").write_text("not a folder")

    with pytest.raises(
        CannotStart, match=r"file/data cannot be used \(not a directory.*--data-dir"
    ):
        addresses.secret_key(data_dir / "file" / "data")


def test_the_data_directory_is_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("M25_DATA_DIR", str(data_dir / "x" / ".." / "chosen"))
    assert addresses.data_dir() == data_dir / "chosen"

    monkeypatch.delenv("M25_DATA_DIR")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(data_dir))
    assert addresses.data_dir() == data_dir / "m25console"

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert addresses.data_dir() == Path("/var/lib/m25console")
