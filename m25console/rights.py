"""What each role and each scope may do: one table, and the one function that reads it.

A permission reads `action:resource`; a rule is a permission, or holds for every resource, as
`read:*` does. Roles of integrations 1.0.0: its `developer` is the console's reviewer, who also
decides; its `system` is the console itself, which never does.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from m25console.vocabulary import Role, Scope

SYSTEM: Final = "system"  # the console acting by itself
GRANTED: Final = "permission_granted"
DENIED: Final = "permission_denied"


class Permission(StrEnum):
    """Everything that is asked before something is shown or done."""

    READ_RUNS = "read:runs"
    WRITE_RUNS = "write:runs"
    DECIDE_RUNS = "decide:runs"
    READ_AGENTS = "read:agents"
    WRITE_AGENTS = "write:agents"
    READ_POLICIES = "read:policies"
    EVALUATE_POLICIES = "evaluate:policies"
    MANAGE_POLICIES = "manage:policies"
    READ_LOGS = "read:logs"
    READ_AUDIT = "read:audit"
    READ_INTEGRATIONS = "read:integrations"
    WRITE_INTEGRATIONS = "write:integrations"
    MANAGE_INTEGRATIONS = "manage:integrations"
    EXECUTE_TOOLS = "execute:tools"
    EXECUTE_CONNECTORS = "execute:connectors"
    WRITE_USAGE = "write:usage"
    READ_USERS = "read:users"
    WRITE_USERS = "write:users"
    MANAGE_USERS = "manage:users"
    MANAGE_SETTINGS = "manage:settings"


# Reading a tenant's people is every member's here; the rest is the viewer of the rule set.
_READS: Final = (
    "read:runs", "read:agents", "read:policies", "read:logs", "read:integrations", "read:users",
)  # fmt: skip
RULES: Final[Mapping[str, tuple[str, ...]]] = {
    Role.VIEWER: _READS,
    Role.REVIEWER: (
        *_READS, "read:audit", "write:runs", "write:agents", "write:integrations",
        "execute:connectors", "decide:runs",
    ),
    Role.ADMIN: (
        "read:*", "write:*", "delete:*", "decide:*", "manage:users", "manage:policies",
        "manage:integrations", "manage:settings", "execute:tools", "execute:connectors",
    ),
    SYSTEM: ("read:*", "write:*", "system:execute"),
    Scope.INCIDENTS_WRITE: ("write:runs",),
    Scope.USAGE_WRITE: ("write:usage", "write:agents"),
    Scope.EVALUATE: ("evaluate:policies",),
    Scope.TOOLS_CALL: ("execute:tools",),
    Scope.READ: _READS,
    # Whoever it decides for must have the right as well, by their role of that moment.
    Scope.DECIDE: ("decide:*",),
}  # fmt: skip
# What a route that wants a scope asks of the token's.
ASKED_BY: Final[Mapping[Scope, Permission]] = {
    Scope.INCIDENTS_WRITE: Permission.WRITE_RUNS,
    Scope.USAGE_WRITE: Permission.WRITE_USAGE,
    Scope.EVALUATE: Permission.EVALUATE_POLICIES,
    Scope.TOOLS_CALL: Permission.EXECUTE_TOOLS,
    Scope.READ: Permission.READ_RUNS,
    Scope.DECIDE: Permission.DECIDE_RUNS,
}
NEVER_GRANTED: Final = (
    "operator:*", "admin:*", "system:*", "machine:*", "billing:write", "tenant:delete",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """Whether an action on a kind of thing is allowed, by which rule, and else what is missing."""

    allowed: bool
    action: str
    resource: str
    matched_rule: str = ""

    @property
    def reason(self) -> str:
        return GRANTED if self.allowed else DENIED

    @property
    def denied_permissions(self) -> list[str]:
        return [] if self.allowed else [f"{self.action}:{self.resource}"]


def decide(roles: Collection[str], action: str, resource: str) -> Decision:
    """Whether any of `roles`, or of a token's scopes, may do this; unknown ones give nothing."""
    held = {rule for role in roles for rule in RULES.get(role, ())}
    matching = (rule for rule in (f"{action}:{resource}", f"{action}:*") if rule in held)
    rule = next(matching, "")
    return Decision(allowed=bool(rule), action=action, resource=resource, matched_rule=rule)


def decide_on(roles: Collection[str], permission: Permission) -> Decision:
    """As decide(), for one of the permissions."""
    action, _, resource = permission.partition(":")
    return decide(roles, action, resource)


def is_grantable(scope: str) -> bool:
    """Whether a token may carry this scope: a known one, and none that only the console has."""
    return scope in set(Scope) and not any(fnmatchcase(scope, one) for one in NEVER_GRANTED)


def least_role(permission: Permission) -> Role:
    """The least of a tenant's roles that has this permission, an admin's if a machine's alone."""
    holders = (role for role in Role if decide_on([role], permission).allowed)
    return next(holders, Role.ADMIN)
