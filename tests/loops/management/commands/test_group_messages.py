import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def grouped(monkeypatch: pytest.MonkeyPatch, text: str) -> dict[str, Any]:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    call_command("group_messages", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue().strip().splitlines()[-1])
    return answer


def test_messages_are_numbered_by_pattern_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"message": "Error: no seats on flight HAT1"},
        {"message": "Error: payment method not found"},
        {"message": "Error: no seats on flight HAT2"},
    ]
    answer = grouped(monkeypatch, json.dumps({"rows": rows}))
    assert answer["clusters"] == [0, 1, 0]
    assert answer["seconds"] >= 0


def test_other_error_types_are_other_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"message": "late", "error_type": "a"},
        {"message": "late", "error_type": "b"},
        {"message": "late", "error_type": "a", "error_code": "7"},
        {"message": "late", "error_type": "a"},
    ]
    assert grouped(monkeypatch, json.dumps({"rows": rows}))["clusters"] == [0, 1, 2, 0]


def test_no_messages_are_no_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert grouped(monkeypatch, '{"rows": []}')["clusters"] == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"rows": 5}', "not a list"),
        ('{"rows": [{"message": "a"}, {"text": "b"}]}', "Row 1 has no text"),
        ('{"rows": [{"message": "a", "error_type": []}]}', "Row 0: error_type"),
    ],
)
def test_malformed_input_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        grouped(monkeypatch, text)
