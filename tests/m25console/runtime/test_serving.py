import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from granian.server import Server

from m25console.runtime.serving import end_once
from tests.ports import free_pair


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_being_told_again_while_it_acts_on_being_told_waits_for_nothing():
    server = Server("wsgiref.simple_server:demo_app", interface="wsgi")
    server.interrupt_signal = True  # as the first signal leaves it, which holds the lock
    again = threading.Thread(target=end_once, args=(server, signal.SIGTERM, None), daemon=True)
    with server.main_loop_interrupt._cond:
        again.start()
        again.join(timeout=10)
        assert not again.is_alive()


def test_a_server_that_is_told_to_end_again_and_again_ends():
    port = free_pair()
    options = ["--interface", "wsgi", "--port", str(port), "--workers", "1"]
    application = "wsgiref.simple_server:demo_app"
    server = subprocess.Popen(
        [sys.executable, "-m", "m25console.runtime.serving", *options, application]
    )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(20):
            os.kill(server.pid, signal.SIGTERM)
        assert server.wait(timeout=60) == 0
    finally:
        server.kill()
