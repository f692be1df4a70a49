"""What people submit on the page of a checkpoint."""

from collections.abc import Sequence
from typing import Any

from django import forms

from loops.domain.checkpoints import MAX_NOTE
from loops.domain.states import RejectReason, Resolution


class DecisionForm(forms.Form):
    """An answer to a checkpoint, bound to the contract that was on the page."""

    resolution = forms.ChoiceField()
    note = forms.CharField(required=False, max_length=MAX_NOTE, widget=forms.Textarea)
    reason_code = forms.ChoiceField(
        required=False, choices=[("", ""), *((one.value, one.value) for one in RejectReason)]
    )
    contract_digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    despite_claim = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, options: Sequence[str]) -> None:
        super().__init__(data)
        choice = self.fields["resolution"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(option, option) for option in options]

    def clean(self) -> dict[str, Any]:
        """A rejection says of which kind it is; other answers have none."""
        told = self.cleaned_data
        if told.get("resolution") != Resolution.REJECT:
            told["reason_code"] = ""
        elif "reason_code" in told and not told["reason_code"]:
            self.add_error("reason_code", "Say what is wrong with it, of these.")
        return told


class CommentForm(forms.Form):
    """A remark under a checkpoint."""

    text = forms.CharField(
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write something first."},
    )
