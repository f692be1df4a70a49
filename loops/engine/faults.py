"""Why a batch was given up."""

from loops.domain.states import FailureState


class LoopFault(Exception):  # noqa: N818 - what a loop has, not what the code did wrong
    """One loop of a batch cannot be advanced; the others can."""

    def __init__(self, trace_id: str, failure_state: FailureState, detail: str) -> None:
        super().__init__(f"{trace_id}: {detail}")
        self.trace_id = trace_id
        self.failure_state = failure_state
        self.detail = detail
