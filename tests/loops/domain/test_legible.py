import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from loops.domain.legible import Leaf, folded, json_text, leaves, legible


def test_a_reversed_name_shows_how_it_was_written() -> None:
    assert legible("invoice\u202egnp.exe") == "invoice⟨U+202E⟩gnp.exe"


def test_emoji_and_lines_stay_as_they_are() -> None:
    text = "first\r\n\tsecond 👩\u200d💻 naïve عربى"

    assert legible(text) == "first\n\tsecond 👩\u200d💻 naïve عربى"


@given(text=st.text())
def test_nothing_that_steers_the_reader_is_left(text: str) -> None:
    steering = {"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    joiners = {"\u200c", "\u200d"}

    left = {one for one in legible(text) if unicodedata.bidirectional(one) in steering}

    assert left <= joiners


@given(text=st.text(), lines=st.integers(1, 5), characters=st.integers(1, 40))
def test_folding_leaves_nothing_out(text: str, lines: int, characters: int) -> None:
    cut = folded(text, lines=lines, characters=characters)

    assert cut.head + cut.rest == legible(text)
    assert len(cut.head) <= characters


def test_a_fold_says_what_is_in_it() -> None:
    assert folded("a\n" * 30).label == "10 more lines, 20 characters"
    assert folded("a" * 2500).label == "500 characters more"


def test_every_value_is_named_by_its_way() -> None:
    document = {"order": {"items": [{"price": 1.5}, {}], "note\u200b": None}, "ok": True}

    assert leaves(document) == [
        Leaf("order.items[0].price", "1.5"),
        Leaf("order.items[1]", "{}"),
        Leaf("order.note⟨U+200B⟩", "null"),
        Leaf("ok", "true"),
    ]


def test_json_shows_direction_marks_too() -> None:
    assert json_text({"a": "\u202eb"}) == '{\n  "a": "⟨U+202E⟩b"\n}'
