"""What people submit about questions besides an answer."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from django import forms

from loops.actions.bulk import Said
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.delegating import MAX_REASON
from loops.domain.snoozing import Snooze, until_of
from loops.domain.states import BulkAct, CheckpointPriority, RejectReason
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


class BulkForm(forms.Form):
    """What is to be done to many questions, and whether that was read and is meant."""

    ENDS = ((Snooze.HOUR, Snooze.HOUR), (Snooze.FOUR_HOURS, Snooze.FOUR_HOURS),
            (Snooze.TOMORROW, Snooze.TOMORROW), (Snooze.MONDAY, Snooze.MONDAY))  # fmt: skip

    act = forms.ChoiceField(choices=[(one.value, one.value) for one in BulkAct])
    note = forms.CharField(required=False, max_length=MAX_NOTE)
    reason_code = forms.ChoiceField(
        choices=[("", ""), *((one.value, one.value) for one in RejectReason)], required=False
    )
    ends = forms.ChoiceField(choices=ENDS, required=False)
    despite_claim = forms.BooleanField(required=False)
    all = forms.BooleanField(required=False)
    filter = forms.CharField(required=False, max_length=2000)
    count = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
    confirmed = forms.BooleanField(required=False)

    @property
    def is_meant(self) -> bool:
        """Whether it is to be done now; a claim or its release needs no second look."""
        at_once = self.cleaned_data["act"] in (BulkAct.CLAIM, BulkAct.RELEASE)
        return self.cleaned_data["confirmed"] or (at_once and not self.cleaned_data["all"])

    def said(self, *, now: datetime, zone: tzinfo) -> Said:
        """What was said. Only for a valid form."""
        told = self.cleaned_data
        ends = told["ends"] if told["act"] == BulkAct.SNOOZE else ""
        until = until_of(
            Snooze(ends), now=now, zone=zone, created_at=now, priority=CheckpointPriority.NORMAL
        ) if ends else None  # fmt: skip
        rejects = told["act"] == BulkAct.REJECT
        return Said(
            act=BulkAct(told["act"]),
            note=told["note"],
            reason_code=told["reason_code"] if rejects else "",
            until=until,
            despite_claim=told["despite_claim"],
        )


class GroupForm(forms.Form):
    """What is answered to a whole group of equivalent questions."""

    ACTS: Final = ((BulkAct.APPROVE, BulkAct.APPROVE), (BulkAct.REJECT, BulkAct.REJECT))

    act = forms.ChoiceField(choices=ACTS)
    note = forms.CharField(required=False, max_length=MAX_NOTE)
    reason_code = forms.ChoiceField(
        choices=[("", ""), *((one.value, one.value) for one in RejectReason)], required=False
    )


class DelegationForm(forms.Form):
    """Who decides in one's place, and while one is away."""

    MOMENT: Final = {"type": "datetime-local"}

    to = forms.ChoiceField(label="Who decides in your place")
    starts_at = forms.DateTimeField(label="From", widget=forms.DateTimeInput(attrs=MOMENT))
    ends_at = forms.DateTimeField(label="Until", widget=forms.DateTimeInput(attrs=MOMENT))
    reason = forms.CharField(
        label="Why",
        max_length=MAX_REASON,
        help_text="Such as “on leave”. They and the admins read it.",
    )

    def __init__(self, data: Any = None, *, colleagues: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        choice = self.fields["to"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "Choose a colleague"), *colleagues]
