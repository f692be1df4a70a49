"""What people submit about calls of MCP tools. Each form checks one submission."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from integrations.actions.mcp_approvals import Answer
from integrations.domain.mcp_approvals import MAX_REASON, TOOL_HOURS
from integrations.forms.connector_actions import DocumentField, PayloadForm

ONCE: Final = ""
_HOURS: Final[Mapping[int, str]] = {1: "an hour", 8: "8 hours", 24: "a day", 168: "a week"}


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label="Why", max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class AnswerForm(ReasonForm):
    """A yes or a no to a question, and how far a yes reaches."""

    tool_hours = forms.ChoiceField(
        label="A yes is good for", required=False,
        choices=[
            (ONCE, "this call, once"),
            *((str(one), f"every call this caller makes of the tool for {_HOURS[one]}")
              for one in TOOL_HOURS),
        ],
    )  # fmt: skip

    def __init__(self, data: Any = None, *, may_reach_tool: bool) -> None:
        super().__init__(data)
        if not may_reach_tool:
            del self.fields["tool_hours"]

    def answer(self, *, approves: bool) -> Answer:
        """What was submitted. Only if valid."""
        hours = self.cleaned_data.get("tool_hours") if approves else ONCE
        return Answer(approves, self.cleaned_data["reason"], int(hours) if hours else None)


class CallForm(PayloadForm):
    """The arguments of a tool, field by field as far as its schema, which is its server's, tells
    them, and else as one document."""

    def __init__(self, data: Any = None, *, input_schema: Mapping[str, Any]) -> None:
        super().__init__(data, schema=_plain(input_schema))
        if not self.properties:
            self.fields["document"] = DocumentField(
                label="Arguments", required=False, help_text="A JSON object; empty: none."
            )

    def arguments(self) -> Mapping[str, Any]:
        """What was filled in. Only if valid."""
        if self.properties:
            return self.payload()
        return dict(self.cleaned_data["document"])


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a form can show of a schema that may hold anything."""
    told, required = schema.get("properties"), schema.get("required")
    properties = told if isinstance(told, dict) else {}
    return {
        "properties": {
            name: _told(one) if isinstance(one, dict) else {} for name, one in properties.items()
        },
        "required": required if isinstance(required, list) else [],
    }


def _told(one: Mapping[str, Any]) -> dict[str, Any]:
    described, listed = one.get("description"), one.get("enum")
    return {
        "type": one.get("type"),
        "description": described[:300] if isinstance(described, str) else "",
        "enum": listed if isinstance(listed, list) and one.get("type") == "string" else None,
    }
