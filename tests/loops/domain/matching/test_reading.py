import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.matching import read
from loops.domain.matching.masking import MAX_TOKENS, MAX_WORD

SECONDS_FOR_THE_WORST_MESSAGE = 0.5


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Error: flight HAT229 is full on 2024-05-20", "Error: flight HAT<*> is full on <*>"),
        ("from 10.0.0.1 (host.example.com) at Sun Jul 10 03:55:15 2005", "from <*> (<*>) at <*>"),
        ("GET https://api.example.com/v1/chat?x=1 failed", "GET <*> failed"),
        ("no route to fe80::c6b3:1ff:fecd:467f", "no route to <*>"),
        ("took 12.5 ms for 3 retries", "took <*> for <*> retries"),
        ("to ada@example.org, id 6f1c1e1e-8c57-4b86-b6c9-1f1c5a5b8d11", "to <*>, id <*>"),
        ("cannot open C:\\Temp\\a now", "cannot open <*> now"),
        ("cannot open /var/log/app.log", "cannot open <*>"),
        ("module config.yaml: bad", "module <*>: bad"),
        ("org.acme.net.TimeoutException: late", "TimeoutException: late"),
        ("Thread@1f2a3c died", "Thread@<*> died"),
        ("fan speeds ( 3552 3534 3375 )", "fan speeds ( <*> )"),
        ("node-1 0x1 <ok> node-2 0x2 <ok> node-3 0x3 <ok>", "node-<*> <*> <ok>"),
        ("blk_-6952295868487656571 gone", "blk_<*> gone"),
        ("rhost=a.b-c.net  user=root", "rhost=<*> user=root"),
        ("depth.............0", "depth...<*>"),
        ('10.1.1.1 "GET /v2/servers HTTP/1.1" status: 200', '<*> "GET <*>" status: <*>'),
        ("isReachable: None", "isReachable: <*>"),
    ],
)  # fmt: skip
def test_what_merely_varies_is_masked(message: str, text: str) -> None:
    assert read(message).text == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            "Invalid value for parameter 'loc': ['A, CA', [1, 2]]. Expected one of [['x'], ['y']].",
            "Invalid value for parameter <*>: <*>. Expected one of <*>.",
        ),
        (
            "index [2] of model output for index 2 of possible answers.",
            "index <*> of model output for index <*> of possible answers.",
        ),
        ("""Parameter value: "It's he said 'x' (twice".""", "Parameter value: <*>."),
        ("Parameter value: 'Macy\\'s store, 5th'.", "Parameter value: <*>."),
        ('got {"a": {"b": [1, "}"]}} instead', "got <*> instead"),
        ("value ['cut off, at the e", "value <*>"),
        ("find(city='Paris', n=3) failed", "find(<*>) failed"),
        ("Available tools: get_weather, db.fetch, find_all", "Available tools: <*>"),
        ("don't use users' data", "don't use users' data"),
        ("[instance: 7] VM Paused (Lifecycle)", "[instance: <*>] VM Paused (Lifecycle)"),
    ],
)  # fmt: skip
def test_quoted_and_bracketed_values_are_one_wildcard_however_long(message: str, text: str) -> None:
    assert read(message).text == text


def test_a_state_in_quotes_is_part_of_what_happened() -> None:
    assert read("now in state 'Active'").text_hash != read("now in state 'Inactive'").text_hash


def test_a_quoted_state_word_that_is_named_a_parameter_is_a_value() -> None:
    assert read("Missing parameter 'active'.").text == "Missing parameter <*>."


def test_stack_frames_and_quoted_queries_say_where_not_what() -> None:
    one = 'Traceback:\n  File "/a.py", line 1, in f\n    f(x)\n    ~^^^\nValueError: bad'
    other = (
        'Traceback:\n  File "/b.py", line 7, in g\n    h()\n  File "/c.py", line 9\nValueError: bad'
    )
    assert read(one).text_hash == read(other).text_hash
    assert read('relation "a" does not exist\nLINE 1: SELECT x\n   ^').text == (
        "relation <*> does not exist"
    )


def test_a_message_of_values_alone_equals_only_itself() -> None:
    assert read("'loc'").tokens == read("'unit'").tokens
    assert read("'loc'").text_hash != read("'unit'").text_hash
    assert read("'loc'").text_hash == read(" 'loc' ").text_hash


def test_spacing_does_not_tell_messages_apart() -> None:
    assert read("wait  (command 7)").text_hash == read("wait (command 8)").text_hash


def test_the_rest_of_a_long_text_counts_for_equality_only() -> None:
    head = " ".join(f"word{'abcdefgh'[i % 8]}{'xyz'[i % 3]} then" for i in range(MAX_TOKENS))
    one, other = read(head + " so it failed"), read(head + " so it worked")
    assert one.is_cut
    assert one.tokens == other.tokens
    assert one.text_hash != other.text_hash


@given(st.text(max_size=300))
def test_any_text_is_read_into_bounded_storable_tokens(message: str) -> None:
    reading = read(message)
    assert len(reading.tokens) == len(reading.spaced) <= MAX_TOKENS
    assert all(0 < len(token) <= 3 * MAX_WORD for token in reading.tokens)
    assert "\0" not in json.dumps(reading.tokens, ensure_ascii=False).encode().decode()


def test_half_a_surrogate_pair_does_not_reach_storage() -> None:
    assert read("bad \ud800 text").text.encode()


@given(
    st.lists(st.sampled_from(["'", '"', "[", "(", "{", "}", "]", ")", "\\", "a", " ", ",", "="]))
)
def test_spans_never_overlap_whatever_the_quotes_and_brackets(marks: list[str]) -> None:
    from loops.domain.matching.spans import data_spans

    text = "".join(marks)
    spans = data_spans(text)
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@pytest.mark.parametrize(
    "unit",
    ["'a ", '"a ', "[", "[a ", "{(", "[('", "\\'", "ab:", "=a", "a.", " ", "1 ", "a", "  at \n",
     ' File "', ' File ", line 1', "Mon ", "12 ", "Jan 1 ", "http://", "a...",
     "(a=", "^\n", "a_b, "],
)  # fmt: skip
def test_no_message_takes_more_than_linear_time(unit: str) -> None:
    message = unit * (32_768 // len(unit))
    started = time.perf_counter()
    read(message)
    assert time.perf_counter() - started < SECONDS_FOR_THE_WORST_MESSAGE
