"""API tokens: their written form, making and revoking them, and who is behind one.

A token reads `m25_PREFIX_SECRET`, base 62. The prefix finds its row and may be shown; the last
six characters of the secret are a checksum of all before them, so a mistyped token is refused
without asking the database. The secret carries 202 random bits, so a fast digest is enough.
"""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from django.db import transaction
from django.db.models import Q

from m25console import audit
from m25console.access import Actor, Denied, check_may
from m25console.bearers import Bearer, bearer_of
from m25console.models import ApiToken, User
from m25console.refusals import InvalidInput, NotFound, NotSignedIn, WrongState
from m25console.rights import ASKED_BY, Permission, decide_on
from m25console.vocabulary import Door, Role, Scope

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX_LENGTH: Final = 8
_RANDOM_LENGTH: Final = 34
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(
    rf"m25_([0-9A-Za-z]{{{_PREFIX_LENGTH}}})_[0-9A-Za-z]{{{_RANDOM_LENGTH + _CHECKSUM_LENGTH}}}"
)
USE_RECORDED_EVERY: Final = timedelta(minutes=1)
UNKNOWN = "This API token is not known here."
NO_REVIEWER: Final = "The person this token decides for is no longer a reviewer here."


def authenticate(token: str, *, scope: Scope, now: datetime, for_any_member: bool = False) -> Actor:
    """The actor behind `token`, which must carry `scope`; one query, and none for a typo.

    Once a minute the use is recorded with a second one. Raises NotSignedIn for a token that is
    malformed, unknown, expired or revoked, NotPermitted for one that lacks the scope, or whose
    person may not decide: with `for_any_member`, only if they are no member any more.
    """
    bearer = _bearer(token, now=now)
    scopes = frozenset(Scope(one) for one in bearer.token.scopes)
    actor = _actor(bearer, scopes=scopes)
    check_carries(actor, scope)
    if scope == Scope.DECIDE and not (actor.user and for_any_member):
        check_may(actor, Permission.DECIDE_RUNS, sentence=NO_REVIEWER)
    _record_use(bearer, now=now)
    return actor


def check_carries(actor: Actor, scope: Scope) -> None:
    """Raises Denied unless the token behind `actor` has the scope."""
    decision = decide_on(actor.scopes, ASKED_BY[scope])
    if not decision.allowed:
        told = f"This API token lacks the scope {scope}."
        raise Denied(told, actor=actor, decision=decision)


@transaction.atomic
def issue(
    *,
    name: str,
    scopes: Collection[Scope],
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
    decides_for: User | None = None,
) -> tuple[ApiToken, str]:
    """A new token of the actor's tenant: its row, and the token itself, shown only now.

    `decides_for` answers for decisions made with it, the actor unless given. Raises
    NotPermitted unless an admin or the console asks, InvalidInput for no scope or no person.
    """
    check_may(by, Permission.WRITE_USERS)
    person = decides_for or by.user
    if not scopes:
        raise InvalidInput("Choose at least one scope.", fields={"scopes": ["Choose one."]})
    if Scope.DECIDE in scopes and person is None:
        raise InvalidInput("A token that decides needs a person who answers for it.")
    prefix, token = _new_token()
    row = ApiToken(tenant=by.tenant, name=name, prefix=prefix, digest=_digest(token))
    row.scopes, row.created_by = sorted(scopes), person
    row.created_at, row.expires_at = now, expires_at
    row.save(force_insert=True)
    audit.record(by=by, action="token.created", about=row, after=_told(row), now=now)
    return row, token


@transaction.atomic
def revoke(*, token_id: str, by: Actor, now: datetime) -> ApiToken:
    """End a token of the actor's tenant at once.

    Raises NotPermitted, NotFound, or WrongState if it is revoked already.
    """
    check_may(by, Permission.WRITE_USERS)
    row = ApiToken.objects.for_tenant(by.tenant).select_for_update().filter(pk=token_id).first()
    if row is None:
        raise NotFound("There is no such API token.")
    if row.revoked_at is not None:
        raise WrongState("This API token is revoked already.")
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    audit.record(by=by, action="token.revoked", about=row, before=_told(row), now=now)
    return row


def _told(row: ApiToken) -> dict[str, object]:
    expires = row.expires_at.isoformat() if row.expires_at else None
    return {"name": row.name, "prefix": row.prefix, "scopes": row.scopes, "expires_at": expires}


def _new_token() -> tuple[str, str]:
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    body = f"m25_{prefix}_{secret}"
    return prefix, body + _checksum(body)


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _bearer(token: str, *, now: datetime) -> Bearer:
    form = _FORM.fullmatch(token)
    if form is None or _checksum(token[:-_CHECKSUM_LENGTH]) != token[-_CHECKSUM_LENGTH:]:
        raise NotSignedIn("This is not an API token; check that it was copied whole.")
    bearer = bearer_of(form[1])
    if bearer is None or not compare_digest(bearer.token.digest, _digest(token)):
        raise NotSignedIn(UNKNOWN)
    if bearer.token.revoked_at is not None or not bearer.tenant.is_active:
        raise NotSignedIn("This API token is revoked.")
    if bearer.token.expires_at is not None and bearer.token.expires_at <= now:
        raise NotSignedIn("This API token has expired.")
    return bearer


def _actor(bearer: Bearer, *, scopes: frozenset[Scope]) -> Actor:
    """Decisions are made in the creator's own role, whatever it is by now; reads as a viewer."""
    person = bearer.person
    decides = (
        Scope.DECIDE in scopes
        and person is not None
        and person.is_active
        and bearer.role is not None
    )
    reads = Role.VIEWER if Scope.READ in scopes else None
    return Actor(
        tenant=bearer.tenant,
        user=person if decides else None,
        role=Role(bearer.role) if decides and bearer.role else reads,
        door=Door.API,
        label=f"{person} (token {bearer.token.name})" if decides else f"token {bearer.token.name}",
        scopes=scopes,
        token_id=bearer.token.pk,
    )


def _record_use(bearer: Bearer, *, now: datetime) -> None:
    due = now - USE_RECORDED_EVERY
    if bearer.token.last_used_at is not None and bearer.token.last_used_at > due:
        return
    unrecorded = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
    ApiToken.objects.filter(unrecorded, pk=bearer.token.pk).update(last_used_at=now)
