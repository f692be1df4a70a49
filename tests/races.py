"""Work done at the same moment, on connections of its own."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

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


def meeting[**P, T](work: Callable[P, T], *, wait: float = 0.3) -> Callable[P, T]:
    """As `work`, but two who reach it go on together; who is alone there goes on after `wait`
    seconds. Put between a check and what rests on it: only a lock keeps the second away."""
    together = Barrier(2)

    def meet(*args: P.args, **kwargs: P.kwargs) -> T:
        with contextlib.suppress(BrokenBarrierError):
            together.wait(timeout=wait)
        return work(*args, **kwargs)

    return meet
