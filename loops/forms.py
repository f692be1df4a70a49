"""What people submit to the loop's pages; each form checks one submission and nothing else."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms

from loops.actions.policy_edits import ExceptedRequests
from loops.actions.regrets import Harm
from loops.actions.remedies import CHOICES, Remedy
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.condition_rows import Row, Rows, condition_of
from loops.domain.conditions import MAX_CLAUSES, MAX_TEXT
from loops.domain.learning import MAX_SEVERITY, MIN_SEVERITY
from loops.domain.payload import PayloadFault, check_document
from loops.domain.recovery import PHRASES
from loops.domain.rule_edit import MAX_NAME, RuleEdit
from loops.domain.states import ActionType, PolicyAction, PolicyScope, RegretType
from m25console.inputs import SettingInput

MOST: Final = 2_147_483_647  # what a column of whole numbers holds


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


class PolicyActForm(forms.Form):
    """Something to do with a policy, and why."""

    act = forms.ChoiceField(
        choices=[
            (one, one)
            for one in ("confirm", "activate", "override", "propose", "observe", "disable")
        ]
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE, widget=forms.Textarea)
    revision = forms.IntegerField(min_value=1, max_value=MOST, required=False)


class ConditionForm(forms.Form):
    """A condition in rows, or as JSON where rows cannot say it."""

    SHAPES: Final = [("rows", "In rows"), ("json", "As JSON")]
    GROUPS: Final = [("all", "all of these hold"), ("any", "at least one of these holds")]

    shape = forms.ChoiceField(choices=SHAPES, widget=forms.HiddenInput)
    group = forms.ChoiceField(label="It applies when", choices=GROUPS, required=False)
    json = forms.CharField(
        label="Condition",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "mono"}),
    )

    def rows(self) -> list[Row]:
        """The rows as typed, blank ones too. Bounded by what a condition may hold."""
        count = sum(name.startswith("field_") for name in self.data)
        return [
            Row(*(self.data.get(f"{part}_{number}", "")[:MAX_TEXT] for part in Row.PARTS))
            for number in range(min(count, MAX_CLAUSES))
        ]

    def condition(self) -> Any:
        """What was said, not checked as a condition yet; None for text that is not JSON."""
        if self.cleaned_data["shape"] == "rows":
            return condition_of(Rows(self.cleaned_data["group"] or "all", self.rows()))
        try:
            return json.loads(self.cleaned_data["json"])
        except ValueError as wrong:
            self.add_error("json", f"This is not JSON: {wrong}.")
            return None


class PolicyEditForm(ConditionForm):
    """A policy's content, as somebody wants it."""

    name = forms.CharField(max_length=MAX_NAME)
    action_type = forms.ChoiceField(label="What it does")
    action_params = forms.CharField(
        label="Parameters",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"}),
        help_text='An object in JSON, handed to whoever asks, such as {"max_requests": 10}.',
    )
    scope_type = forms.ChoiceField(label="Whose requests")
    agent_id = forms.CharField(
        label="Agent",
        required=False,
        max_length=MAX_NAME,
        help_text="Only where it concerns one agent.",
    )
    reason = forms.CharField(
        label="Why you change it",
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever confirms the new revision reads this.",
    )
    version = forms.IntegerField(min_value=1, max_value=MOST, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        initial: dict[str, Any] | None = None,
        actions: Mapping[PolicyAction, str],
        scopes: Mapping[PolicyScope, str],
    ) -> None:
        super().__init__(data, initial=initial)
        offered: dict[str, Mapping[Any, str]] = {"action_type": actions, "scope_type": scopes}
        for name, words in offered.items():
            choice = self.fields[name]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = list(words.items())

    def edit(self) -> RuleEdit | None:
        """The content wanted, not checked yet; None if a JSON field holds none."""
        condition = self.condition()
        try:
            params = json.loads(self.cleaned_data["action_params"] or "{}")
        except ValueError as wrong:
            self.add_error("action_params", f"This is not JSON: {wrong}.")
        if self.errors:
            return None
        fields = self.cleaned_data
        return RuleEdit(
            name=fields["name"],
            conditions=condition,
            action_type=fields["action_type"],
            action_params=params,
            scope_type=fields["scope_type"],
            agent_id=fields["agent_id"],
        )


class ExceptionForm(ConditionForm):
    """Requests that a policy is to leave alone."""

    LASTS: Final = {"1": "one hour", "8": "8 hours", "24": "one day", "168": "7 days",
                    "720": "30 days", "2160": "90 days"}  # fmt: skip

    hours = forms.ChoiceField(label="For", choices=list(LASTS.items()), initial="24")
    reason = forms.CharField(
        label="Why", max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )

    def requests(self, *, now: datetime) -> ExceptedRequests | None:
        """Which requests, why and until when, not checked yet; None if a JSON field holds none."""
        condition = self.condition()
        if self.errors:
            return None
        ends = now + timedelta(hours=int(self.cleaned_data["hours"]))
        return ExceptedRequests(condition, self.cleaned_data["reason"], ends)


class EndpointForm(forms.Form):
    """Where a tenant's recoveries are carried out."""

    url = forms.CharField(
        label="Address",
        max_length=2048,
        widget=SettingInput(attrs={"type": "url", "placeholder": "https://…"}),
        help_text="Recoveries are sent there as signed POST requests (Standard Webhooks).",
    )
    is_enabled = forms.BooleanField(label="Send recoveries there", required=False, initial=True)


class RemedyForm(forms.Form):
    """What is suggested for a pattern, bound to the remedy that was on the page."""

    action_type = forms.ChoiceField(
        label="Remedy",
        required=False,
        choices=[("", "The usual for the error type"), *((one, PHRASES[one]) for one in CHOICES)],
    )
    params = forms.JSONField(
        label="Parameters",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text='As a JSON object, for example {"max_retries": 3}.',
    )
    applies_alone = forms.BooleanField(
        label="Apply it without asking, where this tenant has earned that", required=False
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_params(self) -> dict[str, Any]:
        params = self.cleaned_data["params"] or {}
        if not isinstance(params, dict):
            raise forms.ValidationError("Enter a JSON object, in braces.")
        try:
            check_document(params)
        except PayloadFault as fault:
            raise forms.ValidationError(str(fault)) from None
        return params

    def remedy(self) -> Remedy:
        kind = self.cleaned_data["action_type"]
        return Remedy(
            ActionType(kind) if kind else None,
            self.cleaned_data["params"],
            self.cleaned_data["applies_alone"],
        )
