"""Prefixed ids of the integrations' tables, as people read them in logs and URLs."""

from m25console.ids import new_id


def new_integration_id() -> str:
    return new_id("int")


def new_credential_id() -> str:
    return new_id("cred")


def new_usage_id() -> str:
    return new_id("use")


def new_warning_id() -> str:
    return new_id("lim")


def new_price_id() -> str:
    return new_id("price")


def new_repricing_id() -> str:
    return new_id("rep")


def new_decision_id() -> str:
    return new_id("enf")


def new_mcp_server_id() -> str:
    return new_id("mcp")


def new_mcp_tool_id() -> str:
    return new_id("tool")


def new_mcp_invocation_id() -> str:
    return new_id("inv")


def new_mcp_approval_id() -> str:
    return new_id("apr")


def new_connector_id() -> str:
    return new_id("con")


def new_connector_call_id() -> str:
    return new_id("call")


def new_source_id() -> str:
    return new_id("ds")
