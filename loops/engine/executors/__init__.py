"""Who can carry an action out: for every executor that workers try, how.

What is only recorded is never tried: it has ended when it is written down.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from loops.actions.tries import Try
from loops.domain.executions import TryResult
from loops.domain.states import Executor
from loops.engine.executors import webhook

type Carrier = Callable[[Try, datetime], TryResult]

CARRIERS: Final[Mapping[Executor, Carrier]] = {Executor.WEBHOOK: webhook.carry_out}
