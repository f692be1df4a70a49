"""The filters of the queue with what each would leave, counted over its beginning."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case, CharField, Q, Value, When

from loops.domain.states import Risk
from loops.presenters.looks import BANDS, RISKS, SEVERITIES
from loops.presenters.queue_filters import (
    LIKENESS,
    YES,
    Filters,
    conditions,
    of_decided,
    of_pending,
    searched,
)
from loops.presenters.wordings import LIKENESS as LIKENESS_WORD
from loops.presenters.wordings import PRIORITIES, TYPES
from m25console.access import Actor
from m25console.keyset import COUNTED_AT_MOST, Order, address
from m25console.together import Row, Rows

PATTERNS_OFFERED: Final = 8
TOGGLES: Final[Mapping[str, str]] = {
    "mine": "Needs my answer",
    "aged": "Older than a day",
    "late": "Late or escalated",
    "snoozed": "Snoozed by me",
    "week": "Last 7 days",
    "month": "Last 30 days",
    "by_me": "Decided by me",
}
# Offered even if nothing is left: a view of them may be wanted before the first one is asked.
ALWAYS_OFFERED: Final = ("risk", "aged", "week", "month")
WORDS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "risk": ("Risk", {risk.name.lower(): RISKS[risk].text for risk in reversed(Risk)}),
    "claimed": ("Claim", {"me": "By me", "nobody": "By nobody", "others": "By others"}),
    "type": ("Kind", {**{kind.value: TYPES[kind] for kind in TYPES}, LIKENESS: LIKENESS_WORD}),
    "band": ("Confidence", {band.value: BANDS[band].text for band in BANDS}),
    "priority": ("Priority", {one.value: PRIORITIES[one].text for one in PRIORITIES}),
    "severity": ("Severity", {one.value: SEVERITIES[one].text for one in SEVERITIES}),
}


@dataclass(frozen=True)
class Option:
    """One value of a filter. Its address chooses it, or lets it go if it is chosen."""

    value: str
    label: str
    count: str  # of what the list would show, such as "7" or "400+"
    chosen: bool
    url: str


@dataclass(frozen=True)
class Facet:
    """A filter with its values; most that would leave nothing are left out unless chosen."""

    name: str
    label: str
    options: Sequence[Option]

    @property
    def is_chosen(self) -> bool:
        return any(option.chosen for option in self.options)


@dataclass(frozen=True)
class Facets:
    """All filters of a list. `is_partial` if there is more than was counted."""

    groups: Sequence[Facet]
    toggles: Sequence[Option]
    patterns: Facet
    is_partial: bool
    counted: int = COUNTED_AT_MOST

    @property
    def quick(self) -> Sequence[Facet]:
        """The filters that stand open; the others unfold."""
        return [one for one in self.groups if one.name in ("risk", "claimed")]

    @property
    def more(self) -> Sequence[Facet]:
        return [one for one in [*self.groups, self.patterns] if one not in self.quick]

    @property
    def chosen_more(self) -> bool:
        return any(one.is_chosen for one in self.more)


def beginning(actor: Actor, filters: Filters, *, order: Order, now: datetime) -> Rows:
    """The first rows of the list in this order before anything is chosen, 1,000 and one at most,
    each with its value of every filter."""
    known = conditions(actor, now=now)
    values = {f"its_{name}": _value(known[name]) for name in _names(filters)}
    pattern = "incident__matched_pattern"
    rows = searched(actor, filters).annotate(**values).order_by(*order.names())
    columns = (*values, pattern, f"{pattern}__template_text", f"{pattern}__error_type")
    told: Rows = rows.values(*columns)[: COUNTED_AT_MOST + 1]
    return told


def facets_of(first: Sequence[Row], filters: Filters, query: Mapping[str, str]) -> Facets:
    """The filters of a list, counted over its `beginning`.

    Each value is counted with all other filters as they are, so its count is the length of the
    list that its address opens.
    """
    names = _names(filters)
    counted = first[:COUNTED_AT_MOST]
    counts, shown = _counts(counted, names, filters)
    tell = _Teller(filters, query, counts, more="+" if len(first) > len(counted) else "")
    return Facets(
        groups=[tell.facet(name, *WORDS[name]) for name in WORDS if name in names],
        toggles=[
            option
            for name in TOGGLES
            if name in names
            for option in tell.facet(name, "", {YES: TOGGLES[name]}).options
        ],
        patterns=tell.facet("pattern", "Pattern", _patterns(shown, counts, filters)),
        is_partial=len(first) > len(counted),
    )


def _names(filters: Filters) -> list[str]:
    return list(of_decided() if filters.decided else of_pending())


@dataclass(frozen=True)
class _Teller:
    """Makes the options of one page."""

    filters: Filters
    query: Mapping[str, str]
    counts: Counter[tuple[str, str]]
    more: str

    def facet(self, name: str, label: str, words: Mapping[str, str]) -> Facet:
        options = [self._option(name, value, words[value]) for value in words]
        always = name in ALWAYS_OFFERED
        return Facet(
            name,
            label,
            [one for one in options if always or one.chosen or self.counts[name, one.value]],
        )

    def _option(self, name: str, value: str, label: str) -> Option:
        chosen = getattr(self.filters, name) == value
        url = address(self.query, **{name: "" if chosen else value})
        return Option(value, label, f"{self.counts[name, value]:,}{self.more}", chosen, url)


def _value(values: Mapping[str, Q]) -> Case:
    whens = [When(condition, then=Value(value)) for value, condition in values.items()]
    return Case(*whens, default=Value(""), output_field=CharField())


def _counts(
    rows: Iterable[Row], names: Sequence[str], filters: Filters
) -> tuple[Counter[tuple[str, str]], list[Row]]:
    """How often each value would be shown, by filter and value; and the rows that are shown."""
    counts: Counter[tuple[str, str]] = Counter()
    shown = []
    for row in rows:
        # What is snoozed is hidden unless asked for, so that filter excludes even unchosen.
        against = [
            name
            for name in names
            if (getattr(filters, name) or name == "snoozed")
            and row[f"its_{name}"] != getattr(filters, name)
        ]
        if not against:
            shown.append(row)
        if len(against) <= 1:
            counts.update((name, row[f"its_{name}"]) for name in against or names)
    return counts, shown


def _patterns(
    shown: Iterable[Row], counts: Counter[tuple[str, str]], filters: Filters
) -> dict[str, str]:
    """The patterns most often met in what is shown, by id, with their names; counts them too."""
    named = {}
    met: Counter[str] = Counter()
    for row in shown:
        known = row["incident__matched_pattern"]
        if known:
            met[known] += 1
            named[known] = (
                row["incident__matched_pattern__template_text"]
                or row["incident__matched_pattern__error_type"]
            )
    counts.update({("pattern", known): met[known] for known in met})
    offered = {known: named[known] for known, _ in met.most_common(PATTERNS_OFFERED)}
    if filters.pattern and filters.pattern not in offered:
        counts["pattern", filters.pattern] = met.total()
        offered = {filters.pattern: named.get(filters.pattern, filters.pattern), **offered}
    return offered
