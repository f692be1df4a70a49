"""The patterns a batch may match, in memory: loaded once, growing as the batch meets new ones."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loops.domain import apart, fuzzy, matching
from loops.domain.confidence import WEAK
from loops.domain.signature import pattern_type, stored_signature
from loops.domain.states import MatchType
from loops.engine.traits import Bucket, Traits
from loops.models import FailurePattern
from loops.models.ids import new_pattern_id

type Keyed = tuple[str, str, str]  # tenant id, bucket digest, key
type Entry = tuple[str, str, str, str]  # the same, and the id of a pattern it leads to


def chosen_keys(held: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Which of a message's keys to follow, given the patterns each holds: the exact one alone if
    it leads anywhere, else those that are rare."""
    exact = next(iter(held))
    if held[exact]:
        return (exact,)
    return matching.worth_loading(
        tuple(held), sizes={key: len(patterns) for key, patterns in held.items()}
    )


@dataclass(frozen=True)
class Placement:
    """Where an incident landed: the pattern, which has counted it, how surely and why.

    `alias` is the merged pattern that it was recognised by, if it was by one.
    """

    pattern: FailurePattern
    match_type: MatchType
    confidence: float
    why: Mapping[str, Any] = field(default_factory=dict)
    alias: FailurePattern | None = None

    @property
    def read_as(self) -> FailurePattern:
        """The pattern whose signature it was compared with."""
        return self.alias or self.pattern

    @property
    def is_new(self) -> bool:
        return self.match_type is MatchType.NEW_PATTERN


