"""How often people agreed."""

import pytest

from loops.domain.agreement import Answered, agreement_of

YES, CHANGED = Answered(is_yes=True), Answered(is_yes=True, was_changed=True)
UNSAFE, STALE = Answered(is_yes=False, reason="unsafe"), Answered(is_yes=False, reason="stale")


def test_answers_are_counted_by_what_became_of_the_proposal_and_why_not() -> None:
    found = agreement_of([YES, YES, CHANGED, STALE, UNSAFE, UNSAFE, Answered(is_yes=False)])

    assert (found.unchanged, found.changed, found.rejected, found.sample) == (2, 1, 4, 7)
    assert list(found.reasons.items()) == [("unsafe", 2), ("stale", 1)]


@pytest.mark.parametrize(("times", "share"), [(0, None), (4, None), (5, 1.0)])
def test_below_five_answers_no_share_is_told(times: int, share: float | None) -> None:
    assert agreement_of([YES] * times).share == share
