"""Where the console keeps its data, and the addresses its private servers will have.

Everything here follows from the data directory alone, so that settings know the address of a
server before it runs. Standard library only: this is read before Django is.
"""

import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

ROOT_DATA_DIR: Final = Path("/var/lib/m25console")  # root's home is closed to the servers' user
LONGEST_SOCKET_PATH: Final = 107  # bytes: the kernel's sun_path, without its final zero
POSTGRES_PORT: Final = 5432  # only names the socket file; nothing listens on the network
POSTGRES_SOCKET: Final = f".s.PGSQL.{POSTGRES_PORT}"
VALKEY_SOCKET: Final = "valkey.sock"
DATABASE_NAME: Final = "m25console"
DATABASE_USER: Final = "m25console"


class CannotStart(Exception):  # noqa: N818 - a sentence for the person who started us
    """The console cannot start; the message says why and what to do about it."""


def data_dir() -> Path:
    """The absolute data directory: M25_DATA_DIR, else the user's own. It may not exist yet."""
    chosen = os.environ.get("M25_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return ROOT_DATA_DIR
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return (Path(base).expanduser() / "m25console").resolve()


def prepared(directory: Path) -> Path:
    """`directory`, created when it was missing. Raises CannotStart when it cannot be used."""
    try:
        directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(unusable(directory, error)) from error
    return directory


def secret_key(directory: Path) -> str:
    """The installation's random key, made once. Raises CannotStart."""
    return _kept_secret(directory, "secret_key")


def master_key(directory: Path) -> bytes:
    """The installation's random key for secrets that are read again, made once.

    Raises CannotStart where M25_SECRET_KEY is set: such an installation keeps its own keys, and
    one that lay beside the data would be lost or stolen with it.
    """
    if os.environ.get("M25_SECRET_KEY"):
        raise CannotStart(
            "Set CREDENTIAL_MASTER_KEY to 32 bytes in base64; make one with: "
            "openssl rand -base64 32"
        )
    return hashlib.sha256(_kept_secret(directory, "master_key").encode()).digest()


def database_password(directory: Path) -> str:
    """The private PostgreSQL's random password, made once. Raises CannotStart."""
    return _kept_secret(directory, "database_password")


def valkey_password(directory: Path) -> str:
    """The private Valkey's random password, made once. Raises CannotStart."""
    return _kept_secret(directory, "valkey_password")


def is_closed(directory: Path) -> bool:
    """Whether root's data directory lies in a folder that the servers' account may not enter.

    The directory itself does not count, nor folders that are missing: we make those passable.
    """
    above = (folder for folder in directory.parents if folder.exists())
    return os.geteuid() == 0 and not all(folder.stat().st_mode & stat.S_IXOTH for folder in above)


def socket_dir(directory: Path) -> Path:
    """The folder of both servers' sockets: in the data directory, or under /tmp where that one
    is too deep for a socket's name or closed to the servers.
    """
    inside = directory / "run"
    longest = max(len(POSTGRES_SOCKET), len(VALKEY_SOCKET)) + len("/.lock")
    fits = len(os.fsencode(inside)) + longest <= LONGEST_SOCKET_PATH
    if fits and not is_closed(directory):
        return inside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    # Not TMPDIR: two processes with different environments must agree on the address.
    return Path("/tmp") / f"m25console-{digest}"  # noqa: S108 - its owner is checked before use


def database_url(directory: Path) -> str:
    """The private PostgreSQL's address. Raises CannotStart."""
    password = database_password(directory)
    host = quote(str(socket_dir(directory)))
    return (
        f"postgresql://{DATABASE_USER}:{password}@/{DATABASE_NAME}?host={host}&port={POSTGRES_PORT}"
    )


def redis_url(directory: Path) -> str:
    """The private Valkey's address, as redis.from_url() takes it. Raises CannotStart."""
    password = valkey_password(directory)
    return f"unix://:{password}@{quote(str(socket_dir(directory) / VALKEY_SOCKET))}"


def broker_url(redis_address: str) -> str:
    """The same Valkey or Redis, spelled as Celery wants the address of a unix socket."""
    return redis_address.replace("unix://", "redis+socket://", 1)


def _kept_secret(directory: Path, name: str) -> str:
    """The secret in the file `name`, created with mode 0600 by whoever comes first."""
    path = prepared(directory) / name
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise CannotStart(unusable(directory, error)) from error


def _write_once(path: Path, content: str) -> None:
    """Writes `path` whole unless somebody else was first: readers never see half a file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink(missing_ok=True)


def unusable(directory: Path, error: OSError) -> str:
    """Why `directory` cannot be used, for the person who chose it."""
    reason = (error.strerror or str(error)).lower()
    return (
        f"The data directory {directory} cannot be used ({reason}: {error.filename or directory}); "
        "choose another with --data-dir or M25_DATA_DIR."
    )
