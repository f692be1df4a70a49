from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loops.domain.incidents import (
    MAX_LENGTHS,
    TITLE_LENGTH,
    Incident,
    body_hash,
    default_severity,
    incident_from,
    title_of,
)
from loops.domain.payload import PayloadFault
from loops.domain.states import Severity

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def taken(**fields: Any) -> Incident:
    return incident_from({"error_type": "timeout", **fields}, now=NOW)


def fault(document: object) -> str:
    with pytest.raises(PayloadFault) as caught:
        incident_from(document, now=NOW)
    return caught.value.pointer


def test_an_error_type_is_enough() -> None:
    assert taken() == Incident("timeout", Severity.MEDIUM, "timeout", NOW)


def test_every_field_is_taken_over() -> None:
    incident = taken(
        error_code="E504",
        message="Upstream timed out",
        severity="HIGH",
        title="Chat is slow",
        context={"call_id": "c1"},
        agent_id="agent-1",
        agent_capability="summarize",
        api_endpoint="/v1/chat",
        status_code=504,
        run_id="run-1",
        external_id="ext-1",
        occurred_at="2026-01-31T10:00:00+01:00",
    )
    assert incident == Incident(
        error_type="timeout",
        severity=Severity.HIGH,
        title="Chat is slow",
        occurred_at=datetime(2026, 1, 31, 9, 0, tzinfo=UTC),
        error_code="E504",
        message="Upstream timed out",
        context={"call_id": "c1"},
        agent_id="agent-1",
        agent_capability="summarize",
        api_endpoint="/v1/chat",
        status_code=504,
        run_id="run-1",
        external_id="ext-1",
    )


def test_nulls_blanks_and_unknown_fields_are_as_good_as_missing() -> None:
    blank = taken(message=" ", error_code="", context=None, severity=None, colour="red")
    assert blank == taken()


@pytest.mark.parametrize("document", [None, [], "timeout", 7])
def test_an_incident_is_an_object(document: object) -> None:
    assert not fault(document)


@pytest.mark.parametrize("error_type", [None, "", "  "])
def test_an_error_type_is_required(error_type: str | None) -> None:
    assert fault({"error_type": error_type}) == "/error_type"
    assert fault({}) == "/error_type"


@pytest.mark.parametrize("name", MAX_LENGTHS)
def test_a_text_of_the_full_length_is_taken_and_a_longer_one_is_not(name: str) -> None:
    fitting = "x" * MAX_LENGTHS[name]
    assert getattr(taken(**{name: fitting}), name) == fitting
    assert fault({"error_type": "timeout", name: fitting + "x"}) == f"/{name}"
    assert fault({"error_type": "timeout", name: 7}) == f"/{name}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("severity", "NONE"),
        ("severity", 3),
        ("context", []),
        ("context", "x"),
        ("status_code", True),
        ("status_code", 504.0),
        ("status_code", "5xx"),
        ("status_code", -1),
        ("status_code", 1000),
        ("occurred_at", 1769850000),
        ("occurred_at", "yesterday"),
        ("occurred_at", "2026-01-31"),
        ("occurred_at", "2026-01-31T09:30:00"),
        ("occurred_at", "0001-01-01T00:00:00+14:00"),
        ("occurred_at", "2026-02-01T09:30:01Z"),
    ],
)
def test_a_field_of_the_wrong_kind_is_pointed_at(field: str, value: object) -> None:
    assert fault({"error_type": "timeout", field: value}) == f"/{field}"


def test_the_faults_of_any_document_are_found_deep_inside_too() -> None:
    assert fault({"error_type": "timeout", "context": {"a": ["\0"]}}) == "/context/a/0"


def test_a_status_code_in_digits_is_a_number() -> None:
    assert taken(status_code="504").status_code == 504


def test_a_clock_may_be_a_day_ahead() -> None:
    assert taken(occurred_at="2026-02-01T09:30:00Z").occurred_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("error_type", "expected"),
    [
        ("AGENT_CRASH", Severity.CRITICAL),
        ("budget_breach", Severity.CRITICAL),
        ("STEP_FAILURE", Severity.HIGH),
        ("content_policy", Severity.HIGH),
        ("rate_limit", Severity.MEDIUM),
        ("CANCELLED", Severity.LOW),
        ("never heard of", Severity.MEDIUM),
    ],
)
def test_the_error_type_suggests_a_severity(error_type: str, expected: Severity) -> None:
    assert default_severity(error_type) is expected
    assert taken(error_type=error_type).severity is expected


def test_a_title_is_the_first_line_that_says_something() -> None:
    assert title_of(error_type="t", message="\n \n Upstream   timed out\n  at x") == (
        "Upstream timed out"
    )
    assert title_of(error_type="timeout", message=None) == "timeout"


def test_a_long_title_is_cut_with_an_ellipsis() -> None:
    title = title_of(error_type="t", message="word " * 100)
    assert len(title) <= TITLE_LENGTH
    assert title.endswith("word…")


def test_the_hash_of_a_body_ignores_the_order_of_keys_and_nothing_else() -> None:
    one = {"error_type": "timeout", "context": {"a": 1, "b": 2}}
    assert body_hash(one) == body_hash({"context": {"b": 2, "a": 1}, "error_type": "timeout"})
    assert body_hash(one) != body_hash({**one, "message": "x"})
