"""The form of a tenant's rules for its checkpoints."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from loops.domain.asking import Rules, allowed_priorities
from loops.domain.checkpoints import MANDATORY
from loops.domain.claims import CLAIM_MINUTES
from loops.domain.quiet import DAYS, QuietHours
from loops.domain.silence import allowed_silences
from loops.domain.states import CheckpointType, Risk


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
    hold_seconds = forms.IntegerField(
        label="Seconds in which an answer can be undone",
        required=False,
        help_text="0 for at once, 300 at most. Only answers given on pages wait.",
    )
    two_people_from = forms.TypedChoiceField(
        label="Two different people must agree",
        required=False,
        coerce=lambda value: Risk(int(value)),
        empty_value=None,
        choices=[("", "only where the loop itself asks for it"), (1, "to every question"),
                 (2, "from medium risk on"), (3, "to what is of high risk")],
    )  # fmt: skip
    blind_second_opinion = forms.BooleanField(
        label="Each answers without seeing the other one; a third decides between them",
        required=False,
    )
    claim_minutes = forms.IntegerField(
        label="Minutes after which a claim lapses",
        required=False,
        help_text="Whoever claims a question keeps it for so long, if they do nothing.",
    )

    quiet_days = forms.TypedMultipleChoiceField(
        label="Quiet hours on",
        choices=list(enumerate(DAYS)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Then nobody is disturbed but for critical questions, clocks rest, and nothing "
        "lapses. No day: no quiet hours.",
    )
    quiet_from = forms.TimeField(
        label="From", required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label="Until",
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text="The next morning, if that is earlier.",
    )
    quiet_zone = forms.ChoiceField(label="On the clocks of", required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for kind in CheckpointType:
            name = kind.value
            self.fields[f"asks_{name}"] = forms.BooleanField(required=False)
            self.fields[f"blocks_{name}"] = forms.BooleanField(required=False)
            choices = [("", ""), *((one.value, one.value) for one in allowed_priorities(kind))]
            self.fields[f"priority_{name}"] = forms.ChoiceField(choices=choices, required=False)
            choices = [("", ""), *((one.value, one.value) for one in allowed_silences(kind))]
            self.fields[f"silence_{name}"] = forms.ChoiceField(choices=choices, required=False)
        zone = self.fields["quiet_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(one, one) for one in ["UTC", *sorted(available_timezones() - {"UTC"})]]

    @classmethod
    def of(cls, rules: Rules) -> "RulesForm":
        """The form as these rules fill it."""
        initial: dict[str, Any] = {
            "auto_approve_confidence": round(rules.auto_approve_confidence * 100),
            "auto_dismiss_after_hours": rules.auto_dismiss_after_hours,
            "max_pending_checkpoints": rules.max_pending_checkpoints,
            "hold_seconds": rules.hold_seconds,
            "two_people_from": rules.two_people_from or "",
            "blind_second_opinion": rules.blind_second_opinion,
            "claim_minutes": rules.claim_minutes,
        }
        for kind in CheckpointType:
            initial[f"asks_{kind.value}"] = rules.asks(kind)
            initial[f"blocks_{kind.value}"] = kind in rules.blocking_checkpoints
            initial[f"priority_{kind.value}"] = rules.priority_overrides.get(kind, "")
            initial[f"silence_{kind.value}"] = rules.silence.get(kind, "")
        if rules.quiet:
            initial |= {
                "quiet_days": sorted(rules.quiet.days),
                "quiet_from": rules.quiet.starts,
                "quiet_until": rules.quiet.ends,
                "quiet_zone": rules.quiet.zone,
            }
        return cls(initial=initial)

    def choices_for(self, kind: CheckpointType) -> dict[str, Any]:
        """What the form says of one kind of question."""
        return {
            "asks": self[f"asks_{kind.value}"].value(),
            "blocks": self[f"blocks_{kind.value}"].value(),
            "priority": self[f"priority_{kind.value}"].value() or "",
            "silence": self[f"silence_{kind.value}"].value() or "",
        }

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("quiet_days"):
            for name in ("quiet_from", "quiet_until"):
                if told.get(name) is None and name not in self.errors:
                    self.add_error(name, "Enter a time, such as 22:00.")
        return told

    def _quiet_hours(self) -> dict[str, Any] | None:
        told = self.cleaned_data
        if not told["quiet_days"]:
            return None
        zone = told["quiet_zone"] or "UTC"
        return QuietHours(
            told["quiet_days"], told["quiet_from"], told["quiet_until"], zone
        ).as_json()

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
            silence={
                name: told[f"silence_{name}"] for name in named.values() if told[f"silence_{name}"]
            },
            quiet_hours=self._quiet_hours(),
            **self._of_answers(),
        )

    def _of_answers(self) -> dict[str, Any]:
        """How answers are given; a field left empty is as loop mechanics 1.0.0 has it."""
        told = self.cleaned_data
        minutes = told["claim_minutes"]
        return {
            "hold_seconds": told["hold_seconds"] or 0,
            "two_people_from": told["two_people_from"],
            "blind_second_opinion": told["blind_second_opinion"],
            "claim_minutes": CLAIM_MINUTES if minutes is None else minutes,
        }
