"""What people submit about which failures are the same."""

from django import forms

from loops.domain.checkpoints import MAX_NOTE


class ReasonForm(forms.Form):
    """Why patterns are merged, split, or told apart."""

    reason = forms.CharField(
        label="Why",
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the patterns, and shown to whoever doubts it later.",
        error_messages={"required": "Give a reason: whoever doubts this later will read it."},
    )


class MergeForm(ReasonForm):
    """That patterns are one failure, or that two of them are not."""

    MERGE, APART = "merge", "apart"

    do = forms.ChoiceField(choices=[(MERGE, MERGE), (APART, APART)])
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
