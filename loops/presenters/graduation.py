"""The dossier: each gate with its rule, its figures, its evidence, and what would overturn it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.actions import simulations
from loops.domain import graduation
from loops.domain.evidence import KIND_OF, QUERIES, Counts, counts_from
from loops.domain.graduation import Standing
from loops.domain.overturning import outlook
from loops.domain.states import Capability, GateKey
from loops.engine import graduating
from loops.engine.graduating import Computed
from loops.models import (
    PreventionRecord,
    RegretEvent,
    TimelineView,
)
from loops.presenters.proofs import LEVELS, proofs_of, spells_of
from m25console.access import Actor, Verdict, check_administers, verdict
from m25console.looks import Look
from m25console.models import Tenant
from m25console.together import fetch_together

NAMES: Final[Mapping[GateKey, str]] = {
    GateKey.PREVENTION: "Prevention",
    GateKey.ROLLBACK: "Rollback",
    GateKey.TIMELINE: "Timeline",
}
RULES: Final[Mapping[GateKey, str]] = {
    GateKey.PREVENTION: "At least one recurrence was prevented, and at least half of all attempts.",
    GateKey.ROLLBACK: (
        "At least one policy that did harm was disabled by itself, and at most 30% of all "
        "decisions were regretted."
    ),
    GateKey.TIMELINE: "Somebody saw a real prevention on an incident's timeline.",
}
CAPABILITIES: Final[Mapping[Capability, tuple[str, str]]] = {
    Capability.AUTO_APPLY_RECOVERY: (
        "Apply recoveries alone",
        "A sure recovery of a pattern seen three times is applied without a person.",
    ),
    Capability.AUTO_ACTIVATE_POLICY: (
        "Activate policies alone",
        "A policy that did well in shadow is activated without confirmations.",
    ),
    Capability.FULL_AUTO_ROUTING: (
        "Route alone",
        "Routing weights are changed without a person, within the guardrails.",
    ),
}
GATE_WORDS: Final[Mapping[GateKey, str]] = {
    GateKey.PREVENTION: "the prevention gate",
    GateKey.ROLLBACK: "the rollback gate",
    GateKey.TIMELINE: "the timeline gate",
    GateKey.ALL: "all three gates",
}
PASSED: Final = Look("Passed", "ok", "check")
NOT_PASSED: Final = Look("Not passed", "idle", "x")
NOT_EXERCISED: Final = Look("Not yet exercised", "idle", "hourglass")


@dataclass(frozen=True)
class GatePanel:
    """One gate as it stood when it was computed."""

    key: GateKey
    name: str
    rule: str
    passed: bool
    look: Look
    score: float
    lost: bool
    evidence: Mapping[str, Any]  # figures by name, in JSON terms
    figures: Sequence[tuple[str, str]]
    kept: Sequence[Sequence[str]]  # id, moment and seal of each row
    total: int
    query: str
    outlook: Sequence[str]


@dataclass(frozen=True)
class CapabilityLine:
    name: str
    allows: str
    requires: str
    is_unlocked: bool


@dataclass(frozen=True)
class Simulation:
    """Whether simulated evidence exists; none of it is counted."""

    gates: Mapping[GateKey, bool]

    @property
    def is_demo_mode(self) -> bool:
        return any(self.gates.values())

    @property
    def warning(self) -> str:
        return simulations.WARNING if self.is_demo_mode else ""


@dataclass(frozen=True)
class Dossier:
    """Where a tenant's loop stands, and why."""

    standing: Standing
    look: Look
    computed_at: datetime
    is_stored: bool
    gates: Sequence[GatePanel]
    capabilities: Sequence[CapabilityLine]
    simulation: Simulation
    next_action: str
    may_evaluate: Verdict
    may_simulate: Verdict


