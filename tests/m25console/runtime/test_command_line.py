import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from m25console.runtime import layout, locks
from m25console.runtime.servers import PrivateServers


def manage(*arguments: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as an operator would: nothing configured but what is named here."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=layout.PROJECT_DIR,
        env={
            **kept,
            "DJANGO_SETTINGS_MODULE": "m25console.settings",
            "M25_DATA_DIR": str(data_dir),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


QUERY = (
    "from django.db import connection as c; from django.conf import settings; from redis import "
    "Redis; k = c.cursor(); k.execute('SELECT 6 * 7'); "
    "print(k.fetchone()[0], Redis.from_url(settings.REDIS_URL).ping())"
)


def test_a_command_brings_its_servers_and_takes_them_away(data_dir: Path) -> None:
    done = manage("shell", "--no-imports", "-c", QUERY, data_dir=data_dir)

    assert (done.stdout, done.stderr, done.returncode) == ("42 True\n", "", 0)
    for name in ("postgres.keeper", "valkey.keeper"):
        assert locks.is_free(layout.lock_path(data_dir, name))


def test_a_command_leaves_servers_alone_that_others_use(data_dir: Path) -> None:
    with PrivateServers(data_dir) as servers:
        before = servers.pids("postgres")
        done = manage("shell", "--no-imports", "-c", QUERY, data_dir=data_dir)

        assert done.stdout == "42 True\n"
        assert servers.pids("postgres") == before


@pytest.mark.parametrize("arguments", [("help",), ("migrate", "--help"), ("version",), ()])
def test_asking_for_help_starts_nothing(data_dir: Path, arguments: tuple[str, ...]) -> None:
    done = manage(*arguments, data_dir=data_dir)

    assert done.returncode == 0
    assert not (data_dir / "postgres").exists()


def test_a_wrong_database_url_is_one_sentence_without_the_password(data_dir: Path) -> None:
    url = "postgresql://someone:hush-hush@127.0.0.1:1/console"
    done = manage("migrate", data_dir=data_dir, DATABASE_URL=url)

    assert done.returncode == 2
    assert "PostgreSQL at 127.0.0.1:1, database console, cannot be used" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "hush-hush" not in done.stderr


def test_a_database_url_of_another_kind_is_one_sentence(data_dir: Path) -> None:
    done = manage("migrate", data_dir=data_dir, DATABASE_URL="mysql://somewhere/console")

    assert done.returncode == 2
    assert done.stderr == (
        "DATABASE_URL must look like postgresql://user:password@host:5432/name.\n"
    )


def test_a_data_directory_that_cannot_be_made_is_one_sentence(data_dir: Path) -> None:
    (data_dir / "file").write_text("")
    done = manage("up", "--data-dir", str(data_dir / "file" / "data"), data_dir=data_dir)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "choose another with --data-dir or M25_DATA_DIR" in done.stderr


def test_up_names_a_port_in_use_and_the_option(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = manage("up", "--port", str(port), data_dir=data_dir)

    assert done.returncode == 2
    assert done.stderr == (
        f"Port {port} on 127.0.0.1 cannot be used (address already in use); "
        "choose another with --port.\n"
    )
    assert not (data_dir / "postgres").exists()


def test_up_with_a_wrong_redis_url_is_one_sentence(data_dir: Path) -> None:
    done = manage(
        "up", "--port", "9377", data_dir=data_dir, REDIS_URL="redis://:hush-hush@127.0.0.1:1/0"
    )

    assert done.returncode == 2
    assert "Valkey or Redis at 127.0.0.1 cannot be used" in done.stderr
    assert "REDIS_URL" in done.stderr
    assert "hush-hush" not in done.stderr


def test_up_names_who_holds_the_data_directory(data_dir: Path) -> None:
    (data_dir / "locks").mkdir()
    held = locks.take(layout.lock_path(data_dir, "console"))
    assert held is not None
    locks.note(held, {"pid": 4242, "url": "http://127.0.0.1:8000"})
    done = manage("up", "--port", "9377", data_dir=data_dir)
    os.close(held)

    assert done.returncode == 2
    assert "in use by the console at http://127.0.0.1:8000, process 4242" in done.stderr
