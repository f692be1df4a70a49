"""The permission matrix: who may do what, read off the table that every check reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_noop as _

from m25console.rights import RULES, SYSTEM, Permission, decide_on
from m25console.vocabulary import Role, Scope

WORDS: Final[Mapping[Permission, str]] = {
    Permission.READ_RUNS: _("See incidents, loops, runs and the queue"),
    Permission.DECIDE_RUNS: _("Decide what waits; retry, revert, merge, confirm policies"),
    Permission.WRITE_RUNS: _("Report incidents and what runs did"),
    Permission.READ_AGENTS: _("See agents and how they are routed"),
    Permission.WRITE_AGENTS: _("Report agents' traffic"),
    Permission.READ_POLICIES: _("See patterns, policies and what they prevented"),
    Permission.EVALUATE_POLICIES: _("Ask the policies, the limits and the routing before a call"),
    Permission.MANAGE_POLICIES: _("Rewrite, override and switch off policies"),
    Permission.READ_LOGS: _("See the history of what is shown on a page"),
    Permission.READ_AUDIT: _("Read who changed what in the whole tenant"),
    Permission.READ_INTEGRATIONS: _("See integrations, their health, use and limits"),
    Permission.WRITE_INTEGRATIONS: _("Test an integration that is there"),
    Permission.MANAGE_INTEGRATIONS: _(
        "Set up, change, switch and delete integrations; credentials"
    ),
    Permission.EXECUTE_TOOLS: _("Call tools of MCP servers, as far as their rules allow"),
    Permission.EXECUTE_CONNECTORS: _("Call through connectors, what an admin set up there"),
    Permission.WRITE_USAGE: _("Report what calls used"),
    Permission.READ_USERS: _("See who is a member"),
    Permission.WRITE_USERS: _("Add and remove members, change roles, make and revoke tokens"),
    Permission.MANAGE_USERS: _("See which API tokens there are"),
    Permission.MANAGE_SETTINGS: _("Change the tenant's settings, its channels and rules"),
}
SYSTEM_LABEL: Final = _("The console itself")


@dataclass(frozen=True)
class Column:
    """Whose rights a column shows; `is_own` if they are the reader's."""

    label: str
    rules: Sequence[str]
    is_own: bool = False


@dataclass(frozen=True)
class Cell:
    """Whether the permission is held, and by which rule."""

    label: str
    allowed: bool
    rule: str


@dataclass(frozen=True)
class Line:
    """One permission, and whether each column has it."""

    permission: Permission
    words: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Matrix:
    """A table of permissions by holders."""

    columns: Sequence[Column]
    lines: Sequence[Line]


def of_roles(own: Role | None) -> Matrix:
    """Every permission by role; the column of the reader's own role is marked."""
    labels = {role.value: role.capitalize() for role in Role} | {SYSTEM: SYSTEM_LABEL}
    columns = [Column(label, RULES[role], is_own=role == own) for role, label in labels.items()]
    return Matrix(columns, [_line(permission, labels) for permission in Permission])


def of_scopes() -> Matrix:
    """What a token of each scope may do by itself; `decide` lends its person's rights instead."""
    labels = {scope.value: scope.value for scope in Scope if scope != Scope.DECIDE}
    lines = [_line(permission, labels) for permission in Permission]
    columns = [Column(label, RULES[scope]) for scope, label in labels.items()]
    return Matrix(columns, [line for line in lines if any(cell.allowed for cell in line.cells)])


def _line(permission: Permission, labels: Mapping[str, str]) -> Line:
    decisions = [(label, decide_on([holder], permission)) for holder, label in labels.items()]
    cells = [Cell(label, found.allowed, found.matched_rule) for label, found in decisions]
    return Line(permission, WORDS[permission], cells)
