"""What a call costs: the one price table, PRICES_2026_01_17.

Dollars per thousand tokens, in and out, from the providers' price lists as of 2026-01-17 in
integrations 1.0.0. A model that is not listed is unpriced: unknown is not free, and not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

VERSION: Final = "PRICES_2026_01_17"
_THOUSAND: Final = Decimal(1000)
_CENTS: Final = Decimal(100)


@dataclass(frozen=True)
class Price:
    """Dollars per thousand tokens."""

    tokens_in: Decimal
    tokens_out: Decimal


def _listed(**rows: tuple[str, str]) -> Mapping[str, Price]:
    return {name: Price(Decimal(one), Decimal(two)) for name, (one, two) in rows.items()}


PRICES: Final[Mapping[str, Price]] = _listed(
    **{
        "gpt-4o": (".0025", ".010"),
        "gpt-4o-mini": (".00015", ".0006"),
        "gpt-4-turbo": (".01", ".03"),
        "gpt-4": (".03", ".06"),
        "gpt-4-32k": (".06", ".12"),
        "gpt-3.5-turbo": (".0005", ".0015"),
        "o1": (".015", ".06"),
        "o1-mini": (".003", ".012"),
        "claude-opus-4": (".015", ".075"),
        "claude-sonnet-4": (".003", ".015"),
        "claude-3-5-sonnet": (".003", ".015"),
        "claude-3-5-haiku": (".001", ".005"),
        "claude-3-opus": (".015", ".075"),
        "claude-3-sonnet": (".003", ".015"),
        "claude-3-haiku": (".00025", ".00125"),
    }
)
_LONGEST_FIRST: Final = sorted(PRICES, key=len, reverse=True)


def price_of(model: str) -> Price | None:
    """The price of a model by its name, its longest listed beginning, or a listed name within
    it, such as behind a region; None if none is listed."""
    name = model.strip().lower()
    if name in PRICES:
        return PRICES[name]
    begins = (one for one in _LONGEST_FIRST if name.startswith(one))
    within = (one for one in _LONGEST_FIRST if one in name)
    listed = next(begins, None) or next(within, None)
    return PRICES[listed] if listed else None


def cost_in_cents(model: str, *, tokens_in: int, tokens_out: int) -> Decimal | None:
    """The exact cost in cents, with its fractions; None where the model is unpriced."""
    price = price_of(model)
    if price is None:
        return None
    dollars = (price.tokens_in * tokens_in + price.tokens_out * tokens_out) / _THOUSAND
    return dollars * _CENTS


def whole_cents(cents: Decimal) -> int:
    """Rounded up, as a single call is reported."""
    return int(cents.to_integral_value(rounding=ROUND_CEILING))
