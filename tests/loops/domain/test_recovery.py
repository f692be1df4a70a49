from typing import Any

import pytest

from loops.domain.confidence import Band, add_confirmation
from loops.domain.recovery import Suggestion, in_words, initial_status, status_after, suggest
from loops.domain.states import ActionType, RecoveryStatus, SuggestionType

TEMPLATE = {"action_type": "fallback", "action_params": {"model": "small"}}


def templated(match_band: Band = Band.STRONG) -> Suggestion:
    return suggest(error_type="timeout", match_band=match_band, occurrences=1, template=TEMPLATE)


def generated(*, occurrences: int, match_band: Band = Band.STRONG) -> Suggestion:
    return suggest(error_type="timeout", match_band=match_band, occurrences=occurrences)


def test_spec_08_a_strong_suggestion_is_automatic_only_without_confirmations() -> None:
    certain = generated(occurrences=3)
    assert (certain.confidence.final, certain.confirmations_required) == (0.90, 0)
    assert certain.auto_applicable
    asking = Suggestion(certain.suggestion_type, certain.action, certain.confidence, 1)
    assert not asking.auto_applicable


def test_spec_09_the_second_of_two_confirmations_approves() -> None:
    first = add_confirmation(confirmed_by=frozenset[int](), reviewer=1, required=2)
    second = add_confirmation(confirmed_by=first.confirmed_by, reviewer=2, required=2)
    assert status_after(first) is RecoveryStatus.PENDING
    assert status_after(second) is RecoveryStatus.APPROVED


@pytest.mark.parametrize(
    ("error_type", "action", "params"),
    [
        ("rate_limit", ActionType.RATE_LIMIT, {"window_seconds": 60, "max_requests": 10}),
        ("auth_error", ActionType.ESCALATE, {"level": "admin"}),
        ("validation_error", ActionType.BLOCK, {"reason": "invalid_input"}),
        ("resource_exhausted", ActionType.RATE_LIMIT, {"window_seconds": 300, "max_requests": 5}),
        ("foo", ActionType.ESCALATE, {"reason": "unknown_error"}),
        ("TIMEOUT", ActionType.RETRY, {"max_retries": 3, "backoff_seconds": 5}),
    ],
)
def test_spec_42_the_error_type_chooses_the_remedy(
    error_type: str, action: ActionType, params: dict[str, Any]
) -> None:
    suggestion = suggest(error_type=error_type, match_band=Band.STRONG, occurrences=1)
    assert suggestion.suggestion_type is SuggestionType.GENERATED
    assert (suggestion.action.action_type, suggestion.action.params) == (action, params)


def test_spec_43_a_strong_template_is_applied_at_once() -> None:
    suggestion = templated()
    status = initial_status(
        suggestion=suggestion, pattern_auto_applies=True, capability_unlocked=True
    )
    assert suggestion.suggestion_type is SuggestionType.TEMPLATE
    assert (suggestion.confidence.final, suggestion.confirmations_required) == (0.90, 0)
    assert status is RecoveryStatus.APPLIED


def test_spec_44_nothing_is_applied_alone_before_the_capability_is_earned() -> None:
    status = initial_status(
        suggestion=templated(), pattern_auto_applies=True, capability_unlocked=False
    )
    assert status is RecoveryStatus.PENDING


def test_a_template_on_a_weak_match_asks_one_person() -> None:
    suggestion = templated(Band.WEAK)
    assert (suggestion.confidence.final, suggestion.confirmations_required) == (0.70, 1)


@pytest.mark.parametrize(
    "template", [{"action_type": "dance"}, {"action_type": 7, "action_params": "x"}, {"x": 1}]
)
def test_a_template_without_a_readable_action_is_unknown(template: dict[str, Any]) -> None:
    suggestion = suggest(
        error_type="timeout", match_band=Band.STRONG, occurrences=1, template=template
    )
    assert suggestion.action.action_type is ActionType.UNKNOWN
    assert suggestion.action.params == {}


def test_a_pattern_that_forbids_it_is_never_applied_alone() -> None:
    status = initial_status(
        suggestion=generated(occurrences=9), pattern_auto_applies=False, capability_unlocked=True
    )
    assert status is RecoveryStatus.PENDING


@pytest.mark.parametrize("action_type", ActionType)
def test_every_action_can_be_said_in_words_whatever_its_parameters(
    action_type: ActionType,
) -> None:
    phrase = in_words(action_type=action_type, params={})
    assert phrase[0].isupper()
    assert "{" not in phrase


def test_the_words_name_the_parameters() -> None:
    action = generated(occurrences=1).action
    assert (
        in_words(action_type=action.action_type, params=action.params)
        == "Retry up to 3 times, 5 seconds apart"
    )
