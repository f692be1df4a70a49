"""What the loop knows of what goes wrong here: its ids are unique within SOURCE."""

from typing import Final

SOURCE: Final = "integrations"


def of_call(invocation_id: str) -> str:
    """The id under which a failed call of a tool is reported."""
    return f"mcp-call:{invocation_id}"
