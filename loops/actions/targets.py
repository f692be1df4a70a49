"""What the console calls for a tenant, its endpoint and its channels: the secrets that sign what is
sent there, and tests that somebody sends by hand."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from loops.domain.executions import SECRET_BYTES, secret_text
from loops.models import NotificationChannel, WebhookEndpoint
from m25console.refusals import check_pause
from m25console.resealing import Sealed, column_of
from m25console.sealing import seal, unseal

type Target = WebhookEndpoint | NotificationChannel

PREVIOUS_SIGNS_FOR: Final = timedelta(hours=24)
# A secret opens only for what it was sealed for.
_PURPOSES: Final[Mapping[type[Any], str]] = {
    WebhookEndpoint: "webhook signing secret",
    NotificationChannel: "notification channel",
}


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def sealed_for(target: Target, secret: bytes) -> bytes:
    """The secret, encrypted for this kind of target of this tenant."""
    return seal(secret, tenant_id=target.tenant_id, purpose=_PURPOSES[type(target)])


def sealed() -> Sequence[Sealed]:
    """Where these secrets are kept."""
    return [
        column_of(model, column, purpose=purpose)
        for model, purpose in _PURPOSES.items()
        for column in ("sealed_secret", "sealed_previous")
    ]


def rotate(target: Target, *, now: datetime) -> str:
    """Give a locked target a new signing secret, shown only now, and save it; for a day the one
    before it signs as well."""
    fresh = new_secret()
    target.sealed_previous, target.previous_until = target.sealed_secret, now + PREVIOUS_SIGNS_FOR
    target.sealed_secret, target.updated_at = sealed_for(target, fresh), now
    target.save(update_fields=["sealed_secret", "sealed_previous", "previous_until", "updated_at"])
    return secret_text(fresh)


def secrets_of(target: Target, *, now: datetime) -> tuple[bytes, ...]:
    """The secrets in use at this moment, the newest first; none where there are none.

    Raises CannotUnseal if the master key is another than the one they were sealed with.
    """
    sealed = [target.sealed_secret]
    if target.previous_until and now < target.previous_until:
        sealed.append(target.sealed_previous)
    purpose = _PURPOSES[type(target)]
    return tuple(
        unseal(bytes(one), tenant_id=target.tenant_id, purpose=purpose) for one in sealed if one
    )


def begin_test(target: Target, *, every: timedelta, now: datetime) -> None:
    """Note on a locked target that a test is sent. Raises TooMany right after another."""
    check_pause(target.tested_at, least=every, now=now, told="A test was sent")
    target.tested_at, target.test_result = now, None
    target.save(update_fields=["tested_at", "test_result"])


def in_this_test(target: Target) -> QuerySet[Any]:
    """The target's row, unless another test of it was begun since."""
    return type(target)._default_manager.filter(pk=target.pk, tested_at=target.tested_at)
