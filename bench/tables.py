"""What a benchmark of the loop prints, as it comes: Markdown tables."""

from dataclasses import fields
from typing import Final

from bench.cpu import Cpu
from bench.rig import Figure

KINDS: Final = tuple(field.name for field in fields(Cpu))


class Tables:
    """Prints figures; remembers which were held against a budget."""

    def __init__(self) -> None:
        self._held: list[tuple[str, float, float]] = []

    def begin(self, *titles: str) -> None:
        print("\n| " + " | ".join(titles) + " |")
        print("|---" + "|---:" * (len(titles) - 1) + "|", flush=True)

    def begin_figures(self) -> None:
        self.begin("CPU-ms for each incident", "incidents", "a second", *KINDS, "all", "x bare")

    def figure(
        self, name: str, figure: Figure, *, bare: Figure | None = None, budget: float | None = None
    ) -> None:
        """One figure, beside the bare one; `budget` is in CPU-ms."""
        parts = [f"{figure.milliseconds(getattr(figure.cpu, one)):.3f}" for one in KINDS]
        ratio = f"{figure.each / bare.each:.2f}" if bare else ""
        counts = (f"{figure.incidents:,}", f"{figure.per_second:,.0f}")
        self.row(name, *counts, *parts, f"{figure.each:.3f}", ratio)
        if budget is not None:
            self._held.append((f"{name}, CPU-ms", figure.each, budget))

    def growth(self, name: str, *, before: Figure, after: Figure, budget: float) -> None:
        """A figure beside itself."""
        ratio = after.each / before.each
        self.row(name, f"{before.each:.3f}", f"{after.each:.3f}", f"{ratio:.2f}")
        self._held.append((f"{name}, growth", ratio, budget))

    def idle(self, shares: Cpu, *, budget: float) -> None:
        """CPU used by idle processes, as a share of one core; `budget` is the relay's."""
        self.begin("idle", *KINDS, "all")
        self.row(
            "share of a core",
            *(f"{getattr(shares, one):.2%}" for one in KINDS),
            f"{shares.all:.2%}",
        )
        self._held.append(("idle relay, share of a core", shares.relay, budget))

    def verdicts(self, *, only_missed: bool = False) -> bool:
        """Every budget, or those that were missed; whether all were met."""
        self.begin("budget", "allowed", "measured", "")
        for name, measured, allowed in self._held:
            met = "met" if measured <= allowed else "MISSED"
            if only_missed and met == "met":
                continue
            self.row(name, f"{allowed:.3g}", f"{measured:.3g}", met)
        return all(measured <= allowed for _, measured, allowed in self._held)

    def hold(self, name: str, *, measured: float, allowed: float) -> None:
        """Hold a figure against a budget."""
        self._held.append((name, measured, allowed))

    def row(self, *cells: str) -> None:
        print(f"| {' | '.join(cells)} |", flush=True)
