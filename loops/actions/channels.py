"""The ways by which a tenant and its people are told: setting up, changing, removing, testing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from loops.actions import targets
from loops.domain.executions import secret_text
from loops.domain.notifications import PERSONAL
from loops.domain.states import ChannelKind, Event, Risk
from loops.models import NotificationChannel
from m25console import audit, destinations
from m25console.access import Actor, check_administers
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.rows import hold

TEST_EVERY: Final = timedelta(seconds=10)
MOST_EACH: Final = 10  # of a tenant, and of each of its people
MAX_NAME: Final = 80


@dataclass(frozen=True)
class Wanted:
    """A channel as somebody wants it. An empty address keeps the one it has."""

    kind: ChannelKind
    name: str
    address: str
    events: Sequence[str]
    least_risk: int = Risk.LOW
    is_enabled: bool = True


@transaction.atomic
def add(
    *, wanted: Wanted, is_personal: bool, by: Actor, now: datetime
) -> tuple[NotificationChannel, str]:
    """A new channel and, of a webhook, its signing secret, shown only now.

    A personal one is the actor's own, any other the tenant's. Raises NotPermitted, InvalidInput,
    or WrongState where there are too many.
    """
    _check_may_add(by, is_personal=is_personal)
    _check(wanted, is_personal=is_personal, is_new=True)
    hold(by.tenant)
    person = by.user if is_personal else None
    if NotificationChannel.objects.for_tenant(by.tenant).filter(person=person).count() >= MOST_EACH:
        raise WrongState(f"There are {MOST_EACH} channels already; remove one first.")
    signing = targets.new_secret() if wanted.kind is ChannelKind.WEBHOOK else b""
    row = NotificationChannel(
        tenant=by.tenant, person=person, kind=wanted.kind, created_at=now, updated_at=now
    )
    _fill(row, wanted, signing=signing)
    row.save(force_insert=True)
    audit.record(by=by, action="channel.created", about=row, after=_told(row), now=now)
    return row, secret_text(signing) if signing else ""


@transaction.atomic
def change(*, channel_id: str, wanted: Wanted, by: Actor, now: datetime) -> NotificationChannel:
    """Set everything but its kind. Raises NotFound, NotPermitted or InvalidInput."""
    row = _locked(channel_id, by)
    wanted = Wanted(
        ChannelKind(row.kind), wanted.name, wanted.address, wanted.events, wanted.least_risk,
        wanted.is_enabled,
    )  # fmt: skip
    _check(wanted, is_personal=row.person_id is not None, is_new=False)
    before = _told(row)
    _fill(row, wanted)
    row.updated_at = now
    row.save()
    audit.record(
        by=by, action="channel.changed", about=row, before=before, after=_told(row), now=now
    )
    return row


@transaction.atomic
def remove(*, channel_id: str, by: Actor, now: datetime) -> None:
    """Use it no more; what it sent stays in the log. Raises NotFound or NotPermitted."""
    row = _locked(channel_id, by)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    audit.record(by=by, action="channel.removed", about=row, before=_told(row), now=now)


@transaction.atomic
def rotate_secret(*, channel_id: str, by: Actor, now: datetime) -> str:
    """A new signing secret of a webhook, shown only now; for a day the one before it signs as well.

    Raises NotFound, NotPermitted, or WrongState for a channel that signs nothing.
    """
    row = _locked(channel_id, by)
    check_rotate(row)
    secret = targets.rotate(row, now=now)
    audit.record(by=by, action="channel.secret_rotated", about=row, after=_told(row), now=now)
    return secret


def check_rotate(row: NotificationChannel) -> None:
    """Whether it has a signing secret to replace."""
    if row.kind != ChannelKind.WEBHOOK:
        raise WrongState("Only a signed webhook has a secret of its own to replace.")


@transaction.atomic
def begin_test(*, channel_id: str, by: Actor, now: datetime) -> NotificationChannel:
    """Leave to send a test. Raises NotFound, NotPermitted, or TooMany right after another."""
    row = _locked(channel_id, by)
    targets.begin_test(row, every=TEST_EVERY, now=now)
    audit.record(by=by, action="channel.tested", about=row, now=now)
    return row


def end_test(row: NotificationChannel, *, result: dict[str, Any], fault: str) -> None:
    """Keep what the test came to, unless another was begun since."""
    told: dict[str, Any] = {"test_result": result, "fault": fault}
    targets.in_this_test(row).update(**told if fault else told | {"failures": 0})


def channel_of(channel_id: str, by: Actor) -> NotificationChannel:
    """The channel, if this actor may use it: one's own, or the tenant's by an admin.

    Raises NotFound, or NotPermitted for the tenant's.
    """
    mine = NotificationChannel.objects.for_tenant(by.tenant).filter(pk=channel_id)
    row = mine.first()
    if row is None or (row.person_id is not None and row.person_id != _id_of(by)):
        raise NotFound("There is no such channel.")
    if row.person_id is None:
        check_administers(by)
    return row


def _locked(channel_id: str, by: Actor) -> NotificationChannel:
    found = channel_of(channel_id, by)
    row = NotificationChannel.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if row.removed_at:
        raise NotFound("There is no such channel.")
    return row


def _id_of(by: Actor) -> int | None:
    return by.user.pk if by.user else None


def _check_may_add(by: Actor, *, is_personal: bool) -> None:
    if not is_personal:
        check_administers(by)
    elif by.user is None:
        raise NotPermitted("A machine has no channels of its own.")


def _check(wanted: Wanted, *, is_personal: bool, is_new: bool) -> None:
    wrong: dict[str, list[str]] = {}
    if not wanted.name.strip() or len(wanted.name) > MAX_NAME:
        wrong["name"] = [f"Give it a name of at most {MAX_NAME} characters."]
    offered = set(Event) if is_personal else set(Event) - PERSONAL
    if not wanted.events or not set(wanted.events) <= {one.value for one in offered}:
        wrong["events"] = ["Choose at least one thing to be told of, of those offered."]
    if wanted.least_risk not in set(Risk):
        wrong["least_risk"] = ["Choose one of the risks offered."]
    if (wanted.address or is_new) and (fault := _fault_of_address(wanted)):
        wrong["address"] = [fault]
    if wrong:
        raise InvalidInput.of(wrong)


def _fault_of_address(wanted: Wanted) -> str:
    try:
        if wanted.kind is ChannelKind.EMAIL:
            validate_email(wanted.address)
        else:
            destinations.target_of(wanted.address)
    except ValidationError:
        return "Enter an e-mail address, such as name@example.org."
    except destinations.ForbiddenTarget as forbidden:
        return str(forbidden)
    return ""


def _fill(row: NotificationChannel, wanted: Wanted, *, signing: bytes = b"") -> None:
    row.name, row.is_enabled = wanted.name.strip(), wanted.is_enabled
    row.events, row.least_risk = sorted(set(wanted.events)), wanted.least_risk
    if signing:
        row.sealed_secret = targets.sealed_for(row, signing)
    if not wanted.address:
        return
    row.fault = ""
    row.address = wanted.address
    if wanted.kind is ChannelKind.SLACK:
        # Whoever knows the whole of it may write there.
        row.sealed_secret = targets.sealed_for(row, wanted.address.encode())
        row.address = f"https://{urlsplit(wanted.address).netloc}/…"


def _told(row: NotificationChannel) -> dict[str, Any]:
    return {
        "kind": str(row.kind),
        "name": row.name,
        "address": row.address,
        "events": row.events,
        "least_risk": int(row.least_risk),
        "is_enabled": row.is_enabled,
        "previous_secret_until": row.previous_until.isoformat() if row.previous_until else None,
    }
