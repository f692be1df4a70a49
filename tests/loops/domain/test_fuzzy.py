from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.confidence import Band
from loops.domain.fuzzy import (
    EXACT_CONFIDENCE,
    WEIGHTS,
    Candidate,
    RunnerUp,
    best_of,
    contributions,
    exact,
    score,
)
from loops.domain.signature import Signature
from loops.domain.states import MatchType

FOUNDED = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
STORED = Signature(
    error_type="timeout",
    error_code="E1",
    agent_capability="math",
    api_endpoint="/v1/chat",
    status_code=504,
)
short_text = st.none() | st.text(max_size=4)
signatures = st.builds(
    Signature,
    error_type=st.text(max_size=4),
    error_code=short_text,
    agent_capability=short_text,
    api_endpoint=short_text,
    status_code=st.none() | st.integers(400, 402),
)


def candidate(
    pattern_id: str, signature: Signature, *, occurrences: int = 1, age_days: int = 0
) -> Candidate:
    return Candidate(pattern_id, signature, occurrences, FOUNDED - timedelta(days=age_days))


def test_spec_13_context_keys_do_not_lower_the_score() -> None:
    more = replace(STORED, context_keys=("a", "b"))
    match = best_of(incoming=more, candidates=[candidate("pat_a", STORED)])
    assert (match.pattern_id, match.confidence) == ("pat_a", 1.0)


def test_spec_14_another_code_alone_leaves_a_weak_match() -> None:
    match = best_of(
        incoming=replace(STORED, error_code="X9"), candidates=[candidate("pat_a", STORED)]
    )
    assert (match.confidence, match.band) == (0.80, Band.WEAK)
    assert match.match_type is MatchType.FUZZY


@pytest.mark.parametrize(
    ("endpoint", "expected"), [("/v2/images", 0.85), ("/v1/chat/completions", 0.925)]
)
def test_spec_15_another_endpoint_alone_leaves_a_strong_match(
    endpoint: str, expected: float
) -> None:
    match = best_of(
        incoming=replace(STORED, api_endpoint=endpoint), candidates=[candidate("pat_a", STORED)]
    )
    assert (match.confidence, match.band) == (expected, Band.STRONG)


@pytest.mark.parametrize(
    ("incoming", "expected"),
    [
        (replace(STORED, error_code="X9", agent_capability="poetry"), 0.60),
        (replace(STORED, api_endpoint="/v2/images", status_code=500), 0.70),
        (replace(STORED, error_code="X9", status_code=500), 0.65),
    ],
)
def test_spec_16_two_other_fields_leave_a_weak_match(incoming: Signature, expected: float) -> None:
    match = best_of(incoming=incoming, candidates=[candidate("pat_a", STORED)])
    assert (match.confidence, match.band) == (expected, Band.WEAK)


def test_spec_17_three_other_fields_make_a_new_pattern() -> None:
    unlike = replace(STORED, error_code="X9", agent_capability="poetry", api_endpoint="/v2/images")
    match = best_of(incoming=unlike, candidates=[candidate("pat_a", STORED)])
    assert (match.pattern_id, match.confidence, match.is_new) == (None, 1.0, True)
    assert match.runner_up == RunnerUp("pat_a", 0.45)


def test_spec_18_a_code_that_holds_the_other_earns_half() -> None:
    assert score(known=STORED, incoming=replace(STORED, error_code="E12")) == 0.90


def test_spec_19_two_signatures_of_an_error_type_alone_are_alike() -> None:
    assert score(known=Signature("timeout"), incoming=Signature("timeout")) == 1.0


def test_spec_20_the_best_score_wins_over_the_most_frequent() -> None:
    often = replace(STORED, error_code="X9", agent_capability="poetry", api_endpoint="/v2/images")
    near = replace(STORED, api_endpoint="/v2/images")
    match = best_of(
        incoming=STORED,
        candidates=[
            candidate("pat_a", often, occurrences=10),
            candidate("pat_b", near, occurrences=2),
        ],
    )
    assert (match.pattern_id, match.confidence) == ("pat_b", 0.85)
    assert match.runner_up == RunnerUp("pat_a", 0.45)


def test_equal_scores_go_to_the_more_frequent_then_to_the_older_pattern() -> None:
    young = candidate("pat_young", STORED, occurrences=2, age_days=1)
    old = candidate("pat_old", STORED, occurrences=2, age_days=9)
    rare = candidate("pat_rare", STORED, occurrences=1, age_days=99)
    assert best_of(incoming=STORED, candidates=[young, rare, old]).pattern_id == "pat_old"


def test_only_the_five_most_frequent_patterns_are_compared() -> None:
    unlike = replace(STORED, error_code="X9")
    frequent = [candidate(f"pat_{n}", unlike, occurrences=9) for n in range(5)]
    rare_twin = candidate("pat_twin", STORED, occurrences=1)
    assert best_of(incoming=STORED, candidates=[*frequent, rare_twin]).pattern_id == "pat_0"


def test_patterns_of_another_error_type_are_never_compared() -> None:
    other = candidate("pat_a", replace(STORED, error_type="crash"))
    match = best_of(incoming=STORED, candidates=[other])
    assert match.is_new
    assert match.runner_up is None


def test_a_match_says_what_each_field_earned() -> None:
    incoming = replace(STORED, error_code="E12", status_code=500)
    match = best_of(incoming=incoming, candidates=[candidate("pat_a", STORED)])
    assert match.contributions == {
        "error_type": 0.30,
        "error_code": 0.10,
        "agent_capability": 0.20,
        "api_endpoint": 0.15,
        "status_code": 0.0,
    }


def test_an_equal_hash_is_nearly_certain() -> None:
    match = exact("pat_a")
    assert (match.confidence, match.band) == (EXACT_CONFIDENCE, Band.STRONG)
    assert not match.is_new


@given(signatures, signatures)
def test_a_score_lies_in_zero_to_one_and_does_not_depend_on_the_side(
    one: Signature, other: Signature
) -> None:
    there, back = score(known=one, incoming=other), score(known=other, incoming=one)
    assert there == back
    assert 0 <= there <= 1


@given(signatures)
def test_a_signature_matches_itself_completely(signature: Signature) -> None:
    assert contributions(known=signature, incoming=signature) == dict(WEIGHTS)