class Catalogue:
    """Candidate patterns by hash, error type and message key. Knows nothing of the database.

    A merged pattern is compared like any other, and its incidents go to its heir; give the heirs
    that are not among `patterns` as `heirs`.
    """

    def __init__(
        self,
        patterns: Iterable[FailurePattern],
        postings: Mapping[Keyed, Sequence[str]],
        heirs: Iterable[FailurePattern] = (),
    ) -> None:
        self.created: list[FailurePattern] = []
        self.created_keys: set[Entry] = set()
        self.dropped_keys: set[Entry] = set()
        self.changed: dict[str, FailurePattern] = {}
        self._by_id: dict[str, FailurePattern] = {}
        self._by_hash: dict[tuple[str, str], FailurePattern] = {}
        self._by_error_type: dict[tuple[str, str], list[FailurePattern]] = defaultdict(list)
        self._postings = defaultdict(list, {key: list(held) for key, held in postings.items()})
        self._templates: dict[str, matching.Template] = {}
        self._by_id |= {heir.pk: heir for heir in heirs}
        for pattern in patterns:
            self._remember(pattern)

    def get(self, pattern_id: str | None) -> FailurePattern | None:
        return self._by_id.get(pattern_id or "")

    def ids(self) -> list[str]:
        return list(self._by_id)

    def place(self, traits: Traits, *, now: datetime) -> Placement:
        """The pattern of an incident with these traits; a new one if nothing known resembles it.

        The pattern has counted the incident and learned from its message when this returns.
        """
        read = self._by_message if traits.by_message else self._by_signature
        found = read(traits, now)
        pattern = found.pattern
        pattern.occurrence_count += 1
        pattern.last_occurrence_at = max(pattern.last_occurrence_at, now)
        pattern.updated_at = now
        self.changed[pattern.pk] = pattern
        return found

    def find(self, traits: Traits) -> Placement | None:
        """The known pattern of an incident with these traits, if one resembles it enough.

        Nothing is counted, learned or made.
        """
        return (self._known_message(traits) if traits.by_message else self._known_fields(traits))[0]

    def _by_signature(self, traits: Traits, now: datetime) -> Placement:
        known, why = self._known_fields(traits)
        if known is not None:
            return known
        signature = traits.signature
        pattern = _new_pattern(traits, signature.as_json(), traits.digest, now=now)
        pattern.signature_version = signature.version
        self._found(pattern)
        return Placement(pattern, MatchType.NEW_PATTERN, fuzzy.NEW_CONFIDENCE, why)

    def _known_fields(self, traits: Traits) -> tuple[Placement | None, dict[str, Any]]:
        """The pattern these fields are of; without one, what came nearest."""
        signature = traits.signature
        known = self._by_hash.get((traits.tenant_id, traits.digest))
        if known is not None:
            exact = fuzzy.exact(known.pk)
            why: dict[str, Any] = {"fields": "all equal"}
            return self._placed(known, exact.match_type, exact.confidence, why), why
        alike = self._by_error_type[traits.tenant_id, signature.error_type]
        match = fuzzy.best_of(incoming=signature, candidates=[_candidate(one) for one in alike])
        told = {"fields": dict(match.contributions)}
        if match.pattern_id is None:
            nearest = match.runner_up
            return None, told | self._nearest(
                (nearest.pattern_id, nearest.score) if nearest else None
            )
        others = [(one.pattern_id, one.score) for one in match.others]
        known = self._by_id[match.pattern_id]
        return self._placed(known, match.match_type, match.confidence, told, others), told

    def _by_message(self, traits: Traits, now: datetime) -> Placement:
        known, why = self._known_message(traits)
        if known is None:
            return self._first_message(traits, now, why)
        self._learn(known.read_as, traits)
        return known

    def _known_message(self, traits: Traits) -> tuple[Placement | None, dict[str, Any]]:
        """The pattern this message is of; without one, what came nearest."""
        match = matching.best(traits.reading, self._candidates(traits))
        if match is None or match.confidence < WEAK:
            return None, self._nearest((match.pattern_id, match.confidence) if match else None)
        why = {
            "shared": list(match.shared),
            "differing": [list(pair) for pair in match.differing],
        }
        known = self._by_id[match.pattern_id]
        kind = MatchType.MESSAGE_TEMPLATE
        return self._placed(known, kind, match.confidence, why, match.others), why

    def _placed(
        self,
        known: FailurePattern,
        match_type: MatchType,
        confidence: float,
        why: Mapping[str, Any],
        others: Iterable[tuple[str, float]] = (),
    ) -> Placement:
        """Where what reads like this pattern belongs, and what else it could be said to be."""
        heir = self._heir(known)
        found = [(self._by_id[one], score) for one, score in others]
        elsewhere = [(one, score) for one, score in found if self._heir(one) is not heir]
        told = {**why, **self._nearest(next(((one.pk, at) for one, at in elsewhere), None))}
        if heir is not known:
            told["alias"] = known.pk
        doubt = apart.rival(
            confidence=confidence,
            others=[(one.pk, score) for one, score in elsewhere],
            apart=self._apart(known, [one for one, _ in elsewhere]),
        )
        if doubt is not None:
            told["conflict"] = self._nearest(doubt)["runner_up"]
            confidence = apart.held_back(confidence)
        return Placement(heir, match_type, confidence, told, None if heir is known else known)

    def _apart(self, known: FailurePattern, others: Iterable[FailurePattern]) -> frozenset[str]:
        """Those of `others` that people told apart from this pattern or its heir."""
        told = {*known.apart_from, *self._heir(known).apart_from}
        return frozenset(one.pk for one in others if {one.pk, self._heir(one).pk} & told)

    def _heir(self, pattern: FailurePattern) -> FailurePattern:
        return self._by_id[pattern.merged_into_id] if pattern.merged_into_id else pattern

    def _nearest(self, nearest: tuple[str, float] | None) -> dict[str, Any]:
        """What came second, by the name it goes by now."""
        if nearest is None:
            return {}
        heir = self._heir(self._by_id[nearest[0]])
        return {"runner_up": {"pattern_id": heir.pk, "score": nearest[1]}}

    def _learn(self, pattern: FailurePattern, traits: Traits) -> None:
        """Take up what this message shows to vary, and the keys that follow from it."""
        known = self._template(pattern.pk)
        learned = known.learn(traits.reading)
        if learned is known:
            return
        self._templates[pattern.pk] = learned
        self.changed[pattern.pk] = pattern
        pattern.message_template = learned.to_json()
        pattern.template_text = learned.text
        before, after = matching.index_keys(known), matching.index_keys(learned)
        self._index(pattern, traits.bucket, [key for key in after if key not in before])
        self._forget(pattern, traits.bucket, [key for key in before if key not in after])

    def _index(self, pattern: FailurePattern, bucket: Bucket, keys: Iterable[str]) -> None:
        for key in keys:
            self._postings[*bucket, key].append(pattern.pk)
            self.dropped_keys.discard((*bucket, key, pattern.pk))
            self.created_keys.add((*bucket, key, pattern.pk))

    def _forget(self, pattern: FailurePattern, bucket: Bucket, keys: Iterable[str]) -> None:
        for key in keys:
            self._postings[*bucket, key] = [
                one for one in self._postings[*bucket, key] if one != pattern.pk
            ]
            self.created_keys.discard((*bucket, key, pattern.pk))
            self.dropped_keys.add((*bucket, key, pattern.pk))

    def _first_message(self, traits: Traits, now: datetime, why: dict[str, Any]) -> Placement:
        template = matching.Template.of(traits.reading)
        fields = {
            "error_type": traits.signature.error_type,
            "error_code": traits.signature.error_code,
        }
        pattern = _new_pattern(
            traits,
            {**fields, "template": template.text},
            matching.signature_hash(template=template, **fields),
            now=now,
        )
        pattern.signature_version = matching.VERSION
        pattern.message_template = template.to_json()
        pattern.template_text = template.text
        self._found(pattern)
        self._index(pattern, traits.bucket, matching.index_keys(template))
        return Placement(pattern, MatchType.NEW_PATTERN, fuzzy.NEW_CONFIDENCE, why)

    def _candidates(self, traits: Traits) -> list[matching.Candidate]:
        held = {key: self._postings.get((*traits.bucket, key), []) for key in traits.keys}
        found = {
            pattern_id for key in chosen_keys(held) for pattern_id in held[key]
        } & self._by_id.keys()
        oldest_first = sorted(found, key=lambda one: (self._by_id[one].created_at, one))
        return [
            matching.Candidate(one, self._template(one), self._by_id[one].occurrence_count)
            for one in oldest_first
        ]

    def _template(self, pattern_id: str) -> matching.Template:
        known = self._templates.get(pattern_id)
        if known is None:
            stored = self._by_id[pattern_id].message_template or {}
            known = self._templates[pattern_id] = matching.Template.from_json(stored)
        return known

    def _found(self, pattern: FailurePattern) -> None:
        self.created.append(pattern)
        self._remember(pattern)

    def _remember(self, pattern: FailurePattern) -> None:
        self._by_id[pattern.pk] = pattern
        self._by_hash[pattern.tenant_id, pattern.signature_hash] = pattern
        if pattern.message_template is None:
            self._by_error_type[pattern.tenant_id, pattern.error_type].append(pattern)


def _candidate(pattern: FailurePattern) -> fuzzy.Candidate:
    signature = stored_signature(fields=pattern.signature, version=pattern.signature_version)
    return fuzzy.Candidate(pattern.pk, signature, pattern.occurrence_count, pattern.created_at)


def _new_pattern(
    traits: Traits, signature: dict[str, Any], digest: str, *, now: datetime
) -> FailurePattern:
    incident = traits.incident
    return FailurePattern(
        id=new_pattern_id(),
        tenant_id=incident.tenant_id,
        pattern_type=pattern_type(incident.error_type),
        error_type=signature["error_type"],
        signature=signature,
        signature_hash=digest,
        first_incident_id=incident.pk,
        last_occurrence_at=now,
        created_at=now,
        updated_at=now,
    )
