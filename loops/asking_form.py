"""The form of a tenant's rules for its checkpoints."""

from typing import Any

from django import forms

from loops.domain.asking import Rules, allowed_priorities
from loops.domain.checkpoints import MANDATORY
from loops.domain.states import CheckpointType


class RulesForm(forms.Form):
    """How a tenant wants its people to be asked; what is not offered cannot be chosen."""

    auto_approve_confidence = forms.IntegerField(
        label="Confidence of a likeness that needs no question, in %",
        help_text="From 60 to 100. It only lets a loop suggest a recovery; it never applies one.",
    )
    auto_dismiss_after_hours = forms.IntegerField(
        label="Hours after which low questions lapse",
        help_text="Silence approves nothing: what was asked for is not done.",
    )
    max_pending_checkpoints = forms.IntegerField(
        label="Questions that may wait before an alert is shown"
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for kind in CheckpointType:
            name = kind.value
            self.fields[f"asks_{name}"] = forms.BooleanField(required=False)
            self.fields[f"blocks_{name}"] = forms.BooleanField(required=False)
            choices = [("", ""), *((one.value, one.value) for one in allowed_priorities(kind))]
            self.fields[f"priority_{name}"] = forms.ChoiceField(choices=choices, required=False)

    @classmethod
    def of(cls, rules: Rules) -> "RulesForm":
        """The form as these rules fill it."""
        initial: dict[str, Any] = {
            "auto_approve_confidence": round(rules.auto_approve_confidence * 100),
            "auto_dismiss_after_hours": rules.auto_dismiss_after_hours,
            "max_pending_checkpoints": rules.max_pending_checkpoints,
        }
        for kind in CheckpointType:
            initial[f"asks_{kind.value}"] = rules.asks(kind)
            initial[f"blocks_{kind.value}"] = kind in rules.blocking_checkpoints
            initial[f"priority_{kind.value}"] = rules.priority_overrides.get(kind, "")
        return cls(initial=initial)

    def choices_for(self, kind: CheckpointType) -> dict[str, Any]:
        """What the form says of one kind of question."""
        return {
            "asks": self[f"asks_{kind.value}"].value(),
            "blocks": self[f"blocks_{kind.value}"].value(),
            "priority": self[f"priority_{kind.value}"].value() or "",
        }

    def rules(self) -> Rules:
        """The rules that were submitted. Only for a valid form."""
        told = self.cleaned_data
        named = {kind: kind.value for kind in CheckpointType}
        return Rules(
            enabled_types=frozenset(
                kind for kind, name in named.items() if told[f"asks_{name}"] or kind in MANDATORY
            ),
            priority_overrides={
                name: told[f"priority_{name}"]
                for name in named.values()
                if told[f"priority_{name}"]
            },
            blocking_checkpoints=frozenset(
                kind for kind, name in named.items() if told[f"blocks_{name}"]
            ),
            auto_approve_confidence=told["auto_approve_confidence"] / 100,
            auto_dismiss_after_hours=told["auto_dismiss_after_hours"],
            max_pending_checkpoints=told["max_pending_checkpoints"],
        )
