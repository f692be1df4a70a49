from hypothesis import given
from hypothesis import strategies as st

from loops.domain import search


def test_a_text_falls_into_its_different_words_whatever_their_case():
    assert search.kept("Billing timed out; billing-7", None, "inc_01AB") == (
        "billing timed out 7 inc 01ab"
    )


def test_every_word_asked_for_may_be_the_beginning_of_a_longer_one():
    assert search.asked(" Time-out HAT083 ") == "time:* & out:* & hat083:*"


def test_what_is_shorter_than_three_letters_is_looked_for_whole():
    assert search.asked("agent-7 of B") == "agent:* & 7 & of & b"


def test_a_search_without_a_word_asks_for_nothing():
    assert search.asked("'; --") == ""


@given(st.text())
def test_what_is_kept_holds_nothing_but_words(text):
    assert all(word.isalnum() for word in search.kept(text).split())


def test_so_many_words_are_kept_and_no_more():
    texts = [f"w{number}" for number in range(200)]
    assert len(search.kept(*texts).split()) == search.MOST_WORDS
