import base64
from urllib.parse import quote

import pytest

from m25console.scrubbing import scrubbed, without

SECRET = "p4ss/w+rd of=ours"


@pytest.mark.parametrize(
    "form",
    [SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode().rstrip("=")],
)
def test_a_secret_at_hand_is_hidden_however_it_is_written(form: str):
    assert scrubbed(f"The key {form} is wrong.", [SECRET]) == "The key ••• is wrong."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Incorrect API key provided: sk-proj-Abc123456789.", "Incorrect API key provided: •••"),
        ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer •••"),
        ("postgresql://me:pw@host/db refused", "postgresql://•••@host/db refused"),
        ("AKIAIOSFODNN7EXAMPLE is not known", "••• is not known"),
        ("a risk-free bearer of news", "a risk-free bearer of news"),
    ],
)  # fmt: skip
def test_what_looks_like_a_key_is_hidden_and_nothing_else(text: str, kept: str):
    assert scrubbed(text) == kept


def test_what_is_too_short_to_be_a_secret_tears_no_holes():
    assert scrubbed("a text", ["", "a", "tex"]) == "a text"


def test_a_document_loses_the_secrets_in_its_texts_and_nothing_else():
    told = {"password": [f"it is {SECRET}", 7, None], "text": "a text"}
    assert without(told, [SECRET]) == {"password": ["it is •••", 7, None], "text": "a text"}
