"""Proving that a level was computed from the rows that are still there, unchanged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from loops.domain import graduation
from loops.domain.evidence import START, Counts, Kind, counts_from, link, seal
from loops.engine import dossiers, evidence, graduating
from loops.models import GraduationHistory
from m25console.models import Tenant


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was, or not as it was said to be."""

    about: str  # an id, or the name of a figure
    what: str

    def __str__(self) -> str:
        return f"{self.about}: {self.what}"


def differences(tenant: Tenant | None) -> Iterator[Difference]:
    """What of the last computation no longer holds: its rows first, then figures and gates."""
    row = graduating.latest(tenant)
    if row is None:
        return
    for kind in Kind:
        kept = row.evidence["rows"][kind]
        yield from _changed(kind, {name: sealed for name, _at, sealed in kept})
    yield from _recounted(tenant, row)
    yield from _recomputed(tenant, row)


def dossier_differences(document: Mapping[str, Any]) -> Iterator[Difference]:
    """What of a downloaded dossier does not agree with itself or with the database.

    `document` has passed dossiers.check_form().
    """
    previous = START
    for entry in document["rows"]:
        previous = link(previous, entry["seal"])
        if seal(entry["row"]) != entry["seal"] or previous != entry["link"]:
            yield Difference(entry["id"], "was changed in the file")
            return
    if document["manifest"] != dossiers.manifest_of(document):
        yield Difference("manifest", "does not fit what the file says")
    for kind in Kind:
        yield from _changed(kind, dossiers.seals_in(document, kind))


def _changed(kind: Kind, kept: Mapping[str, str]) -> Iterator[Difference]:
    """The rows, in their order, that the database does not hold as they were sealed."""
    stored = evidence.stored_rows(kind, list(kept))
    for name, sealed in kept.items():
        if name not in stored:
            yield Difference(name, f"is missing from the {kind}")
        elif seal(stored[name]) != sealed:
            yield Difference(name, f"was changed after it was counted with the {kind}")


def _recounted(tenant: Tenant | None, row: GraduationHistory) -> Iterator[Difference]:
    """Figures that the rows of the same window do not give, those that committed late apart."""
    said = counts_from(row.evidence["counts"])
    until = row.computed_at
    since = until - graduation.WINDOW
    most = evidence.counts_for(tenant, since=since, until=until)
    least = evidence.counts_for(tenant, since=since, until=until - evidence.LATE)
    for name in _figures():
        value, low, high = (getattr(one, name) for one in (said, least, most))
        if not low <= value <= high:
            yield Difference(name, f"was {value}, the rows give {high}")


def _figures() -> Sequence[str]:
    return [field.name for field in fields(Counts) if not field.name.startswith("last_")]


def _recomputed(tenant: Tenant | None, row: GraduationHistory) -> Iterator[Difference]:
    """Where the rules make something else of the same figures."""
    before = graduating.history_of(tenant).filter(pk__lt=row.pk).order_by("-pk").first()
    standing = graduation.standing(
        counts_from(row.evidence["counts"]).evidence(),
        previous=graduating.previous_from(before),
        now=row.computed_at,
    )
    for key, gate in standing.gates.items():
        said = row.gates.get(key.value, {})
        if (said.get("passed"), said.get("score")) != (gate.passed, gate.score):
            yield Difference(f"gate {key}", "its figures give another score")
    if (row.level, row.degraded_from) != (standing.level, standing.degraded_from):
        yield Difference("level", f"was {row.level}, the figures give {standing.level}")
