import pytest

from integrations.json_schemas import faults

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
    },
    "required": ["id"],
    "additionalProperties": False,
}


def test_a_document_that_fits_has_no_faults():
    assert faults(SCHEMA, {"id": 1, "code": "AB"}) == []


def test_every_fault_is_told_with_its_place_and_without_the_value():
    told = faults(SCHEMA, {"id": 0, "code": "canary-7", "more": 1})
    assert len(told) == 3
    assert any(one.startswith("id: ") for one in told)
    assert "canary" not in " ".join(told)


def test_an_expression_that_would_run_for_ever_does_not():
    schema = {"properties": {"text": {"pattern": "^(a+)+$"}}}
    assert faults(schema, {"text": "a" * 60 + "!"}) != []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "no-such-type"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#"},
        {"properties": {"a": {"pattern": "(?=a)"}}},
        {"patternProperties": {"^(a+)+$": {}}},
    ],
)
def test_a_schema_that_cannot_be_checked_lets_nothing_through(schema):
    assert faults(schema, {"a": "a"}) != []
