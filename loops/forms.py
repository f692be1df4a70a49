"""What people submit to the loop's pages; each form checks one submission and nothing else."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from loops.domain.checkpoints import REASON_REQUIRED

MAX_NOTE: Final = 4000  # characters


class DecisionForm(forms.Form):
    """An answer to a checkpoint, bound to the contract that was on the page."""

    resolution = forms.ChoiceField()
    note = forms.CharField(required=False, max_length=MAX_NOTE, widget=forms.Textarea)
    contract_digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, options: Sequence[str]) -> None:
        super().__init__(data)
        choice = self.fields["resolution"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(option, option) for option in options]

    def clean(self) -> dict[str, Any]:
        answer = self.cleaned_data
        told = "note" in self.errors or answer.get("note")
        if answer.get("resolution") in REASON_REQUIRED and not told:
            self.add_error("note", "Give a reason: whoever meets this failure next will read it.")
        return answer
