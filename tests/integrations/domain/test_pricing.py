from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.domain.pricing import VERSION, Book, Own, Price, listed_name

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
DEAR, CHEAP = Price(Decimal(1), Decimal(2)), Price(Decimal("0.1"), Decimal("0.2"))


def version_of(book: Book, model: str, *, at: datetime = NOW) -> str:
    found = book.price_of(model, at=at)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("model", "tokens_in", "tokens_out", "exact", "cents"),
    [
        ("gpt-4o", 1000, 500, "0.75", 1),
        ("gpt-4o-mini", 10_000, 5_000, "0.45", 1),
        ("claude-sonnet-4-20250514", 1000, 500, "1.05", 2),
        ("claude-opus-4", 1000, 500, "5.25", 6),
        ("o1", 1000, 500, "4.5", 5),
    ],
)
def test_int_85_a_call_costs_what_its_price_list_says_rounded_up(
    model, tokens_in, tokens_out, exact, cents
):
    quote = Book().quote(model, tokens_in=tokens_in, tokens_out=tokens_out, at=NOW)
    assert (quote.cents, quote.whole_cents, quote.version) == (Decimal(exact), cents, VERSION)


@pytest.mark.parametrize(
    ("model", "listed"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4-32k-0613", "gpt-4-32k"),
        ("o1-mini-2024-09-12", "o1-mini"),
        ("GPT-4o", "gpt-4o"),
        ("eu.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
    ],
)
def test_int_85_the_longest_listed_name_gives_the_price(model, listed):
    assert listed_name(model) == listed


def test_a_model_that_is_not_listed_is_unpriced_and_not_free():
    assert Book().quote("llama-3-70b", tokens_in=1000, tokens_out=1000, at=NOW) is None


def test_an_own_price_goes_before_the_list_and_leaves_longer_names_alone():
    book = Book([Own("gpt-4o", DEAR, "own", valid_from=NOW)])
    assert version_of(book, "gpt-4o-2024-11-20") == "own"
    assert version_of(book, "gpt-4o-mini") == VERSION
    assert version_of(book, "gpt-4o", at=NOW - timedelta(seconds=1)) == VERSION


def test_of_two_own_prices_that_hold_the_one_entered_later_counts_until_it_ends():
    later = Own("llama", CHEAP, "later", valid_from=NOW, ended_at=NOW + timedelta(days=1))
    book = Book([Own("llama", DEAR, "first", valid_from=NOW - timedelta(days=9)), later])
    assert version_of(book, "llama-3", at=NOW - timedelta(days=1)) == "first"
    assert version_of(book, "llama-3") == "later"
    assert version_of(book, "llama-3", at=NOW + timedelta(days=1)) == "first"
