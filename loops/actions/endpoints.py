"""Where a tenant wants its recoveries carried out, and the secret that signs what is sent."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from loops.actions import targets
from loops.domain.executions import secret_text
from loops.models import WebhookEndpoint
from m25console import audit, destinations
from m25console.access import Actor, check_administers
from m25console.refusals import InvalidInput, NotFound

TEST_EVERY: Final = timedelta(seconds=5)


@transaction.atomic
def set_up(
    *, url: str, is_enabled: bool, by: Actor, now: datetime
) -> tuple[WebhookEndpoint, str | None]:
    """Set the tenant's endpoint; the first time, with its signing secret, shown only now.

    Raises NotPermitted, or InvalidInput for an address that may not be called.
    """
    check_administers(by)
    _check_url(url)
    fresh = targets.new_secret()
    made = WebhookEndpoint(
        tenant=by.tenant, url=url, is_enabled=is_enabled, created_at=now, updated_at=now
    )
    made.sealed_secret = targets.sealed_for(made, fresh)
    # Two admins may be the first at once: one row is made, and both then change it in turn.
    WebhookEndpoint.objects.bulk_create([made], ignore_conflicts=True)
    row = _locked(by)
    is_new = bytes(row.sealed_secret) == made.sealed_secret
    before = None if is_new else _told(row)
    row.url, row.is_enabled, row.updated_at = url, is_enabled, now
    row.save(update_fields=["url", "is_enabled", "updated_at"])
    action = "webhook_endpoint.created" if is_new else "webhook_endpoint.changed"
    audit.record(by=by, action=action, about=row, before=before, after=_told(row), now=now)
    return row, secret_text(fresh) if is_new else None


@transaction.atomic
def rotate_secret(*, by: Actor, now: datetime) -> str:
    """A new signing secret, shown only now; for a day the one before it signs as well.

    Raises NotPermitted, or NotFound if no endpoint is set up.
    """
    check_administers(by)
    row = _locked(by)
    secret = targets.rotate(row, now=now)
    audit.record(
        by=by, action="webhook_endpoint.secret_rotated", about=row, after=_told(row), now=now
    )
    return secret


@transaction.atomic
def begin_test(*, by: Actor, now: datetime) -> WebhookEndpoint:
    """Leave to send a test. Raises NotPermitted, NotFound, or TooMany right after another."""
    check_administers(by)
    row = _locked(by)
    targets.begin_test(row, every=TEST_EVERY, now=now)
    audit.record(by=by, action="webhook_endpoint.tested", about=row, now=now)
    return row


def end_test(row: WebhookEndpoint, *, result: dict[str, Any]) -> None:
    """Keep what the test came to, unless another was begun since."""
    targets.in_this_test(row).update(test_result=result)


def _locked(by: Actor) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.select_for_update().filter(tenant=by.tenant).first()
    if row is None:
        raise NotFound("No endpoint is set up yet.")
    return row


def _check_url(url: str) -> None:
    try:
        destinations.target_of(url)
    except destinations.ForbiddenTarget as forbidden:
        raise InvalidInput(str(forbidden), fields={"url": [str(forbidden)]}) from None


def _told(row: WebhookEndpoint) -> dict[str, Any]:
    ends = row.previous_until.isoformat() if row.previous_until else None
    return {"url": row.url, "is_enabled": row.is_enabled, "previous_secret_until": ends}
