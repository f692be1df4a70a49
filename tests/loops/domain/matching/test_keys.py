from hypothesis import given
from hypothesis import strategies as st

from loops.domain.matching import (
    COMMON,
    MAX_KEYS,
    Template,
    index_keys,
    lookup_keys,
    read,
    worth_loading,
)
from loops.domain.matching.keys import ENOUGH, MAX_KEY_CHARS


@given(st.text(max_size=500))
def test_keys_are_few_short_and_distinct(message: str) -> None:
    keys = lookup_keys(read(message))
    assert 1 <= len(keys) <= MAX_KEYS
    assert len(set(keys)) == len(keys)
    assert all(len(key) <= MAX_KEY_CHARS + 2 for key in keys)


def test_a_failure_with_other_values_shares_a_key_with_its_pattern() -> None:
    template = Template.of(read("session closed for user cyrus"))
    shared = set(index_keys(template)) & set(lookup_keys(read("session closed for user news")))
    assert "w:session" in shared


def test_the_rarest_keys_are_followed_while_they_have_few_patterns() -> None:
    sizes = {"x": 0, "a": ENOUGH, "b": 2, "c": COMMON + 1, "d": ENOUGH - 2}
    assert worth_loading(("x", "a", "b", "c", "d"), sizes=sizes) == ("b", "d")


def test_when_every_key_is_common_the_rarest_alone_is_followed() -> None:
    assert worth_loading(("a", "b"), sizes={"a": 900, "b": 100}) == ("b",)


def test_keys_without_patterns_lead_nowhere() -> None:
    assert worth_loading(("a", "b"), sizes={}) == ()
