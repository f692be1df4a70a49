"""What the design system page shows: every component in its states, with made-up content."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms

from loops.domain.confidence import Band
from loops.domain.states import LoopOutcome, Severity
from loops.presenters import looks, wordings
from loops.presenters.bars import bars_of
from loops.presenters.strips import StripStage
from m25console.looks import Look

LOOKS: Final[Mapping[str, Sequence[Look]]] = {
    "Outcomes of loops": list(looks.OUTCOMES.values()),
    "Severities": list(looks.SEVERITIES.values()),
    "Priorities": list(wordings.PRIORITIES.values()),
    "Answers": list(wordings.ANSWERS.values()),
    "Recoveries": list(looks.RECOVERIES.values()),
    "Executions": [*looks.EXECUTIONS.values(), looks.RECORDED],
    "Verifications": list(looks.VERIFICATIONS.values()),
    "Modes of policies": list(looks.MODES.values()),
    "Events": [*looks.EVENTS.values(), looks.STOPPED],
    "Adjustments": list(looks.ADJUSTMENTS.values()),
    "Verdicts": list(looks.KPI_VERDICTS.values()),
    "Bands": list(looks.BANDS.values()),
}
STATES: Final = ("done", "current", "blocked", "failed", "skipped", "stopped", "pending")
SHARES: Final = (0.2, 0.5, 0.4, None, 0.9, 0.7, 1.0)
AN_ID: Final = "0123456789abcdef"


class SpecimenForm(forms.Form):
    """One field of every kind that the console's forms have."""

    name = forms.CharField(label="A line of text", help_text="What it is for, in a sentence.")
    number = forms.IntegerField(label="A number", min_value=1, initial=20)
    kind = forms.ChoiceField(label="One of a list", choices=[("a", "The first"), ("b", "Another")])
    text = forms.CharField(
        label="Several lines", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    agreed = forms.BooleanField(label="A yes or a no", required=False)
    many = forms.MultipleChoiceField(
        label="Some of a list",
        choices=[("read", "Read"), ("decide", "Decide")],
        widget=forms.CheckboxSelectMultiple,
    )


def specimens(*, now: datetime) -> dict[str, Any]:
    """The context of the page."""
    faulty = SpecimenForm({"number": "none", "kind": "c"}, auto_id="faulty_%s")
    faulty.add_error(None, "What is wrong with the whole, and how to mend it.")
    return {
        "looks": LOOKS,
        "swatches": ("accent", "ok", "warn", "bad", "info", "idle"),
        "alert": {"limit": 50},
        "tones": ("info", "success", "warning", "error"),
        "bands": [(0.95, Band.STRONG), (0.7, Band.WEAK), (0.4, Band.NOVEL)],
        "form": SpecimenForm(),
        "faulty": faulty,
        "stages": [StripStage(_stage(state), state, "", state[0].upper()) for state in STATES],
        "bars": bars_of(SHARES, label="Seven days: a fifth on the first, all on the last"),
        "sparkline": _sparkline(),
        "chart": _chart(now),
        "facts": [("Filled", "a value"), ("Empty", None)],
        "moments": [now - timedelta(minutes=7), now + timedelta(hours=3)],
        "row": _incident(now),
        "match": _match(),
        "pieces": [
            {"text": "no seat on flight ", "varies": False},
            {"text": "<*>", "varies": True},
        ],
        "leaves": [{"path": "order.id", "value": "7"}, {"path": "order.paid", "value": "true"}],
        "hours": [{"at": now, "decisions": 1200, "words": "97%"}],
    }


def _stage(state: str) -> str:
    return f"Stage {state}"


def _sparkline() -> dict[str, Any]:
    times = (1, 4, 0, 9, 12, 6, 14)
    days = [
        {"x": at * 8, "y": 24 - many, "height": many, "times": many}
        for at, many in enumerate(times)
    ]
    return {"width": 54, "height": 24, "label": "Once on the first day, 14 now", "days": days}


def _chart(now: datetime) -> dict[str, Any]:
    days = [now.replace(hour=0, minute=0, second=0) - timedelta(days=ago) for ago in (3, 2, 1, 0)]
    rows = [(day, [{"drawn": at + 2, "text": at + 2}]) for at, day in enumerate(days)]
    return {
        "key": "specimen-chart",
        "title": "A figure over time",
        "about": "by day",
        "kind": "lines",
        "summary": "Two on the first of four days, five on the last.",
        "lines": [{"look": looks.OUTCOMES[LoopOutcome.COMPLETE]}],
        "rows": rows[::-1],
    }


def _incident(now: datetime) -> dict[str, Any]:
    return {
        "incident_id": f"inc_{AN_ID}",
        "title": "Seats sold twice",
        "error": "ToolError SEAT_TAKEN",
        "agent": "booking",
        "severity": looks.SEVERITIES[Severity.HIGH],
        "pattern_id": f"pat_{AN_ID}",
        "pattern_seen": 3,
        "match": {"is_new": False, "occurrence": 3},
        "outcome": looks.OUTCOMES[LoopOutcome.COMPLETE],
        "loop_id": f"loop_{AN_ID}",
        "at": now - timedelta(minutes=7),
    }


def _match() -> dict[str, Any]:
    return {
        "is_new": False,
        "occurrence": 3,
        "pattern_id": f"pat_{AN_ID}",
        "words": "its message",
        "confidence": 0.86,
        "band": Band.STRONG,
        "shared": ["no", "seat", "on", "flight"],
        "differing": [("HAT083", "HAT084")],
        "fields": [{"name": "error type", "agrees": True, "earned": 0.4, "possible": 0.4}],
        "runner_up": {"pattern_id": f"pat_{AN_ID}", "score": 0.61},
    }
