"""The figures of a period beside those of the period before it, which is as long."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One figure of a period, in words that follow it; None where too few were to say."""

    words: str
    value: float | None
    unit: str = ""  # "seconds", a "share" of one, or else a count


@dataclass(frozen=True)
class Compared:
    """One figure of a period, and what it was in the period before."""

    measure: Measure
    before: float | None

    @property
    def trend(self) -> str:
        """Which way it went: "up", "down" or "same"; empty where nobody can say."""
        now = self.measure.value
        if now is None or self.before is None:
            return ""
        if now == self.before:
            return "same"
        return "up" if now > self.before else "down"


def compared(now: Sequence[Measure], before: Sequence[Measure]) -> list[Compared]:
    """Each measure of a period with the same one of the period before."""
    return [Compared(one, then.value) for one, then in zip(now, before, strict=True)]
