"""Message templates, signature version 2: which failures are the same one with other values."""

from loops.domain.matching.catalogue import Catalogue
from loops.domain.matching.choice import Candidate, Match, RunnerUp, best
from loops.domain.matching.keys import (
    COMMON,
    EXACT,
    MAX_KEYS,
    index_keys,
    lookup_keys,
    worth_loading,
)
from loops.domain.matching.masking import WILD
from loops.domain.matching.reading import Reading, read
from loops.domain.matching.scoring import weigh
from loops.domain.matching.template import VERSION, Slot, Template, signature_hash

__all__ = [
    "COMMON",
    "EXACT",
    "MAX_KEYS",
    "VERSION",
    "WILD",
    "Candidate",
    "Catalogue",
    "Match",
    "Reading",
    "RunnerUp",
    "Slot",
    "Template",
    "best",
    "index_keys",
    "lookup_keys",
    "read",
    "signature_hash",
    "weigh",
    "worth_loading",
]
