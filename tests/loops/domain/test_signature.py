import pytest

from loops.domain.signature import (
    NORMALISED,
    V1,
    normalised_signature,
    pattern_type,
    raw_signature,
    stored_signature,
)
from loops.domain.states import PatternType

TIMEOUT_HASH = "1836e42d2eddafdc174d4a69d8d6eba8"


def test_spec_11_version_one_hashes_are_frozen() -> None:
    exported = raw_signature(
        error_type="data_export_blocked", context={"call_id": "c", "tenant_id": "t"}
    )
    timed_out = raw_signature(
        error_type="timeout",
        error_code="E504",
        context={"b": 1, "a": 2},
        agent_capability="summarize",
        api_endpoint="/v1/chat",
        status_code=504,
    )
    assert raw_signature().digest() == "b8a86204bad936011cf41f8ab0a305a6"
    assert exported.digest() == "3cea97716cb492fd5a80d8debe6cfe24"
    assert timed_out.digest() == TIMEOUT_HASH


def test_spec_12_neither_order_nor_values_of_the_context_change_the_hash() -> None:
    one = raw_signature(error_type="timeout", context={"a": 1, "b": [2]})
    other = raw_signature(error_type="timeout", context={"b": "x", "a": None})
    assert one.digest() == other.digest()


def test_spec_13_one_more_context_key_changes_the_hash() -> None:
    fewer = raw_signature(error_type="timeout", context={"a": 1})
    more = raw_signature(error_type="timeout", context={"a": 1, "b": 1})
    assert fewer.digest() != more.digest()


@pytest.mark.parametrize(
    ("error_type", "expected"),
    [
        ("data_export_blocked", PatternType.POLICY_VIOLATION),
        ("policy_x", PatternType.POLICY_VIOLATION),
        ("POLICY_X", PatternType.POLICY_VIOLATION),
        ("timeout", PatternType.ERROR),
    ],
)
def test_spec_22_blocked_and_policy_failures_are_violations(
    error_type: str, expected: PatternType
) -> None:
    assert pattern_type(error_type) is expected


def test_spec_24_a_null_context_is_an_empty_one() -> None:
    assert raw_signature(context=None) == raw_signature(context={})
    assert normalised_signature(context=None).context_keys == ()


def test_a_tidied_signature_ignores_case_space_query_and_trailing_slash() -> None:
    untidy = normalised_signature(
        error_type=" TimeOut ",
        error_code=" E504",
        context={"b": 1, "a": 2},
        agent_capability="summarize ",
        api_endpoint=" /V1/Chat/?page=2#top",
        status_code="504",
    )
    assert untidy.version == NORMALISED
    assert untidy.digest() == TIMEOUT_HASH, "a tidy incident hashes alike under both versions"


def test_blank_fields_of_a_tidied_signature_are_missing() -> None:
    blank = normalised_signature(
        error_type=" ", error_code="", agent_capability="  ", api_endpoint="?q", status_code="n/a"
    )
    assert blank == normalised_signature()
    assert normalised_signature(api_endpoint="/").api_endpoint == "/"


@pytest.mark.parametrize("unreadable", ["", "5xx", "-1", "\u0665\u0660\u0664", "9" * 5000])
def test_a_status_code_not_written_in_digits_is_missing(unreadable: str) -> None:
    assert normalised_signature(status_code=unreadable).status_code is None


def test_a_stored_signature_comes_back_equal() -> None:
    stored = raw_signature(error_type="timeout", context={"a": 1}, status_code=504)
    assert stored_signature(fields=stored.as_json(), version=V1) == stored
