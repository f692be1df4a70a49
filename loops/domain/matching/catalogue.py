"""Patterns held in memory, found through the same keys as in the database."""

from loops.domain.matching.choice import Candidate, Match, best
from loops.domain.matching.keys import COMMON, index_keys, lookup_keys, worth_loading
from loops.domain.matching.reading import Reading
from loops.domain.matching.template import Template


class Catalogue:
    """The patterns of one partition (one error type and code of one tenant), oldest first."""

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}
        self._occurrences: dict[str, int] = {}
        self._ages: dict[str, int] = {}
        self._by_key: dict[str, dict[str, None]] = {}

    def __contains__(self, pattern_id: str) -> bool:
        return pattern_id in self._templates

    def add(self, *, pattern_id: str, reading: Reading) -> None:
        """A new pattern that has seen one message."""
        self._ages[pattern_id] = len(self._ages)
        self._occurrences[pattern_id] = 1
        self._hold(pattern_id, Template.of(reading))

    def learn(self, *, pattern_id: str, reading: Reading) -> None:
        """One more message of a known pattern."""
        self._occurrences[pattern_id] += 1
        before = self._templates[pattern_id]
        after = before.learn(reading)
        if after is not before:
            for key in index_keys(before):
                del self._by_key[key][pattern_id]
            self._hold(pattern_id, after)

    def match(self, reading: Reading) -> Match | None:
        """The most probable pattern among those that share a key with the message."""
        return best(reading, self._candidates(lookup_keys(reading)))

    def template(self, pattern_id: str) -> Template:
        """What the pattern has learned. Raises KeyError for an unknown pattern."""
        return self._templates[pattern_id]

    def _hold(self, pattern_id: str, template: Template) -> None:
        self._templates[pattern_id] = template
        for key in index_keys(template):
            self._by_key.setdefault(key, {})[pattern_id] = None

    def _candidates(self, keys: tuple[str, ...]) -> list[Candidate]:
        exact = self._by_key.get(keys[0])
        sizes = {key: len(self._by_key.get(key, ())) for key in keys}
        chosen = keys[:1] if exact else worth_loading(keys, sizes=sizes)
        shared = {pattern_id for key in chosen for pattern_id in self._by_key[key]}
        oldest = sorted(shared, key=self._ages.__getitem__)[:COMMON]
        return [
            Candidate(pattern_id, self._templates[pattern_id], self._occurrences[pattern_id])
            for pattern_id in oldest
        ]
