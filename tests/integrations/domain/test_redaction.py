import pytest

from integrations.domain.redaction import (
    HIDDEN,
    MAX_PREVIEW,
    is_secret,
    preview,
    redacted,
    secrets_in,
)


def test_int_70_secrets_are_hidden_by_the_words_of_their_names_however_deep():
    told = redacted(
        {"password": "x", "monkey": "y", "nested": {"api_key": "z"}, "all": [{"jwt": 1}]}
    )
    assert told == {
        "password": HIDDEN,
        "monkey": "y",
        "nested": {"api_key": HIDDEN},
        "all": [{"jwt": HIDDEN}],
    }


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "API-KEY2", "clientSecret", "Authorization", "creditCard", "card_number",
     "x.auth", "accesstoken", "user_passwords", "SSN"],
)  # fmt: skip
def test_a_name_with_a_secret_word_is_a_secrets(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", ["monkey", "author", "keyboard", "passenger", "cardinal", "card"])
def test_a_name_that_only_contains_the_letters_is_not(name):
    assert not is_secret(name)


def test_a_preview_is_cut_and_never_tells_what_is_hidden():
    text = preview({"token": "canary", "text": "é" * 5_000})
    assert len(text) == MAX_PREVIEW
    assert "canary" not in text


def test_what_a_server_might_repeat_of_its_secrets_is_known():
    assert secrets_in({"auth": {"user": "anna", "pins": [12345]}, "id": 7777}) == {"anna", "12345"}
