from typing import Any

import pytest

from loops.domain.states import Resolution
from loops.domain.votes import Standing, keeps_votes, standing

SUBJECT: dict[str, Any] = {
    "policy_id": "pol_1",
    "policy_name": "Prevention: timeout",
    "revision": 1,
    "conditions": {"field": "error_type", "op": "eq", "value": "timeout"},
    "policy_action": "block",
    "action_params": {"reason": "it would fail"},
    "scope_type": "tenant",
    "scope_id": "t1",
    "confidence": 0.7,
}


@pytest.mark.parametrize(
    ("given", "required", "is_blind", "outcome"),
    [
        ("", 2, True, ""),
        ("y", 1, False, "agreed"),
        ("y", 2, False, ""),
        ("yy", 2, False, "agreed"),
        ("yn", 2, False, "refused"),
        ("n", 2, True, ""),
        ("nn", 2, True, "refused"),
        ("yn", 2, True, "disputed"),
        ("yny", 2, True, "agreed"),
        ("ynn", 2, True, "refused"),
        ("ynyy", 3, True, "agreed"),
        ("d", 2, True, ""),
    ],
)
def test_answers_come_to(given, required, is_blind, outcome):
    words = {"y": Resolution.APPLY, "n": Resolution.REJECT, "d": Resolution.DEFER}
    found = standing([words[one] for one in given], required=required, is_blind=is_blind)
    told = {"agreed": found.is_agreed, "refused": found.is_refused, "disputed": found.is_disputed}
    assert [word for word, holds in told.items() if holds] == ([outcome] if outcome else [])


def test_a_settled_question_misses_nobody():
    assert Standing(yes=2, no=1, required=2, is_blind=True).missing == 0


@pytest.mark.parametrize(
    ("field", "value", "is_kept"),
    [
        ("policy_name", "Another name", True),
        ("revision", 2, True),
        ("confidence", 0.8, True),
        ("policy_id", "pol_2", False),
        ("conditions", {"field": "error_type", "op": "eq", "value": "other"}, False),
        ("policy_action", "warn", False),
        ("action_params", {}, False),
        ("scope_type", "agent", False),
        ("scope_id", "a1", False),
        ("a_field_nobody_knows_yet", 1, False),
    ],
)
def test_votes_survive_a_cosmetic_change_only(field, value, is_kept):
    assert keeps_votes(SUBJECT, SUBJECT | {field: value}) is is_kept
