import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.matching import Slot, Template, index_keys, lookup_keys, read, signature_hash
from loops.domain.matching.template import MAX_WORDS_COUNTED

WORDS = st.sampled_from(
    ["connection", "closed", "by", "user", "root", "<a>", "12", "'x'", "(", ")", "=", ":", "get_x,"]
)
MESSAGES = st.lists(WORDS, max_size=12).map(" ".join)


def learned(*messages: str) -> Template:
    template = Template.of(read(messages[0]))
    for message in messages[1:]:
        template = template.learn(read(message))
    return template


def test_a_word_that_varies_becomes_a_wildcard() -> None:
    template = learned("session closed for user news", "session closed for user root")
    assert template.text == "session closed for user <*>"
    assert template.slots[-1] == Slot(words=2)


def test_a_value_that_may_be_missing_is_remembered_as_optional() -> None:
    template = learned("sent 3 bytes (1.2 KB) to peer", "sent 3 bytes to peer")
    assert any(slot.optional for slot in template.slots)


def test_a_repeat_teaches_nothing() -> None:
    template = learned("seat 12 taken")
    assert template.learn(read("seat 99 taken")) is template


def test_a_message_without_a_word_in_common_is_not_learned_from() -> None:
    template = learned("disk full")
    assert template.learn(read("session expired")) is template


def test_counting_stops_where_it_teaches_nothing_more() -> None:
    names = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "lou"]
    template = learned(*(f"session closed for user {name}" for name in names))
    assert template.slots[-1].words == MAX_WORDS_COUNTED


@given(st.lists(MESSAGES, min_size=1, max_size=4))
def test_json_keeps_everything_a_template_has_learned(messages: list[str]) -> None:
    template = learned(*messages)
    stored = json.loads(json.dumps(template.to_json()))
    again = Template.from_json(stored)
    assert again == template
    assert index_keys(again) == index_keys(template)
    assert again.learn(read("connection lost")) == template.learn(read("connection lost"))


def test_a_template_stays_small_whatever_it_reads() -> None:
    template = learned("word" * 16 + " ", *(f"{'x' * 60} {'yz ' * 3000} {n}" for n in "abc"))
    assert len(json.dumps(template.to_json())) < 16_384


def test_a_template_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="SIGNATURE_V1"):
        Template.from_json({**learned("a b").to_json(), "version": "SIGNATURE_V1"})


def test_the_signature_names_the_partition_and_the_first_message() -> None:
    first = learned("no seats on flight HAT1")
    same = learned("no seats on flight HAT2")
    hashes = {
        signature_hash(error_type="T", error_code=None, template=first),
        signature_hash(error_type="T", error_code=None, template=same),
    }
    assert len(hashes) == 1
    assert len(hashes.pop()) == 32
    assert signature_hash(error_type="T", error_code="1", template=first) != signature_hash(
        error_type="T", error_code=None, template=first
    )


def test_learning_does_not_change_the_signature() -> None:
    before = learned("session closed for user news")
    after = before.learn(read("session closed for user root"))
    assert signature_hash(error_type="T", error_code=None, template=before) == signature_hash(
        error_type="T", error_code=None, template=after
    )


@given(MESSAGES)
def test_a_message_finds_its_own_template_by_the_first_key(message: str) -> None:
    reading = read(message)
    assert index_keys(Template.of(reading))[0] == lookup_keys(reading)[0]
