"""What people submit about MCP servers and their tools. Each form checks one submission."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from integrations.actions.mcp_servers import MAX_RATE, MAX_WINDOW, Wanted
from integrations.actions.mcp_tools import MAX_REASON, Change, Decision
from integrations.domain.mcp_servers import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_URL,
    USUAL_WINDOW_SECONDS,
    McpAuth,
    McpTransport,
)
from integrations.domain.mcp_tools import McpRisk, ToolVerdict
from integrations.engine.mcp_keys import Key
from integrations.forms.fields import secret_field
from integrations.forms.sections import Section, sections_of
from integrations.models import McpServer, McpTool
from m25console.fields import choices_of
from m25console.inputs import SettingInput

NEW_KEY: Final = ""
TRANSPORTS: Final = [
    (McpTransport.HTTP.value, "Streamable HTTP, as most"),
    (McpTransport.SSE.value, "Server-sent events, as older ones"),
]
AUTHS: Final = [
    (McpAuth.NONE.value, "It asks for none"),
    (McpAuth.BEARER.value, "As a bearer token"),
    (McpAuth.API_KEY.value, "In the header X-API-Key"),
    (McpAuth.BASIC.value, "As a name and a password"),
]


class McpServerForm(forms.Form):
    """A server as somebody wants it; one that is there keeps its address."""

    name = forms.CharField(
        label="Name", max_length=MAX_NAME, help_text="As your people know it, such as “Files, EU”."
    )
    url = forms.CharField(
        label="Address", max_length=MAX_URL,
        help_text="Without a path, /mcp is meant. For server-sent events all of it, often /sse.",
        widget=SettingInput(
            attrs={"placeholder": "https://mcp.example.com/mcp", "spellcheck": "false",
                   "inputmode": "url"}
        ),
    )  # fmt: skip
    transport = forms.ChoiceField(label="How it speaks", choices=TRANSPORTS)
    auth_type = forms.ChoiceField(label="How the key is shown", choices=AUTHS)
    credential_ref = forms.ChoiceField(
        label="Key", required=False,
        help_text="One that is stored has to let the console and tools read it.",
    )  # fmt: skip
    secret = secret_field(
        "New key",
        "Stored sealed; nobody sees it again. A name and a password as name:password.",
    )
    requires_approval = forms.BooleanField(
        label="A tool is called only once an admin has approved it", required=False, initial=True,
        help_text="Switched off, what is seen first is what later versions are held against.",
    )  # fmt: skip
    default_policy_id = forms.ChoiceField(
        label="Policy", required=False,
        help_text="Asked about every call of a tool that names none of its own.",
    )  # fmt: skip
    rate_limit_requests = forms.IntegerField(
        label="Calls at most", min_value=1, max_value=MAX_RATE, required=False,
        help_text="Empty: the usual limit of each tool.",
    )  # fmt: skip
    rate_limit_window_seconds = forms.IntegerField(
        label="In so many seconds", min_value=1, max_value=MAX_WINDOW,
        initial=USUAL_WINDOW_SECONDS,
    )  # fmt: skip
    description = forms.CharField(
        label="What it is for", max_length=MAX_DESCRIPTION, required=False
    )
    tags = forms.CharField(
        label="Tags", max_length=1000, required=False, help_text="Separated by commas."
    )

    def __init__(
        self, data: Any = None, *, stored: Sequence[tuple[str, str]],
        policies: Sequence[tuple[str, str]], row: McpServer | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, initial=_as_form(row) if row else None)
        self.row = row
        _offer(self.fields["default_policy_id"], policies, row.default_policy_id if row else "")
        choice = self.fields["credential_ref"]
        assert isinstance(choice, forms.ChoiceField)
        kept = row.credential_ref if row else ""
        known = {reference for reference, _ in stored}
        other = [(kept, "The one in use")] if kept and kept not in known else []
        choice.choices = [(NEW_KEY, "Store a new key"), *other, *stored]
        if row:
            for name in ("url", "transport"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("auth_type") == McpAuth.NONE:
            told["credential_ref"] = ""
            if told.get("secret"):
                self.add_error("auth_type", "Say how the key is shown, or leave it out.")
        elif told.get("credential_ref") == NEW_KEY:
            self._check_secret(told.get("secret", ""), told.get("auth_type", ""))
        return told

    def _check_secret(self, secret: str, auth_type: str) -> None:
        if not secret:
            self.add_error("secret", "Paste the key, or choose one that is stored.")
        elif auth_type == McpAuth.BASIC and not all(secret.partition(":")):
            self.add_error("secret", "Enter the name, a colon and the password.")

    @property
    def sections(self) -> list[Section]:
        """How it is reached, what its tools may, and what it is for."""
        connection = ("name", "url", "transport", "auth_type", "credential_ref", "secret")
        about = ("description", "tags")
        rules = set(self.fields) - {*connection, *about}
        return sections_of(
            self,
            ("Connection", connection, ""),
            ("Approval and limits", rules, ""),
            ("About it", about, ""),
        )

    @property
    def key(self) -> Key | None:
        """The key that was entered, if the choice is to store a new one. Only if valid."""
        told = self.cleaned_data
        auth_type = McpAuth(told["auth_type"])
        if auth_type is McpAuth.NONE or told["credential_ref"] != NEW_KEY:
            return None
        return Key(auth_type, told["secret"])

    def wanted(self) -> Wanted:
        """The server that was submitted. Only if valid."""
        told = {name: one for name, one in self.cleaned_data.items() if name != "secret"}
        told["transport"] = McpTransport(self.row.transport if self.row else told["transport"])
        told["auth_type"] = McpAuth(told["auth_type"])
        told["tags"] = [one.strip() for one in told["tags"].split(",") if one.strip()]
        return Wanted(**told, metadata=dict(self.row.metadata) if self.row else {})


class ToolForm(forms.Form):
    """What an admin sets of a tool."""

    risk_level = forms.ChoiceField(
        label="Risk", choices=choices_of(McpRisk),
        help_text="Tools of high and critical risk need an allowance to be called.",
    )  # fmt: skip
    policy_id = forms.ChoiceField(
        label="Policy", required=False, help_text="None: that of its server, if there is one."
    )

    @classmethod
    def of(
        cls, row: McpTool, data: Any = None, *, policies: Sequence[tuple[str, str]]
    ) -> "ToolForm":
        """The form as it is for a tool."""
        form = cls(data, initial={"risk_level": row.risk_level, "policy_id": row.policy_id})
        _offer(form.fields["policy_id"], policies, row.policy_id)
        return form

    def change(self) -> Change:
        """What was submitted. Only if valid."""
        told = self.cleaned_data
        return Change(risk_level=McpRisk(told["risk_level"]), policy_id=told["policy_id"])


class DecisionForm(forms.Form):
    """Yes or no to one version of a tool."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    verdict = forms.ChoiceField(choices=choices_of(ToolVerdict))
    reason = forms.CharField(max_length=MAX_REASON, required=False)

    def decision(self) -> Decision:
        """What was submitted. Only if valid."""
        told = self.cleaned_data
        return Decision(
            version=told["version"], verdict=ToolVerdict(told["verdict"]), reason=told["reason"]
        )


def _offer(field: forms.Field, policies: Sequence[tuple[str, str]], held: str) -> None:
    """Let one of the policies be chosen, or none; what is `held` may stay."""
    assert isinstance(field, forms.ChoiceField)
    other = [(held, "The one in use")] if held and held not in dict(policies) else []
    field.choices = [("", "None"), *other, *policies]


def _as_form(row: McpServer) -> dict[str, Any]:
    names = (
        "name", "url", "transport", "auth_type", "credential_ref", "requires_approval",
        "default_policy_id", "rate_limit_requests", "rate_limit_window_seconds", "description",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"tags": ", ".join(row.tags)}
