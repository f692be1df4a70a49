"""The dashboard of what was learned: recoveries, preventions, harm, policies, trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count
from django.urls import reverse

from loops.domain.figures import Series, running_back
from loops.domain.states import (
    GateKey,
    GraduationLevel,
    PolicyMode,
    PreventionOutcome,
    RegretType,
    Verification,
)
from loops.models import GraduationStatus, PolicyRule
from loops.presenters.dashboards.charts import FEW, stacked, told
from loops.presenters.dashboards.compared import Measure
from loops.presenters.dashboards.reading import Counts
from loops.presenters.graduation import NAMES, NOT_PASSED, PASSED
from loops.presenters.looks import MODES, VERIFICATIONS
from loops.presenters.preventions import OUTCOMES
from loops.presenters.proofs import LEVELS
from loops.presenters.regrets import TYPES
from m25console.charts import LINES, Chart, Line
from m25console.looks import Look
from m25console.models import Tenant

SERIES: Final = (
    Series.VERIFICATIONS, Series.PREVENTIONS, Series.REGRETS, Series.POLICY_MOVES,
)  # fmt: skip
_VERIFIED: Final = {
    one.value: VERIFICATIONS[one]
    for one in (Verification.FAILED, Verification.INCONCLUSIVE, Verification.VERIFIED)
}
_PREVENTED: Final = {
    one.value: OUTCOMES[one]
    for one in (
        PreventionOutcome.FAILED,
        PreventionOutcome.MITIGATED,
        PreventionOutcome.PREVENTED,
    )
}
_TONES: Final = ("bad", "warn", "info", "accent", "idle")
_HARM: Final = {
    one.value: Look(TYPES[one], tone, "") for one, tone in zip(RegretType, _TONES, strict=True)
}
GRADE: Final = (
    "Proof of grade C: a policy fired, and nothing tells what would have happened without it. "
    "Better grades need a comparison, which only a held-out group (A) or the pattern's own "
    "earlier rate (B) can give."
)


@dataclass(frozen=True)
class Trust:
    """How far the loop is trusted, as computed last; None where it never was."""

    level: Look
    label: str
    gates: Sequence[tuple[str, Look, float]]


def charts(counts: Counts, *, tenant: Tenant) -> list[Chart]:
    """One query, for how many policies there are in each mode now."""
    return [
        _verifications(counts),
        _preventions(counts),
        _regrets(counts),
        _policies(counts, tenant=tenant),
    ]


def measures(counts: Counts) -> list[Measure]:
    """What one looks at to see whether more was learned in a period than in another."""
    return [
        Measure(
            "recurrences prevented", counts.total(Series.PREVENTIONS, PreventionOutcome.PREVENTED)
        ),
        Measure("of recoveries helped", _helped(counts), "share"),
        Measure("came back", counts.total(Series.VERIFICATIONS, Verification.FAILED)),
        Measure("reports of harm", counts.all_of(Series.REGRETS)),
    ]


def trust_of(tenant: Tenant) -> Trust | None:
    """One query."""
    status = GraduationStatus.objects.filter(tenant=tenant).first()
    if status is None:
        return None
    gates = [
        (NAMES[key], PASSED if kept.get("passed") else NOT_PASSED, float(kept.get("score") or 0))
        for key in GateKey
        if key in NAMES and (kept := status.gates.get(key))
    ]
    return Trust(LEVELS[GraduationLevel(status.level)], status.label, gates)


def _verifications(counts: Counts) -> Chart:
    known, helped = _known(counts), _helped(counts)
    share = (
        f"Of {known:,} whose outcome is known, {100 * helped:.0f}% helped."
        if helped is not None
        else "Too few outcomes are known to say how often a recovery helps."
    )
    return Chart(
        key="verifications",
        title="What became of recoveries",
        about="when their watch ended",
        summary=told(counts, Series.VERIFICATIONS, _VERIFIED, thing="recovery watched").replace(
            "recovery watcheds", "recoveries watched"
        ),
        steps=counts.steps,
        lines=stacked(counts, Series.VERIFICATIONS, _VERIFIED),
        empty="No watch over a recovery ended in this period.",
        url=reverse("loops:recoveries"),
        notes=[share],
    )


def _known(counts: Counts) -> int:
    ended = (Verification.VERIFIED, Verification.FAILED)
    return sum(counts.total(Series.VERIFICATIONS, one) for one in ended)


def _helped(counts: Counts) -> float | None:
    """The share of recoveries that helped; None if of too few the outcome is known."""
    known = _known(counts)
    helped = counts.total(Series.VERIFICATIONS, Verification.VERIFIED)
    return helped / known if known >= FEW else None


def _preventions(counts: Counts) -> Chart:
    return Chart(
        key="preventions",
        title="Preventions",
        about="recurrences that a policy stopped",
        summary=told(counts, Series.PREVENTIONS, _PREVENTED, thing="prevention"),
        steps=counts.steps,
        lines=stacked(counts, Series.PREVENTIONS, _PREVENTED),
        empty="Nothing was prevented in this period.",
        url=reverse("loops:preventions"),
        notes=[GRADE],
    )


def _regrets(counts: Counts) -> Chart:
    return Chart(
        key="regrets",
        title="Harm that policies did",
        about="as it was reported",
        summary=told(counts, Series.REGRETS, _HARM, thing="report"),
        steps=counts.steps,
        lines=stacked(counts, Series.REGRETS, _HARM),
        empty="No harm was reported in this period.",
        url=reverse("loops:policies"),
    )


def _policies(counts: Counts, *, tenant: Tenant) -> Chart:
    mine = PolicyRule.objects.for_tenant(tenant).order_by().values_list("mode")
    now = dict(mine.annotate(Count("pk")))
    lines = [
        Line(
            MODES[mode],
            running_back(now.get(mode, 0), counts.of(Series.POLICY_MOVES, mode)),
        )
        for mode in (PolicyMode.ACTIVE, PolicyMode.PENDING, PolicyMode.SHADOW, PolicyMode.DISABLED)
    ]
    listed = ", ".join(f"{now[mode]:,} {MODES[mode].text.lower()}" for mode in MODES if mode in now)
    return Chart(
        key="policies",
        title="Policies by mode",
        about="at the end of each step",
        summary=f"Now {listed}." if listed else "There are no policies.",
        steps=counts.steps,
        lines=lines,
        kind=LINES,
        empty="There was no policy in this period.",
        url=reverse("loops:policies"),
    )
