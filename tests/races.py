"""Work done at the same moment, on connections of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def at_once[T](work: Callable[[int], T], *, times: int) -> Sequence[T]:
    """What `work` returns for each number, all begun at the same moment on connections of their
    own."""
    start = Barrier(times)

    def run(number: int) -> T:
        try:
            start.wait(timeout=20)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
