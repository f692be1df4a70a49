"""Configurations compared, and keys found in them."""

import pytest

from integrations.domain.configuration import (
    FieldChange,
    Outcome,
    Result,
    changes_between,
    digest_of,
    raw_keys_in,
)

KEY = "sk-1234567890abcdef1234"


def test_a_difference_is_told_field_by_field():
    before = {"name": "a", "config": {"region": "eu", "gone": "x"}, "rpm": 0}
    after = {"name": "a", "config": {"region": "us"}, "rpm": 5}
    assert changes_between(before, after) == [
        FieldChange("config.region", "eu", "us"),
        FieldChange("rpm", 0, 5),
        FieldChange("config.gone", "x", None),
    ]


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"integrations": [{"credential": KEY}]}, ["/integrations/0/credential"]),
        ({"integrations": [{"config": {KEY: "x"}}]}, ["/integrations/0/config"]),
        ({"a": {"b": [[" " + KEY.upper()]]}}, ["/a/b/0/0"]),
        ({KEY: KEY}, ["/", "/…"]),
        ({"name": "sk-short"}, []),
        ({"name": "az-europe west and more"}, []),
        ({"credential": "stored:sk-1234567890abcdef1234"}, ["/credential"]),
        ([[[KEY]]], ["/0/0/0"]),
    ],
)
def test_a_key_is_found_wherever_it_is_and_not_repeated(document, places):
    assert sorted(raw_keys_in(document)) == places


def test_a_document_that_nests_deeply_is_read():
    deep: object = KEY
    for _ in range(1000):
        deep = [deep]
    assert len(list(raw_keys_in(deep))) == 1


def test_a_digest_is_of_the_changes_alone():
    change = Result("x", "a", Outcome.CHANGED, [FieldChange("f", 1, 2)], item={"f": 2})
    others = [Result("x", "b", Outcome.UNCHANGED), Result("x", "c", Outcome.REFUSED, reason="no")]
    assert digest_of([change]) == digest_of([*others, change])
    again = Result("x", "a", Outcome.CHANGED, [FieldChange("f", 0, 2)], item={"f": 2})
    assert digest_of([change]) != digest_of([again])
