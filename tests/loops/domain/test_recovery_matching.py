import pytest

from loops.domain.recovery_matching import (
    GENERIC_HINT,
    category_of,
    code_of,
    error_signature,
    group_signature,
    hint_for,
    matcher_confidence,
    mode_of,
    without_secrets,
)


def test_spec_109_one_match_counts_by_its_age():
    assert matcher_confidence(ages_days=[0], occurrences=5) == 0.2246
    assert matcher_confidence(ages_days=[60], occurrences=5) == 0.1011


def test_spec_110_three_matches():
    assert matcher_confidence(ages_days=[30] * 3, occurrences=6) == 0.3557
    assert matcher_confidence(ages_days=[7] * 3, occurrences=10) == 0.30


def test_spec_111_no_history_and_a_match_in_the_catalogue():
    assert matcher_confidence(ages_days=[], occurrences=4) == 0.20
    assert matcher_confidence(ages_days=[], occurrences=1, in_catalogue=True) == 0.95


def test_both_signatures_of_a_short_message_are_the_known_one():
    told = {"code": "TIMEOUT", "message": "Connection timed out after 30s"}
    assert error_signature(**told) == group_signature(**told) == "6837f520d7bd3c73"


def test_a_secret_takes_no_part_in_a_signature():
    signatures = {
        error_signature(code="AUTH", message=f"token={secret} was refused")
        for secret in ("abcdefgh", "12345678")
    }
    assert len(signatures) == 1


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: [secret]"),
        ("password=hunter2, retry", "[secret], retry"),
        ("postgres://me:secret@db/x", "postgres://[secret]@db/x"),
        ("key sk-abcdefghijklmnop", "key [secret]"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_secrets_are_taken_out(message, kept):
    assert without_secrets(message) == kept


@pytest.mark.parametrize(
    ("code", "message", "category", "mode"),
    [
        ("TIMEOUT", "", "TRANSIENT", "RETRY_EXPONENTIAL"),
        ("HTTP_403", "", "PERMISSION", "ESCALATE"),
        ("RATE_LIMITED", "", "RESOURCE", "RETRY_WITH_JITTER"),
        ("E1", "the schema is wrong", "VALIDATION", "ABORT"),
        ("E1", "sql: deadlock", "INFRASTRUCTURE", "ABORT"),
        ("E1", "claude overloaded", "PLANNER", "ABORT"),
        ("E1", "could not generate", "PERMANENT", "ABORT"),
    ],
)
def test_the_first_list_with_a_word_decides(code, message, category, mode):
    assert category_of(code=code, message=message) == category
    assert mode_of(code=code, message=message) == mode


def test_a_failure_is_called_by_its_type_first():
    assert code_of(error_type="timeout", error_code="E1") == "timeout"
    assert code_of(error_type=None, error_code="E1") == "E1"
    assert code_of(error_type="", error_code=None) == "UNKNOWN"


def test_every_code_has_a_hint():
    assert "backoff" in hint_for("timeout_upstream")
    assert hint_for("NEVER_SEEN") == GENERIC_HINT
