"""Running one command of `manage.py` with the servers it needs behind it."""

import os
import sys
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from m25console.runtime import addresses, reach, roles
from m25console.runtime.addresses import CannotStart
from m25console.runtime.servers import PrivateServers

WRONG_SET_UP: Final = 2  # exit code: nothing ran, the message says what to mend
WITHOUT_SERVERS: Final = frozenset(
    {
        "",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "group_messages",
        "help",
        "makemessages",
        "version",
    }
)
WITH_THEIR_OWN: Final = frozenset({"demo", "up"})  # they start servers themselves, and say so


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command that did not exit by itself; a wrong set-up is one sentence."""
    _take_data_dir(arguments)
    try:
        if not _needs_servers(arguments):
            execute_from_command_line(list(arguments))
            return 0
        configured = os.environ.get("DATABASE_URL")
        if configured:
            reach.require_database(configured)
        with PrivateServers(addresses.data_dir(), names=roles.missing_servers(os.environ)):
            execute_from_command_line(list(arguments))
    except (CannotStart, ImproperlyConfigured) as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201 - there is no logging before settings
        return WRONG_SET_UP
    return 0


def _take_data_dir(arguments: Sequence[str]) -> None:
    """Makes --data-dir known to the settings, which are read before any command is."""
    for position, argument in enumerate(arguments):
        option, _, value = argument.partition("=")
        if option == "--data-dir":
            chosen = value or "".join(arguments[position + 1 : position + 2])
            # Absolute, for child processes work in another folder.
            os.environ["M25_DATA_DIR"] = os.path.abspath(chosen) if chosen else ""  # noqa: PTH100


def _needs_servers(arguments: Sequence[str]) -> bool:
    command = arguments[1] if len(arguments) > 1 else ""
    asks_only = command.startswith("-") or not {"--help", "-h"}.isdisjoint(arguments)
    return not asks_only and command not in WITHOUT_SERVERS | WITH_THEIR_OWN
