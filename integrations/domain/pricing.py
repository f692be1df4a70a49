"""What a call costs: the one price table, PRICES_2026_01_17.

Dollars per thousand tokens, in and out, from the providers' price lists as of 2026-01-17 in
integrations 1.0.0. A model that is not listed is unpriced: unknown is not free, and not guessed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Final

VERSION: Final = "PRICES_2026_01_17"
DRIFT: Final = 0.10  # of our figure, from which on the callers' is told to be off
MOST_CENTS: Final = 2**31 - 1
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


@dataclass(frozen=True)
class Own:
    """A price that a tenant entered for a model, and the moments between which it holds."""

    model: str
    price: Price
    version: str
    valid_from: datetime
    ended_at: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it holds then: from its beginning on, and at its end no longer."""
        return self.valid_from <= moment and (self.ended_at is None or moment < self.ended_at)


@dataclass(frozen=True)
class Quote:
    """What a call costs in cents, with the fractions, and by which price."""

    cents: Decimal
    version: str

    @property
    def whole_cents(self) -> int:
        """Rounded up, as a single call is counted; never more than a row can hold."""
        return min(int(self.cents.to_integral_value(rounding=ROUND_CEILING)), MOST_CENTS)


@dataclass(frozen=True)
class Book:
    """The list, and a tenant's own prices in the order they were entered: of two for one name,
    the later one. An own price goes before that of the list."""

    own: Sequence[Own] = ()

    def quote(self, model: str, *, tokens_in: int, tokens_out: int, at: datetime) -> Quote | None:
        """What a call made at a moment costs; None where the model is unpriced."""
        found = self.price_of(model, at=at)
        if found is None:
            return None
        price, version = found
        dollars = (price.tokens_in * tokens_in + price.tokens_out * tokens_out) / _THOUSAND
        return Quote(dollars * _CENTS, version)

    def price_of(self, model: str, *, at: datetime) -> tuple[Price, str] | None:
        """The price of a model and its version: by its name, its longest priced beginning, or a
        priced name within it, such as behind a region; None if there is none."""
        own = {one.model: one for one in self.own if one.holds_at(at)}
        name = listed_name(model, own.keys() | PRICES.keys())
        if name in own:
            return own[name].price, own[name].version
        return (PRICES[name], VERSION) if name else None


def drift(*, ours: int, theirs: int) -> float | None:
    """By how much of our figure the callers' is off, such as -0.25; None without one of ours."""
    return (theirs - ours) / ours if ours else None


def drifts(*, ours: int, theirs: int) -> bool:
    """Whether the two figures are further apart than rounding explains."""
    found = drift(ours=ours, theirs=theirs)
    return theirs > 0 if found is None else abs(found) > DRIFT


def listed_name(model: str, names: Collection[str] = PRICES.keys()) -> str:
    """Under which of these names a model has its price; "" under none."""
    name = model.strip().lower()
    if name in names:
        return name
    begins = [one for one in names if name.startswith(one)]
    within = begins or [one for one in names if one in name]
    return max(within, key=lambda one: (len(one), one), default="")
