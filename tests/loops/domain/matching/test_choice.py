import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.confidence import Band, band
from loops.domain.matching import Candidate, Catalogue, Match, Template, best, read
from loops.domain.matching.scoring import BEGINS_ALIKE, EXACT, WORDLESS


def match(message: str, *known: str) -> Match | None:
    """The match of a message among patterns named by their own first messages."""
    return best(read(message), [Candidate(text, Template.of(read(text))) for text in known])


def band_of(message: str, known: str) -> Band:
    found = match(message, known)
    return band(found.confidence) if found else Band.NOVEL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Error: not enough seats on flight HAT229", "Error: not enough seats on flight HAT001"),
        ("PacketResponder 1 for block blk_38 ending", "PacketResponder 0 for block blk_-6 ending"),
        ("Incorrect type for parameter 'a'. Expected type list. Parameter value: ['x'].",
         "Incorrect type for parameter 'bc'. Expected type list. Parameter value: {'k': 'v w'}."),
        ("job com.acme.billing.daily told to run; however, it is too early. Ignoring.",
         "job com.acme.search.hourly told to run; however, it is too early. Ignoring."),
    ],
)  # fmt: skip
def test_the_same_failure_with_other_values_is_strong(one: str, other: str) -> None:
    assert band_of(other, one) is Band.STRONG


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("session closed for user cyrus", "session closed for user news"),
        ("Incorrect type for parameter 'a'. Expected type string, got list.",
         "Incorrect type for parameter 'a'. Expected type integer, got str."),
        ("cd: reports: No such directory. Use another path.",
         "cd: letters: No such directory. Use another path."),
    ],
)  # fmt: skip
def test_a_name_in_place_of_a_name_still_joins(one: str, other: str) -> None:
    assert band_of(other, one) is not Band.NOVEL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[instance: 7] VM Paused (Lifecycle Event)", "[instance: 7] VM Resumed (Lifecycle Event)"),
        ("Link error", "Link error on broadcast tree Interconnect-0:0:1"),
        ("Error: payment method not found", "Error: payment method certificate_7504069 not found"),
        ("Error: payment method not found", "Error: payment method 'x y' not found"),
        ("Accepted password for root from 10.0.0.1", "Failed password for root from 10.0.0.1"),
        ("index is valid", "index is not valid"),
        ("state changed to 'Active'", "state changed to 'Inactive'"),
        ("Could not write file: disk full", "Could not open file: permission denied"),
    ],
)  # fmt: skip
def test_another_failure_in_like_words_is_new(one: str, other: str) -> None:
    assert band_of(other, one) is Band.NOVEL


def test_an_equal_masked_message_is_as_sure_as_it_gets() -> None:
    found = match("seat 12 taken", "seat 99 taken")
    assert found is not None
    assert (found.confidence, found.differing) == (EXACT, ())


def test_values_alone_are_weak_evidence() -> None:
    found = match("'unit'", "'loc'")
    assert found is not None
    assert found.confidence == WORDLESS


def test_of_a_long_text_only_the_head_was_compared_so_it_is_never_strong() -> None:
    story = " ".join(f"the {a}{b}ed agent" for a in "lmnoprstw" for b in "aeiou")
    found = match(story + " failed", story + " succeeded")
    assert found is not None
    assert found.confidence == BEGINS_ALIKE


def test_the_match_says_what_was_shared_what_differed_and_who_came_second() -> None:
    found = match(
        "session closed for user root", "session closed for user news", "session opened for user x"
    )
    assert found is not None
    assert found.pattern_id == "session closed for user news"
    assert found.shared == ("session", "closed", "for", "user")
    assert found.differing == (("news", "root"),)
    assert found.runner_up is not None
    assert found.runner_up.pattern_id == "session opened for user x"
    assert found.runner_up.confidence < found.confidence


def test_nothing_alike_is_no_match() -> None:
    assert match("disk full", "authentication failure; logname= uid=0") is None


def test_a_tie_goes_to_more_occurrences_then_to_the_older() -> None:
    template = Template.of(read("seat 12 taken"))
    reading = read("seat 13 taken")
    older, newer = Candidate("older", template, 5), Candidate("newer", template, 5)
    frequent = Candidate("frequent", template, 6)
    first = best(reading, [older, newer])
    most = best(reading, [older, newer, frequent])
    assert first is not None
    assert most is not None
    assert (first.pattern_id, most.pattern_id) == ("older", "frequent")


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_confidence_is_a_rounded_probability(one: str, other: str) -> None:
    found = match(one, other)
    if found is not None:
        assert 0 <= found.confidence <= EXACT
        assert round(found.confidence, 4) == found.confidence


def test_what_a_pattern_has_learned_makes_it_surer() -> None:
    catalogue = Catalogue()
    catalogue.add(pattern_id="p", reading=read("session closed for user cyrus"))
    first = catalogue.match(read("session closed for user news"))
    catalogue.learn(pattern_id="p", reading=read("session closed for user news"))
    second = catalogue.match(read("session closed for user root"))
    assert first is not None
    assert second is not None
    assert first.confidence < second.confidence
    assert band(second.confidence) is Band.STRONG


def test_a_catalogue_full_of_common_words_compares_a_bounded_number_of_patterns() -> None:
    catalogue = Catalogue()
    for n in range(300):
        name = "".join("abcdefghij"[int(digit)] for digit in f"{n:03}")
        catalogue.add(pattern_id=str(n), reading=read(f"failed {name * 3} while {name} ran"))
    found = catalogue.match(read("failed cdecdecde while cde ran"))
    assert found is not None
    assert found.pattern_id == "234"


def test_the_first_message_keeps_finding_a_pattern_that_has_moved_on() -> None:
    catalogue = Catalogue()
    catalogue.add(pattern_id="p", reading=read("session closed for user cyrus"))
    catalogue.learn(pattern_id="p", reading=read("session closed for user news"))
    found = catalogue.match(read("session closed for user cyrus"))
    assert found is not None
    assert found.confidence == EXACT
    assert catalogue.template("p").text == "session closed for user <*>"