def dossier_of(actor: Actor, *, now: datetime) -> Dossier:
    """The dossier of the actor's tenant: two queries once it was evaluated, else four."""
    computed = graduating.current(actor.tenant, now=now)
    standing = computed.standing
    return Dossier(
        standing=standing,
        look=LEVELS[standing.level],
        computed_at=computed.computed_at,
        is_stored=computed.is_stored,
        gates=[_panel(key, computed, now=now) for key in graduation.GATES],
        capabilities=[
            CapabilityLine(*words, GATE_WORDS[graduation.REQUIRES[one]], one in standing.unlocked)
            for one, words in CAPABILITIES.items()
        ],
        simulation=_simulation(actor.tenant),
        next_action=graduation.next_action(standing),
        may_evaluate=verdict(check_administers, actor),
        may_simulate=verdict(simulations.check_simulate, actor),
    )


def _panel(key: GateKey, computed: Computed, *, now: datetime) -> GatePanel:
    gate = computed.standing.gates[key]
    kind, counts = KIND_OF[key], counts_from(computed.evidence["counts"])
    return GatePanel(
        key=key,
        name=NAMES[key],
        rule=RULES[key],
        passed=gate.passed,
        look=_look(key, gate.passed, counts),
        score=gate.score,
        lost=computed.gates[key]["degraded"],
        evidence=_evidence(key, computed, counts),
        figures=_figures(key, counts),
        kept=computed.evidence["rows"][kind],
        total=getattr(counts, kind),
        query=QUERIES[kind],
        outlook=outlook(key, counts, passed=gate.passed, now=now),
    )


def _look(key: GateKey, passed: bool, counts: Counts) -> Look:
    if passed:
        return PASSED
    unexercised = key is GateKey.ROLLBACK and not counts.demotions
    return NOT_EXERCISED if unexercised else NOT_PASSED


def _evidence(key: GateKey, computed: Computed, counts: Counts) -> dict[str, Any]:
    stored = counts.as_json()
    ids = [name for name, *_ in computed.evidence["rows"][KIND_OF[key]]]
    names: tuple[str, ...]
    match key:
        case GateKey.PREVENTION:
            names = ("preventions", "attempts", "last_prevention_at")
            known = {"prevention_rate": computed.evidence["prevention_rate"]}
        case GateKey.ROLLBACK:
            names = ("demotions", "regrets", "evaluations", "last_demotion_at")
            known = {"regret_rate": computed.evidence["regret_rate"]}
        case _:
            names, known = ("views", "last_view_at"), {}
    return {name: stored[name] for name in names} | known | {"ids": ids}


def _figures(key: GateKey, counts: Counts) -> list[tuple[str, str]]:
    known = counts.evidence()
    match key:
        case GateKey.PREVENTION:
            rate = graduation.percent(known.prevention_rate) if counts.attempts else "no attempt"
            return [
                ("Preventions", f"{counts.preventions:,}"),
                ("Attempts", f"{counts.attempts:,}"),
                ("Prevented", rate),
            ]
        case GateKey.ROLLBACK:
            rate = graduation.percent(known.regret_rate) if counts.evaluations else "no decision"
            return [
                ("Policies disabled for harm", f"{counts.demotions:,}"),
                ("Reports of harm", f"{counts.regrets:,}"),
                ("Decisions", f"{counts.evaluations:,}"),
                ("Regretted", rate),
            ]
        case _:
            return [("Views of a proof", f"{counts.views:,}")]


def _simulation(tenant: Tenant) -> Simulation:
    """One query, for one row of each kind at most."""
    simulated = {
        GateKey.PREVENTION: PreventionRecord.objects.for_tenant(tenant),
        GateKey.ROLLBACK: RegretEvent.objects.for_tenant(tenant),
        GateKey.TIMELINE: TimelineView.objects.filter(tenant=tenant),
    }
    found = {key: rows.filter(is_simulated=True)[:1] for key, rows in simulated.items()}
    fetch_together(*found.values())
    return Simulation({key: bool(rows) for key, rows in found.items()})


def told_in_full(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """What every page of the dossier shows: it, its gates with their proofs, and the levels."""
    dossier = dossier_of(actor, now=now)
    proofs = proofs_of({gate.key: gate.kept for gate in dossier.gates}, tenant=actor.tenant)
    return {
        "dossier": dossier,
        "gates": [(gate, proofs[gate.key]) for gate in dossier.gates],
        "spells": spells_of(actor.tenant, now=now) if dossier.is_stored else [],
    }
