"""Platform staff's view of the loop. It is for reading: the console's own pages change things,
because there the rules are checked and the audit is written. Only the catalogue of recovery
actions is kept here.

Lists are ordered by what an index serves, which for the large tables begins with the tenant.
"""

from loops.admin import (
    audit,
    bulk,
    checkpoints,
    evaluations,
    executions,
    figures,
    graduation,
    incidents,
    learned,
    loops,
    notifications,
    operations,
    pattern_merges,
    policies,
    recoveries,
    reviewing,
    routing,
    timeline,
)

__all__ = [
    "audit",
    "bulk",
    "checkpoints",
    "evaluations",
    "executions",
    "figures",
    "graduation",
    "incidents",
    "learned",
    "loops",
    "notifications",
    "operations",
    "pattern_merges",
    "policies",
    "recoveries",
    "reviewing",
    "routing",
    "timeline",
]
