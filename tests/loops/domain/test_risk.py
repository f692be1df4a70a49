import pytest

from loops.domain.confidence import Band
from loops.domain.risk import BY_BAND, BY_TYPE, COST_OF_AN_HOUR, risk_of, waiting_cost
from loops.domain.states import CheckpointPriority, CheckpointType, Risk


def test_every_question_has_a_risk() -> None:
    for kind in CheckpointType:
        for band in (None, *Band):
            assert risk_of(checkpoint_type=kind, band=band) in Risk
    assert set(BY_BAND) == set(Band)
    assert set(BY_TYPE) == set(CheckpointType) - {CheckpointType.APPROVE_RECOVERY}


@pytest.mark.parametrize(
    ("band", "risk"),
    [
        (Band.STRONG, Risk.LOW),
        (Band.WEAK, Risk.MEDIUM),
        (Band.NOVEL, Risk.HIGH),
        (None, Risk.HIGH),
    ],
)
def test_a_recovery_is_as_risky_as_it_is_unsure(band: Band | None, risk: Risk) -> None:
    assert risk_of(checkpoint_type=CheckpointType.APPROVE_RECOVERY, band=band) is risk


def test_a_likeness_does_nothing_by_itself() -> None:
    found = risk_of(
        checkpoint_type=CheckpointType.APPROVE_RECOVERY, band=Band.NOVEL, is_likeness=True
    )

    assert found is Risk.LOW


@pytest.mark.parametrize("kind", [CheckpointType.APPROVE_POLICY, CheckpointType.REVERT_LOOP])
def test_what_acts_by_itself_or_cannot_be_taken_back_is_risky_however_sure(
    kind: CheckpointType,
) -> None:
    assert risk_of(checkpoint_type=kind, band=Band.STRONG) is Risk.HIGH


def test_waiting_costs_more_where_more_stands_still() -> None:
    costs = [
        waiting_cost(priority=CheckpointPriority.NORMAL, holds_loop=held, blocks_others=blocks)
        for held, blocks in [(False, False), (True, False), (True, True)]
    ]

    assert costs == [4, 8, 16]


def test_an_hour_costs_more_the_more_urgent_it_is() -> None:
    costs = [COST_OF_AN_HOUR[priority] for priority in CheckpointPriority]

    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == len(costs)
