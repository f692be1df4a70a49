"""Where the demo's servers listen: at the same place each time it starts, if that is free, so that
what was furnished once still leads there."""

import socket
from typing import Final

HOST: Final = "127.0.0.1"


def port_for(preferred: int) -> int:
    """`preferred`, or 0 for any where something else listens there."""
    try:
        socket.create_server((HOST, preferred)).close()
    except OSError:
        return 0
    return preferred
