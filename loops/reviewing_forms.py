"""What people submit about questions besides an answer."""

from datetime import datetime, tzinfo
from typing import Any

from django import forms

from loops.domain.snoozing import Snooze, until_of
from loops.models import HumanCheckpoint


class SnoozeForm(forms.Form):
    """Until when a question is out of sight: one of the moments offered, or any other."""

    ends = forms.ChoiceField(choices=[(one.value, one.value) for one in Snooze], required=False)
    until = forms.DateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if not told.get("ends") and not told.get("until") and not self.errors:
            raise forms.ValidationError("Say until when.")
        return told

    def moment(self, asked: HumanCheckpoint, *, now: datetime, zone: tzinfo) -> datetime:
        """The moment meant. Only for a valid form."""
        if not self.cleaned_data["ends"]:
            until: datetime = self.cleaned_data["until"]
            return until
        return until_of(
            Snooze(self.cleaned_data["ends"]),
            now=now,
            zone=zone,
            created_at=asked.created_at,
            priority=asked.priority,
        )
