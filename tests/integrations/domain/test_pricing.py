from decimal import Decimal

import pytest

from integrations.domain.pricing import PRICES, cost_in_cents, price_of, whole_cents


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
    cost = cost_in_cents(model, tokens_in=tokens_in, tokens_out=tokens_out)
    assert cost == Decimal(exact)
    assert whole_cents(Decimal(exact)) == cents


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
    assert price_of(model) == PRICES[listed]


def test_a_model_that_is_not_listed_is_unpriced_and_not_free():
    assert cost_in_cents("llama-3-70b", tokens_in=1000, tokens_out=1000) is None
