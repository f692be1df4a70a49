"""Who is told of what, and when. Silence and quiet hours are in other modules."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from loops.domain.quiet import QuietHours, ends_at
from loops.domain.states import Event

BUNDLED_FOR: Final = timedelta(minutes=2)  # what comes within it is one message
MAX_TRIES: Final = 4  # the first and three more
WORTH_SENDING: Final = timedelta(days=3)  # what failed longer ago is old news
KEEPS_FAILING: Final = 3  # deliveries in a row after which a channel is said to fail
# Told to the people they name, and to no channel of the tenant.
PERSONAL: Final = frozenset(
    {Event.MENTIONED, Event.DELEGATED, Event.HELD_REFUSED, Event.VOTE_DROPPED}
)
SHARED: Final = frozenset(Event) - PERSONAL
# Of no interest any more once their question is answered.
ASKING: Final = frozenset({Event.ASKED, Event.REMINDED, Event.ESCALATED})
ENDING: Final = frozenset({Event.DECIDED, Event.LAPSED})


def audience(
    event: Event,
    *,
    reviewers: Collection[int],
    admins: Collection[int],
    claimer: int | None,
    named: Collection[int],
    asker: int | None = None,
) -> frozenset[int]:
    """Whose notification centre is told, by their ids.

    A question goes to the reviewers, a reminder to whoever claimed it, what waited too long to the
    admins as well. A tenant without reviewers has its admins asked. Nobody is asked to answer what
    they asked for themselves, and votes are told to nobody.
    """
    members = frozenset(reviewers) | frozenset(admins)
    if event in PERSONAL or event is Event.DECIDED:
        return frozenset(named) & members
    match event:
        case Event.REMINDED if claimer in members:
            return frozenset({claimer}) if claimer is not None else frozenset()
        case Event.LAPSED:
            return (frozenset(reviewers) or frozenset(admins)) | (frozenset(named) & members)
        case Event.ASKED | Event.REMINDED:
            return frozenset(reviewers) - {asker} or frozenset(admins) - {asker}
    return members


def wants(
    event: Event,
    *,
    risk: int | None,
    events: Collection[str],
    least_risk: int,
    is_personal: bool,
) -> bool:
    """Whether a channel is to carry this. What has no risk passes any threshold."""
    if event in PERSONAL and not is_personal:
        return False
    return event in events and (risk is None or risk >= least_risk)


def sent_at(now: datetime, *, is_urgent: bool, quiet: QuietHours | None) -> datetime:
    """When something that is to be told goes out: at once if it is urgent, else with all that
    comes within BUNDLED_FOR, and never in quiet hours."""
    return now if is_urgent else ends_at(now + BUNDLED_FOR, quiet=quiet)
