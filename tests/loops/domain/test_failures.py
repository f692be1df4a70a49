import pytest

from loops.domain.failures import EXPLANATIONS
from loops.domain.states import FailureState


@pytest.mark.parametrize("failure", FailureState)
def test_every_failure_says_what_happened_and_what_to_do(failure: FailureState) -> None:
    explanation = EXPLANATIONS[failure]
    for sentence in (explanation.what_happened, explanation.what_to_do):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "_" not in sentence, "states are named in words"


def test_no_two_failures_say_the_same() -> None:
    assert len({one.what_happened for one in EXPLANATIONS.values()}) == len(FailureState)
