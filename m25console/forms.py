"""Forms of the shared pages: each checks one submission and nothing else."""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from m25console import zones
from m25console.fields import choices_of
from m25console.models import User
from m25console.refusals import InvalidInput, Refusal
from m25console.vocabulary import Role, Scope

SCOPE_CHOICES: Final = [
    (Scope.INCIDENTS_WRITE.value, "Send incidents"),
    (Scope.USAGE_WRITE.value, "Send usage"),
    (Scope.EVALUATE.value, "Ask for policy verdicts"),
    (Scope.TOOLS_CALL.value, "Call tools of MCP servers, as far as their rules allow"),
    (Scope.READ.value, "Read everything in this tenant"),
    (Scope.DECIDE.value, "Decide in my name"),
]
LIFETIME_CHOICES: Final = [
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "One year"),
    ("never", "Never"),
]


def tell(form: forms.Form, refused: Refusal, *, prefix: str = "") -> None:
    """Put what was refused at the fields it is about, by their name or by that behind `prefix`;
    what is about none of them above the form."""
    fields = refused.fields if isinstance(refused, InvalidInput) else {}
    for name, reasons in fields.items():
        places = (one for one in (name, prefix + name) if one in form.fields)
        form.add_error(next(places, None), reasons)
    if not fields:
        form.add_error(None, str(refused))


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("Name or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100, help_text="Say which machine uses it, for example “billing agents, EU”."
    )
    scopes = forms.MultipleChoiceField(
        label="May be used to", choices=SCOPE_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    lifetime = forms.ChoiceField(label="Expires after", choices=LIFETIME_CHOICES, initial="365")

    def expires_at(self, *, now: datetime) -> datetime | None:
        """When a token of the chosen lifetime ends; None for never."""
        days = self.cleaned_data["lifetime"]
        return None if days == "never" else now + timedelta(days=int(days))


class MemberForm(forms.Form):
    username = forms.CharField(
        label="Name or e-mail",
        max_length=254,
        help_text="Someone without an account yet gets one, with a password shown to you once.",
    )
    role = forms.ChoiceField(choices=choices_of(Role), initial=Role.REVIEWER.value)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=choices_of(Role))


class PreferencesForm(forms.Form):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, help_text=_("Of every time that pages show you.")
    )
    single_keys = forms.BooleanField(
        label=_("A single key is a command"),
        required=False,
        help_text=_("Press ? on any page to see them. Switch this off if you dictate."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["time_zone"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("As my browser says")), *zones.by_region()]

    @classmethod
    def of(cls, person: User) -> Self:
        """The form as it is, filled with what `person` prefers."""
        held = {"time_zone": person.time_zone, "single_keys": person.single_keys}
        return cls(initial=held)
