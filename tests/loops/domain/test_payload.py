from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.payload import (
    MAX_DEPTH,
    MAX_KEYS,
    MAX_TEXT_BYTES,
    PayloadFault,
    check_document,
    digest,
    jsonable,
)
from loops.domain.states import Stage

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab~/"), inner),
    max_leaves=20,
)


@dataclass(frozen=True)
class Seen:
    stage: Stage
    at: datetime


def nested(levels: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(levels - 1):
        inner = [inner]
    return inner


def test_spec_47_the_error_names_the_path_of_what_json_cannot_hold() -> None:
    with pytest.raises(TypeError, match=r"event\.details\.x\[2\] is a object"):
        jsonable({"x": [1, 2, object()]}, path="event.details")


def test_dates_enums_decimals_and_dataclasses_are_written_as_json() -> None:
    seen = Seen(Stage.PATTERN_MATCHED, datetime(2026, 1, 31, 9, 30, tzinfo=UTC))
    written = jsonable({"seen": (seen,), Stage.LOOP_COMPLETE: Decimal("-0.2")}, path="details")
    assert written == {
        "seen": [{"stage": "pattern_matched", "at": "2026-01-31T09:30:00+00:00"}],
        "loop_complete": -0.2,
    }


@pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity"), {1, 2}, b"x", Seen])
def test_what_json_has_no_word_for_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match=r"^details "):
        jsonable(value, path="details")


def test_a_key_that_is_no_string_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"^details\.x has the key 1"):
        jsonable({"x": {1: "one"}}, path="details")


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"context": {"a/b": {"~": "\0"}}}, "/context/a~1b/~0"),
        ({"list": ["fine", "half \ud800"]}, "/list/1"),
        ({"list": [1.0, float("inf")]}, "/list/1"),
        ({"x": float("nan")}, "/x"),
        ({"x": {"key\0": 1}}, "/x"),
        ({"x": {"\ud800": 1}}, "/x"),
        ({"x": {1: 1}}, "/x"),
        ({"x": (1,)}, "/x"),
        ("\0", ""),
    ],
)
def test_a_fault_points_to_its_place(document: object, pointer: str) -> None:
    with pytest.raises(PayloadFault) as caught:
        check_document(document)
    assert caught.value.pointer == pointer


def test_thirty_two_levels_are_taken_and_one_more_is_not() -> None:
    check_document(nested(MAX_DEPTH))
    with pytest.raises(PayloadFault, match="32 levels"):
        check_document(nested(MAX_DEPTH + 1))


def test_a_document_nested_without_end_is_refused_early() -> None:
    with pytest.raises(PayloadFault) as caught:
        check_document(nested(100_000))
    assert caught.value.pointer == "/0" * MAX_DEPTH


def test_an_object_may_have_256_keys() -> None:
    check_document({str(n): n for n in range(MAX_KEYS)})
    with pytest.raises(PayloadFault, match="256 keys"):
        check_document({str(n): n for n in range(MAX_KEYS + 1)})


def test_a_text_is_measured_in_bytes() -> None:
    check_document("x" * MAX_TEXT_BYTES)
    check_document("ä" * (MAX_TEXT_BYTES // 2))
    with pytest.raises(PayloadFault, match="32768 bytes"):
        check_document("x" * (MAX_TEXT_BYTES + 1))
    with pytest.raises(PayloadFault, match="32768 bytes"):
        check_document({"x": "ä" * (MAX_TEXT_BYTES // 2 + 1)})


@given(documents)
def test_a_checked_document_is_written_as_it_is(document: Any) -> None:
    check_document(document)
    assert jsonable(document, path="document") == document
    assert digest(document) == digest(document)


@given(st.dictionaries(st.text("abc"), scalars, min_size=2))
def test_a_digest_does_not_depend_on_the_order_of_keys(document: dict[str, Any]) -> None:
    assert digest(document) == digest(dict(reversed(document.items())))


def test_a_digest_is_the_sha256_of_the_canonical_text() -> None:
    empty_object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest({}) == empty_object
    with pytest.raises(ValueError, match="JSON compliant"):
        digest(float("nan"))
