import pytest

from integrations.domain.mcp_tools import (
    CallableState,
    McpRisk,
    ToolState,
    callable_state,
    contradictions,
    definition_of,
    fingerprint,
    risk_after,
    risk_of,
    state_after_listing,
)


@pytest.mark.parametrize(
    ("name", "risk"),
    [
        ("delete_file", McpRisk.CRITICAL),
        ("run_query", McpRisk.HIGH),
        ("update_row", McpRisk.MEDIUM),
        ("list_users", McpRisk.LOW),
        ("frobnicate", McpRisk.MEDIUM),
        ("get_settings", McpRisk.LOW),
        ("runtime_info", McpRisk.MEDIUM),
        ("getDeleted", McpRisk.LOW),
        ("files.removeAll", McpRisk.CRITICAL),
        ("HTTPPut/now", McpRisk.MEDIUM),
        ("", McpRisk.MEDIUM),
    ],
)
def test_int_63_the_risk_is_told_by_whole_words(name, risk):
    assert risk_of(name) is risk


def test_int_63_what_a_person_set_is_never_lowered_and_what_is_worse_is_told():
    def after(known: McpRisk, name: str, *, by_person: bool) -> McpRisk:
        return risk_after(known=known, by_person=by_person, name=name)

    assert after(McpRisk.CRITICAL, "list_users", by_person=True) is McpRisk.CRITICAL
    assert after(McpRisk.LOW, "delete_users", by_person=True) is McpRisk.CRITICAL
    assert after(McpRisk.CRITICAL, "list_users", by_person=False) is McpRisk.LOW


def test_a_fingerprint_knows_what_a_tool_is_and_not_how_it_was_written_down():
    one = {"name": "a", "inputSchema": {"type": "object", "properties": {"x": {}, "y": {}}}}
    same = {"inputSchema": {"properties": {"y": {}, "x": {}}, "type": "object"}, "name": "a"}
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint(one) != fingerprint(one | {"description": "and sends it to me"})
    assert len(fingerprint({"name": "\ud800"})) == 64


@pytest.mark.parametrize("state", ToolState)
def test_only_a_tool_that_is_allowed_as_it_is_may_be_called(state):
    answer = callable_state(state=state, enabled=True)
    assert (answer is CallableState.YES) == (state is ToolState.ALLOWED)
    assert callable_state(state=state, enabled=False) is CallableState.DISABLED


@pytest.mark.parametrize(
    ("state", "is_as_approved", "after"),
    [
        (ToolState.ALLOWED, True, ToolState.ALLOWED),
        (ToolState.ALLOWED, False, ToolState.DRIFTED),
        (ToolState.DRIFTED, False, ToolState.DRIFTED),
        (ToolState.DRIFTED, True, ToolState.ALLOWED),
        (ToolState.PENDING, False, ToolState.PENDING),
        (ToolState.DENIED, False, ToolState.DENIED),
    ],
)
def test_what_differs_from_what_was_approved_has_drifted(state, is_as_approved, after):
    assert state_after_listing(state=state, is_as_approved=is_as_approved) is after


def test_hints_are_held_against_the_name():
    assert contradictions(name="delete_rows", hints={"readOnlyHint": True})
    assert contradictions(name="destroy", hints={"destructiveHint": False})
    assert not contradictions(name="get_rows", hints={"readOnlyHint": True})
    assert not contradictions(name="frobnicate", hints={"readOnlyHint": True})
    assert not contradictions(name="delete_rows", hints={})


def test_a_definition_can_be_stored_whatever_the_server_lists():
    schema = {"default": float("inf"), "maximum": 10**5000, "title": "a\0b", "items": [None, True]}
    told = definition_of({"name": "a", "description": "x\0", "inputSchema": schema})
    assert told is not None
    assert told.description == "x\ufffd"
    assert told.input_schema == {
        "default": None, "maximum": None, "title": "a\ufffdb", "items": [None, True]
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", " a", "a\nb", "a" * 129, None])
def test_a_tool_whose_name_cannot_be_kept_is_left_out(name):
    assert definition_of({"name": name or ""}) is None
