"""What people submit to the loop's pages; each form checks one submission and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from loops.actions.regrets import Harm
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.learning import MAX_SEVERITY, MIN_SEVERITY
from loops.domain.states import RegretType

MOST: Final = 2_147_483_647  # what a column of whole numbers holds


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


class RegretForm(forms.Form):
    """Harm that a policy did, as somebody saw it."""

    regret_type = forms.ChoiceField(label="What happened")
    severity = forms.IntegerField(
        min_value=MIN_SEVERITY,
        max_value=MAX_SEVERITY,
        initial=3,
        help_text="From 1, a nuisance, to 10, an outage. Ten disables the policy at once.",
    )
    description = forms.CharField(
        label="In your words",
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What was stopped, who noticed, what it cost. It is kept for good.",
    )
    affected_calls = forms.IntegerField(
        label="Calls affected", min_value=0, max_value=MOST, required=False
    )
    affected_users = forms.IntegerField(
        label="People affected", min_value=0, max_value=MOST, required=False
    )

    def __init__(self, data: Any = None, *, types: Mapping[RegretType, str]) -> None:
        super().__init__(data)
        choice = self.fields["regret_type"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(kind.value, words) for kind, words in types.items()]

    def harm(self) -> Harm:
        """What was reported. Only for a valid form."""
        told = self.cleaned_data
        return Harm(
            regret_type=RegretType(told["regret_type"]),
            severity=told["severity"],
            description=told["description"],
            affected_calls=told["affected_calls"] or 0,
            affected_users=told["affected_users"] or 0,
        )


class RevertForm(forms.Form):
    """Why a loop is undone, and that this is meant; or that somebody else shall confirm it."""

    REVERT = "revert"
    ASK = "ask"

    reason = forms.CharField(
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with everything that is undone, and shown to whoever meets it next.",
        error_messages={"required": "Give a reason: it is kept with everything that is undone."},
    )
    confirm = forms.BooleanField(required=False, label="I mean to undo what this loop changed")
    do = forms.ChoiceField(choices=[(REVERT, REVERT), (ASK, ASK)])


class SimulationForm(forms.Form):
    """Which kind of evidence to show; nothing of it counts."""

    PREVENTION, REGRET, VIEW = "prevention", "regret", "timeline-view"
    KINDS = ((PREVENTION, "A prevention"), (REGRET, "Harm"), (VIEW, "A view of a timeline"))

    kind = forms.ChoiceField(label="Simulate", choices=KINDS)


class RollbackForm(forms.Form):
    """Why a change of routing is taken back."""

    reason = forms.CharField(
        max_length=MAX_NOTE,
        widget=forms.Textarea({"rows": 3}),
        help_text="Whoever looks at this agent next will read it.",
    )
