"""One try of work that leaves the console, whoever carries it."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from loops.domain.executions import TryResult, wait_before

_draw = random.SystemRandom().random


class Attempt(Protocol):
    """Leave to try an errand once; `number` counts its tries from 1."""

    @property
    def number(self) -> int: ...


def try_once[A: Attempt](
    attempt: A, *, carry: Callable[[A, datetime], TryResult], end: Callable[..., bool]
) -> tuple[TryResult, bool]:
    """What a try came to, and whether that was stored: not if it is somebody else's by now."""
    came_to = carry(attempt, timezone.now())
    wait = wait_before(tries=attempt.number, draw=_draw(), asked=came_to.wait)
    return came_to, end(attempt, came_to=came_to, wait=wait, now=timezone.now())
