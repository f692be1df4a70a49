"""What people submit about their notifications."""

from collections.abc import Mapping
from typing import Any

from django import forms

from loops.actions.channels import MAX_NAME, Wanted
from loops.domain.states import ChannelKind, Event, Risk
from m25console.inputs import SettingInput

KINDS: Mapping[ChannelKind, str] = {
    ChannelKind.EMAIL: "E-mail",
    ChannelKind.WEBHOOK: "Signed webhook",
    ChannelKind.SLACK: "Slack, or what takes its messages",
}
RISKS: Mapping[Risk, str] = {
    Risk.LOW: "Any risk",
    Risk.MEDIUM: "Medium and high risk",
    Risk.HIGH: "High risk only",
}


class ChannelForm(forms.Form):
    """A channel as somebody wants it; of one that is there, the `kind` stays. Whoever knows Slack's
    address may write there, so it is not sent back."""

    kind = forms.ChoiceField(label="Send by", choices=[(one.value, KINDS[one]) for one in KINDS])
    name = forms.CharField(label="Name", max_length=MAX_NAME)
    address = forms.CharField(
        label="Address",
        max_length=2048,
        widget=SettingInput,
        help_text="An e-mail address, or one that begins with https://.",
    )
    least_risk = forms.TypedChoiceField(
        label="Risk of the question", choices=[(one.value, RISKS[one]) for one in RISKS], coerce=int
    )
    is_enabled = forms.BooleanField(label="Use this channel", required=False, initial=True)
    events = forms.MultipleChoiceField(
        label="Tell of", widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(
        self,
        data: Any = None,
        *,
        words: Mapping[Event, str],
        initial: dict[str, Any] | None = None,
        kind: ChannelKind | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        choice = self.fields["events"]
        assert isinstance(choice, forms.MultipleChoiceField)
        choice.choices = [(event.value, told) for event, told in words.items()]
        self.kept_kind = kind
        address = self.fields["address"]
        assert isinstance(address.widget, SettingInput)
        address.widget.is_secret = (kind or self["kind"].value()) == ChannelKind.SLACK
        if kind:
            del self.fields["kind"]
            address.required = False
            address.help_text = "Leave it as it is to keep the address."

    def wanted(self) -> Wanted:
        """The channel that was submitted. Only if valid."""
        told = self.cleaned_data
        return Wanted(
            kind=self.kept_kind or ChannelKind(told["kind"]),
            name=told["name"],
            address=told["address"].strip(),
            events=told["events"],
            least_risk=told["least_risk"],
            is_enabled=told["is_enabled"],
        )
