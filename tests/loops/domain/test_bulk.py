"""What an answer to many means to each, and which are decided alone."""

import pytest

from loops.domain.bulk import answer_of, obstacle
from loops.domain.checkpoints import OPTIONS
from loops.domain.states import BulkAct, CheckpointType, Resolution, Risk


@pytest.mark.parametrize(
    ("act", "kind", "means"),
    [
        (BulkAct.APPROVE, CheckpointType.APPROVE_RECOVERY, Resolution.APPLY),
        (BulkAct.APPROVE, CheckpointType.SIMULATE_ROUTING, Resolution.APPLY),
        (BulkAct.REJECT, CheckpointType.APPROVE_RECOVERY, Resolution.REJECT),
        (BulkAct.REJECT, CheckpointType.SIMULATE_ROUTING, Resolution.CANCEL),
        (BulkAct.DEFER, CheckpointType.APPROVE_RECOVERY, Resolution.DEFER),
        (BulkAct.DEFER, CheckpointType.SIMULATE_ROUTING, None),
        (BulkAct.CLAIM, CheckpointType.APPROVE_RECOVERY, None),
    ],
)
def test_an_act_means_what_the_question_calls_it(act, kind, means):
    assert answer_of(act, options=OPTIONS[kind]) == means


@pytest.mark.parametrize(
    ("act", "risk", "left_out"),
    [
        (BulkAct.APPROVE, Risk.HIGH, True),
        (BulkAct.REJECT, Risk.HIGH, True),
        (BulkAct.DEFER, Risk.HIGH, False),
        (BulkAct.CLAIM, Risk.HIGH, False),
        (BulkAct.APPROVE, Risk.MEDIUM, False),
    ],
)
def test_high_risk_is_neither_approved_nor_rejected_together(act, risk, left_out):
    options = OPTIONS[CheckpointType.APPROVE_RECOVERY]
    assert bool(obstacle(act, options=options, risk=risk)) is left_out
