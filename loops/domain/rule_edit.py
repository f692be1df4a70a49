"""What people may write into a policy: checked as a whole, every fault told at its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loops.domain import conditions
from loops.domain.conditions import ConditionFault
from loops.domain.payload import PayloadFault, check_document
from loops.domain.states import PolicyAction, PolicyScope

MAX_NAME: Final = 255
MAX_PARAMS: Final = 20
MAX_PARAM_TEXT: Final = 500
EDITABLE_SCOPES: Final = (PolicyScope.TENANT, PolicyScope.AGENT)


class EditFault(ValueError):  # noqa: N818 - what is wrong with an edit, told to the person
    """Faults by the field they are in; a condition's also name their place in it."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = dict(faults)


@dataclass(frozen=True)
class RuleEdit:
    """A policy's content as somebody wants it."""

    name: str
    conditions: Any
    action_type: str
    action_params: Any
    scope_type: str
    agent_id: str = ""


def content(edit: RuleEdit, *, tenant_id: str) -> dict[str, Any]:
    """The columns of a policy, from an edit of it. Raises EditFault naming every fault."""
    faults: dict[str, str] = {}
    name = edit.name.strip()
    if not 0 < len(name) <= MAX_NAME or "\0" in name:
        faults["name"] = f"Must have 1 to {MAX_NAME} characters."
    faults |= condition_faults(edit.conditions)
    if edit.action_type not in set(PolicyAction):
        faults["action_type"] = f"Must be one of {', '.join(PolicyAction)}."
    faults |= _param_faults(edit.action_params)
    scope_id = _scope_id(edit, tenant_id)
    if scope_id is None:
        faults["scope_type"] = "Must be tenant or agent; with agent, say which."
    if faults:
        raise EditFault(faults)
    return {
        "name": name,
        "conditions": edit.conditions,
        "actions": {"type": edit.action_type, "params": edit.action_params},
        "scope_type": edit.scope_type,
        "scope_id": scope_id,
    }


def condition_faults(condition: object) -> dict[str, str]:
    """What is wrong with a condition, by its place, such as "conditions/all/0/value"."""
    try:
        check_document(condition)
        conditions.check(condition)
    except ConditionFault as fault:
        return {f"conditions{fault.place}": f"{fault.message[0].upper()}{fault.message[1:]}."}
    except PayloadFault as fault:
        return {f"conditions{fault.pointer}": f"{fault.message[0].upper()}{fault.message[1:]}."}
    return {}


def _param_faults(params: object) -> dict[str, str]:
    """Parameters are a flat object of few short values: whoever asks acts on them."""
    if not isinstance(params, dict):
        return {"action_params": "Must be an object."}
    if len(params) > MAX_PARAMS:
        return {"action_params": f"Must have at most {MAX_PARAMS} entries."}
    for key, value in params.items():
        flat = value is None or isinstance(value, str | int | float | bool)
        if not flat or len(str(value)) > MAX_PARAM_TEXT or not 0 < len(key) <= MAX_NAME:
            return {f"action_params/{key}": "Must be a number, a short text, true, false or null."}
    try:
        check_document(params)
    except PayloadFault as fault:
        return {f"action_params{fault.pointer}": f"{fault.message[0].upper()}{fault.message[1:]}."}
    return {}


def _scope_id(edit: RuleEdit, tenant_id: str) -> str | None:
    if edit.scope_type == PolicyScope.TENANT:
        return tenant_id
    agent = edit.agent_id.strip()
    is_agent = edit.scope_type == PolicyScope.AGENT and 0 < len(agent) <= MAX_NAME
    return agent if is_agent and "\0" not in agent else None
