"""A pattern's own remedy: what the loop suggests for its next incidents."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from loops.domain.states import ActionType
from loops.models import FailurePattern
from m25console import audit
from m25console.access import Actor, check_administers, check_reviews
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found

MAX_PARAMS: Final = 4096  # bytes as JSON
CHOICES: Final = tuple(
    one for one in ActionType if one not in (ActionType.NONE, ActionType.UNKNOWN)
)


@dataclass(frozen=True)
class Remedy:
    """What to suggest (nothing: the usual for the error type), and whether to apply it alone."""

    action: ActionType | None
    params: Mapping[str, Any]
    applies_alone: bool

    @property
    def template(self) -> dict[str, Any] | None:
        if self.action is None:
            return None
        return {"action_type": self.action.value, "action_params": dict(self.params)}


class StaleRemedy(WrongState):
    """The remedy that was shown is not the one that would be replaced."""

    code = "stale_remedy"


@transaction.atomic
def set_remedy(
    *, pattern_id: str, remedy: Remedy, seen: str, by: Actor, now: datetime
) -> FailurePattern:
    """Change what is suggested from now on; recoveries already suggested stay as they are.

    `seen` is the digest of the remedy the change was made to, empty to skip the comparison.
    Raises NotPermitted, NotFound, InvalidInput or StaleRemedy, having changed nothing.
    """
    check_reviews(by)
    _check_params(remedy)
    mine = FailurePattern.objects.for_tenant(by.tenant).locked()
    pattern = found(mine, pattern_id, noun="pattern")
    if seen and seen != digest(pattern):
        raise StaleRemedy("Somebody changed this remedy since you read it. Read it again.")
    if remedy.applies_alone != pattern.auto_apply_recovery:
        check_administers(by)
    before = _told(pattern)
    pattern.recovery_template = remedy.template
    pattern.auto_apply_recovery = remedy.applies_alone
    pattern.updated_at = now
    pattern.save(update_fields=["recovery_template", "auto_apply_recovery", "updated_at"])
    audit.record(
        by=by, action="pattern.remedy", about=pattern, before=before, after=_told(pattern), now=now
    )
    return pattern


def digest(pattern: FailurePattern) -> str:
    """Differs as soon as the pattern's remedy does."""
    text = json.dumps(_told(pattern), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _told(pattern: FailurePattern) -> dict[str, Any]:
    return {
        "recovery_template": pattern.recovery_template,
        "auto_apply_recovery": pattern.auto_apply_recovery,
    }


def _check_params(remedy: Remedy) -> None:
    if len(json.dumps(dict(remedy.params)).encode()) > MAX_PARAMS:
        sentence = f"The parameters may have up to {MAX_PARAMS // 1024} KiB."
        raise InvalidInput(sentence, fields={"params": [sentence]})
