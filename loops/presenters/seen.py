"""What a page showed: sealed into its form, so that it comes back as it was, and told later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing

from loops.models import HumanCheckpoint
from loops.presenters.contracts import Change, differences
from loops.presenters.decision_figures import Weighed

SALT: Final = "decision-seen"
MOST: Final = 100_000  # characters of a seal; a longer one is not read


@dataclass(frozen=True)
class Seen:
    """What a page showed of one checkpoint."""

    digest: str
    subject: Mapping[str, Any]
    page: Mapping[str, Any]  # its figures and warnings, in words


def sealed(
    checkpoint: HumanCheckpoint, subject: Mapping[str, Any], weighed: Weighed, *, digest: str
) -> str:
    """What the page shows, as text that only this console can have written."""
    shown = {
        "id": checkpoint.pk,
        "digest": digest,
        "subject": dict(subject),
        "figures": [list(one) for one in weighed.figures()],
        "warnings": weighed.warnings(),
    }
    return signing.dumps(shown, salt=SALT, compress=True)


def unsealed(text: str, *, checkpoint_id: str) -> Seen | None:
    """What the page showed; None for a seal that is missing, broken or another checkpoint's."""
    try:
        shown = signing.loads(text[:MOST], salt=SALT)
    except signing.BadSignature:
        return None
    if shown["id"] != checkpoint_id:
        return None
    page = {"figures": shown["figures"], "warnings": shown["warnings"]}
    return Seen(shown["digest"], shown["subject"], page)


def changes_since(seen: Seen, subject: Mapping[str, Any]) -> list[Change]:
    """What is not any more as the page showed it; `asked` is what was seen."""
    return differences(seen.subject, subject)
