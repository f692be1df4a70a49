"""How far the loop is trusted, as machines read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions import simulations
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.graduation import WINDOW
from loops.domain.learning import MAX_SEVERITY, MIN_SEVERITY
from loops.domain.states import Capability, GateKey, GraduationLevel, RegretType
from loops.models import GraduationHistory
from loops.presenters.graduation import Dossier, GatePanel
from m25console.api.schemas import PLAIN


class GateOut(Schema):
    name: str
    description: str
    passed: bool
    score: float
    degraded: bool = Field(description="passed in the computation before, and not now")
    evidence: dict[str, Any]


class CapabilitiesOut(Schema):
    unlocked: list[Capability]
    blocked: list[Capability]


class SimulationOut(Schema):
    """Never part of the level: only whether any simulated evidence exists."""

    is_demo_mode: bool
    simulated_gates: dict[GateKey, bool]
    warning: str


class DegradationOut(Schema):
    degraded_from: GraduationLevel
    reason: str


class GraduationOut(Schema):
    status: str = Field(description="the label, as people read it")
    level: GraduationLevel
    label: str
    is_graduated: bool
    is_degraded: bool
    gates: dict[GateKey, GateOut]
    capabilities: CapabilitiesOut
    simulation: SimulationOut
    computed_at: datetime
    is_stored: bool = Field(description="false until the first evaluation: computed just now")
    evidence_window_days: int
    degradation: DegradationOut | None
    next_action: str


class ReevaluatedOut(Schema):
    level: GraduationLevel
    label: str
    graduated: bool
    degraded: bool
    gates_passed: int


class HistoryOut(Schema):
    level: GraduationLevel
    gates: dict[str, Any]
    is_degraded: bool
    degraded_from: GraduationLevel | None
    degradation_reason: str
    evidence: dict[str, Any]
    computed_at: datetime

    @staticmethod
    def resolve_evidence(row: GraduationHistory) -> Mapping[str, Any]:
        """Without the seals, which the dossier holds with their rows."""
        return {name: part for name, part in row.evidence.items() if name != "rows"}


class SimulatePreventionIn(BaseModel):
    policy_id: str = Field(max_length=64, pattern=PLAIN)
    pattern_id: str = Field("", max_length=64, pattern=PLAIN)
    original_incident_id: str = Field("", max_length=100, pattern=PLAIN)
    confidence: float = Field(0.92, ge=0, le=1)


class SimulateRegretIn(BaseModel):
    policy_id: str = Field(max_length=64, pattern=PLAIN)
    regret_type: RegretType = RegretType.FALSE_POSITIVE
    severity: int = Field(7, ge=MIN_SEVERITY, le=MAX_SEVERITY)
    description: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


class SimulateViewIn(BaseModel):
    incident_id: str = Field(max_length=100, pattern=PLAIN)


class SimulatedOut(Schema):
    id: str
    is_simulated: Literal[True] = True
    counts_toward_graduation: Literal[False] = False
    warning: str = simulations.WARNING


def graduation_out(dossier: Dossier) -> GraduationOut:
    standing = dossier.standing
    unlocked = [one for one in Capability if one in standing.unlocked]
    degraded_from = standing.degraded_from
    return GraduationOut(
        status=standing.label,
        level=standing.level,
        label=standing.label,
        is_graduated=standing.is_graduated,
        is_degraded=standing.is_degraded,
        gates={gate.key: _gate_out(gate) for gate in dossier.gates},
        capabilities=CapabilitiesOut(
            unlocked=unlocked, blocked=[one for one in Capability if one not in unlocked]
        ),
        simulation=SimulationOut(
            is_demo_mode=dossier.simulation.is_demo_mode,
            simulated_gates=dict(dossier.simulation.gates),
            warning=dossier.simulation.warning,
        ),
        computed_at=dossier.computed_at,
        is_stored=dossier.is_stored,
        evidence_window_days=WINDOW.days,
        degradation=DegradationOut(degraded_from=degraded_from, reason=standing.reason)
        if degraded_from
        else None,
        next_action=dossier.next_action,
    )


def _gate_out(gate: GatePanel) -> GateOut:
    return GateOut(
        name=gate.name,
        description=gate.rule,
        passed=gate.passed,
        score=gate.score,
        degraded=gate.lost,
        evidence=dict(gate.evidence),
    )
