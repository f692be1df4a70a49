"""What happened to a list of checkpoints since it was rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from loops.models import HumanCheckpoint
from loops.presenters.queue_filters import Filters, wanted
from m25console.access import Actor


@dataclass(frozen=True)
class News:
    """What happened to a list since it was rendered."""

    new: int
    decided: int
    at_most: int = 99

    @property
    def text(self) -> str:
        """Such as "4 new, 1 decided"; empty if nothing happened."""
        told = [(self.new, "new"), (self.decided, "decided")]
        return ", ".join(f"{self._number(count)} {word}" for count, word in told if count)

    def _number(self, count: int) -> str:
        return f"{self.at_most}+" if count > self.at_most else str(count)


def moment_in(query: Mapping[str, str], *, otherwise: datetime) -> datetime:
    """The moment that `since` names, in UTC; `otherwise` if it names none."""
    try:
        moment = datetime.fromisoformat(query.get("since", ""))
        return moment.astimezone(UTC) if moment.tzinfo else otherwise
    except (ValueError, OverflowError):
        return otherwise


def news_since(actor: Actor, filters: Filters, moment: datetime, *, now: datetime) -> News:
    """How many checkpoints of this list are new, and how many were decided, since `moment`."""
    limit = News.at_most + 1
    fresh = wanted(actor, filters, now=now).filter(created_at__gt=moment)
    decided = HumanCheckpoint.objects.for_tenant(actor.tenant).filter(resolved_at__gt=moment)
    return News(new=fresh[:limit].count(), decided=decided[:limit].count())
