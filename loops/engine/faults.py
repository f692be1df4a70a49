"""Why one loop of a batch cannot be advanced."""

from loops.domain.states import FailureState, Stage


class LoopFault(Exception):  # noqa: N818 - what a loop has, not what the code did wrong
    """One loop cannot get past a stage; the others of its batch can. Without a stage, it cannot
    leave the one where it stands."""

    def __init__(
        self, trace_id: str, failure_state: FailureState, detail: str, *, stage: Stage | None = None
    ) -> None:
        super().__init__(f"{trace_id}: {detail}")
        self.trace_id = trace_id
        self.failure_state = failure_state
        self.detail = detail
        self.stage = stage
