"""PostgreSQL over TLS: the one that tests bring is built without, so what it would do about it is
done in front of it. How TLS is asked for is PostgreSQL's own way, and so is what is sent inside."""

import contextlib
import select
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from tests import certificates
from tests.databases import HOST, Server

ASKS_FOR_TLS = bytes([0, 0, 0, 8, 4, 210, 22, 47])


@contextlib.contextmanager
def in_front_of(server: Server) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder, socket.create_server((HOST, 0)) as listener:
        certificate, key = certificates.made_in(Path(folder), host=HOST)
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(certificate, key)
        told = (listener, trust, server.port)
        threading.Thread(target=_listen, args=told, daemon=True).start()
        yield Server(listener.getsockname()[1], server.database, str(certificate))


def _listen(listener: socket.socket, trust: ssl.SSLContext, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, _ = listener.accept()
            threading.Thread(target=_serve, args=(near, trust, port), daemon=True).start()


def _serve(near: socket.socket, trust: ssl.SSLContext, port: int) -> None:
    with contextlib.suppress(OSError), near:
        if near.recv(len(ASKS_FOR_TLS)) != ASKS_FOR_TLS:
            return
        near.sendall(b"S")
        with (
            trust.wrap_socket(near, server_side=True) as inside,
            socket.create_connection((HOST, port)) as far,
        ):
            while True:
                for one in (
                    [inside] if inside.pending() else select.select([inside, far], [], [])[0]
                ):
                    if not (chunk := one.recv(65_536)):
                        return
                    (far if one is inside else inside).sendall(chunk)
