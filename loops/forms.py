"""What people submit to the loop's pages; each form checks one submission and nothing else."""

from collections.abc import Sequence
from typing import Any

from django import forms

from loops.domain.checkpoints import MAX_NOTE


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
