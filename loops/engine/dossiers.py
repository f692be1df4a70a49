"""The dossier of a tenant: where its loop stands, and every row that says so, in a chain."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from loops.domain import graduation
from loops.domain.evidence import QUERIES, START, Kind, link, seal
from loops.domain.payload import digest
from loops.engine import evidence, graduating
from m25console.models import Tenant

FORMAT: Final = "m25-dossier-1"
MOST_ROWS: Final = 1000  # of a kind, the newest
_PARTS: Final = ("format", "tenant", "computed_at", "level", "counts", "rows", "manifest")


class DossierFault(ValueError):  # noqa: N818 - an answer, told to the person who brought the file
    """A document that is not a dossier, and why."""


def dossier_of(tenant: Tenant, *, now: datetime) -> dict[str, Any]:
    """The dossier as a JSON document, of the last computation or else of this moment."""
    computed = graduating.current(tenant, now=now)
    standing = computed.standing
    document = {
        "format": FORMAT,
        "tenant": tenant.slug,
        "computed_at": computed.computed_at.isoformat(),
        "window_days": graduation.WINDOW.days,
        "level": standing.level.value,
        "label": standing.label,
        "degraded_from": standing.degraded_from,
        "degradation_reason": standing.reason,
        "gates": {
            key.value: {"passed": gate.passed, "score": gate.score}
            for key, gate in standing.gates.items()
        },
        "counts": computed.evidence["counts"],
        "queries": {kind.value: words for kind, words in QUERIES.items()},
        "rows": _chain(tenant, until=computed.computed_at),
    }
    return document | {"manifest": manifest_of(document)}


def manifest_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """How many rows of each kind there are, the last link, and the digest of everything."""
    rows = document["rows"]
    return {
        "rows": {kind.value: len(seals_in(document, kind)) for kind in Kind},
        "head": rows[-1]["link"] if rows else START,
        "digest": digest({name: part for name, part in document.items() if name != "manifest"}),
    }


def seals_in(document: Mapping[str, Any], kind: Kind) -> dict[str, str]:
    """The seals of one kind's rows, by id, in their order."""
    return {one["id"]: one["seal"] for one in document["rows"] if one["kind"] == kind}


def check_form(document: object) -> None:
    """Raise DossierFault for what is not a dossier of this format."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise DossierFault(f"This is not a dossier: its format is not {FORMAT}.")
    missing = [part for part in _PARTS if part not in document]
    if missing:
        raise DossierFault(f"This dossier lacks {', '.join(missing)}.")
    if not all(_is_entry(one) for one in document["rows"]):
        raise DossierFault("A row of this dossier lacks its kind, id, values, seal or link.")


def _is_entry(one: object) -> bool:
    if not isinstance(one, Mapping) or not isinstance(one.get("row"), dict):
        return False
    return all(isinstance(one.get(part), str) for part in ("kind", "id", "seal", "link"))


def _chain(tenant: Tenant, *, until: datetime) -> list[dict[str, Any]]:
    previous, chain = START, []
    for kind, rows in evidence.whole_rows(tenant, until=until, limit=MOST_ROWS).items():
        for row in rows:
            sealed = seal(row)
            previous = link(previous, sealed)
            entry = {"kind": kind.value, "id": row["id"], "row": row}
            chain.append(entry | {"seal": sealed, "link": previous})
    return chain
