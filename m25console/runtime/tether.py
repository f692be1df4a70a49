"""Runs a command that cannot outlive the process that asked for it.

`python tether.py SIGNAL ACCOUNT PARENT COMMAND…`: becomes ACCOUNT ("uid:gid", or "-" to stay),
asks the kernel for SIGNAL when PARENT dies, and turns into COMMAND. It is a program and not a
function run between fork and exec, so that a console with threads may start processes safely.
"""

import ctypes
import os
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def main(arguments: list[str]) -> None:
    """Turns this process into the command. Exits with 1 when PARENT is already gone."""
    signal_number, account, parent, *command = arguments
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of account, which would forget it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
