"""What a rule of the ledger is, and what breaks one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.apps import apps

# In a query, MINE(x) stands for "row x belongs to the tenant asked for, if one was".
_MINE: Final = re.compile(r"MINE\((\w)\)")
_OF_TENANT: Final = r"(%(tenant)s::text IS NULL OR \1.tenant_id = %(tenant)s)"


@dataclass(frozen=True)
class Rule:
    """`query` selects (object id, detail) of what breaks the rule; %(tenant)s is an id or null."""

    name: str
    sentence: str
    query: str

    @property
    def statement(self) -> str:
        """The query as the database takes it, with every MINE(x) written out."""
        return _MINE.sub(_OF_TENANT, self.query)


@dataclass(frozen=True)
class Violation:
    rule: Rule
    object_id: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.object_id}: {self.detail}"


def declared() -> Sequence[Rule]:
    """The rules of every app, each told as `ledger_rules()` on its AppConfig."""
    return [
        rule
        for config in apps.get_app_configs()
        if (told := getattr(config, "ledger_rules", None)) is not None
        for rule in told()
    ]
