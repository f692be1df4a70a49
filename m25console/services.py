"""Service tokens: short-lived signed JWTs by which other systems act in the tenants they name.

A key of `M25_SERVICE_KEYS` signs them (HS256) and its id is in their header, so that keys can be
replaced one after the other. Nothing is stored: such a token ends by itself within an hour, or at
once when its key is taken away. It never decides, since a decision is a person's.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from django.conf import settings
from django.db import transaction

from m25console import audit
from m25console.access import Actor, system_actor
from m25console.ids import new_id
from m25console.models import Tenant
from m25console.refusals import InvalidInput, NotSignedIn, Refusal
from m25console.rights import is_grantable
from m25console.tokens import check_carries
from m25console.vocabulary import Door, Role, Scope

ISSUER: Final = "m25console"
AUDIENCE: Final = "m25console-api"
ALGORITHM: Final = "HS256"
LONGEST: Final = timedelta(hours=1)
MOST_TENANTS: Final = 100
MAX_NAME: Final = 100
CLAIMS: Final = ("iss", "aud", "sub", "iat", "exp", "jti", "tenants", "scopes")
UNKNOWN: Final = "This service token is not one of ours, or has expired."
_FORM: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_TENANT: Final = re.compile(r"ten_[0-9a-f]{16}")


class UnreadableTenant(Refusal):
    """X-Tenant-ID is missing where it is needed, or is no tenant's id."""

    status_code = 400
    code = "bad_tenant"


@dataclass(frozen=True)
class Service:
    """Another system, and what its token lets it do where."""

    name: str
    tenants: tuple[str, ...]
    scopes: frozenset[Scope]


def is_one(token: str) -> bool:
    """Whether this is written as a service token, true or false."""
    return _FORM.fullmatch(token) is not None


def check_names_a_tenant(wanted: str | None) -> None:
    """Raises UnreadableTenant for an X-Tenant-ID that cannot be a tenant's."""
    if wanted is not None and not _TENANT.fullmatch(wanted):
        raise UnreadableTenant("X-Tenant-ID must be a tenant's id, such as ten_0123456789abcdef.")


def authenticate(token: str, *, scope: Scope, tenant_id: str | None) -> Actor:
    """The actor behind `token` in the tenant that X-Tenant-ID names, or in its only one; one query.

    Raises NotSignedIn for a token that is not signed by us, not meant for us, expired, or not for
    this tenant; UnreadableTenant where it cannot be told which; NotPermitted without the scope.
    """
    service = _verified(token)
    check_names_a_tenant(tenant_id)
    if tenant_id is None and len(service.tenants) > 1:
        raise UnreadableTenant("This service acts for several tenants: say which in X-Tenant-ID.")
    wanted = tenant_id or service.tenants[0]
    tenant = Tenant.objects.filter(pk=wanted, is_active=True).first()
    if tenant is None or wanted not in service.tenants:
        raise NotSignedIn("This service token is not for that tenant.")
    actor = Actor(
        tenant=tenant,
        user=None,
        role=Role.VIEWER if Scope.READ in service.scopes else None,
        door=Door.API,
        label=f"service {service.name}",
        scopes=service.scopes,
    )
    check_carries(actor, scope)
    return actor


@transaction.atomic
def issue(
    *,
    name: str,
    tenants: Sequence[Tenant],
    scopes: Collection[str],
    lasts: timedelta,
    now: datetime,
) -> str:
    """A token for another system, signed with the first key; each tenant's audit tells of it.

    Raises InvalidInput without a key, and for a name, lifetime or scope that is not taken.
    """
    _check(name, tenants, scopes, lasts)
    kid, key = next(iter(settings.SERVICE_KEYS.items()))
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": name,
        "iat": int(now.timestamp()),
        "exp": int((now + lasts).timestamp()),
        "jti": new_id("svc"),
        "tenants": [one.pk for one in tenants],
        "scopes": sorted(scopes),
    }
    told = {name: claims[name] for name in ("sub", "jti", "exp", "scopes")} | {"kid": kid}
    for one in tenants:
        by = system_actor(one, label="command line")
        audit.record(by=by, action="service_token.issued", about=one, after=told, now=now)
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid})


def _check(name: str, tenants: Sequence[Tenant], scopes: Collection[str], lasts: timedelta) -> None:
    if not settings.SERVICE_KEYS:
        raise InvalidInput("Set M25_SERVICE_KEYS first (see README.md, Configuration).")
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidInput(f"Give the service a name of at most {MAX_NAME} characters.")
    if not 1 <= len(tenants) <= MOST_TENANTS:
        raise InvalidInput(f"Name between 1 and {MOST_TENANTS} tenants.")
    if not timedelta(0) < lasts <= LONGEST:
        raise InvalidInput("A service token lasts for between one minute and an hour.")
    _check_scopes(scopes)


def _check_scopes(scopes: Collection[str]) -> None:
    refused = [one for one in scopes if not is_grantable(one) or one == Scope.DECIDE]
    if refused or not scopes:
        allowed = ", ".join(one for one in Scope if one != Scope.DECIDE)
        raise InvalidInput(f"A service may have these scopes only: {allowed}.")


def _verified(token: str) -> Service:
    """What the token says, once its signature and every claim hold. Raises NotSignedIn."""
    try:
        kid = str(jwt.get_unverified_header(token).get("kid", ""))
        claims = jwt.decode(
            token,
            settings.SERVICE_KEYS[kid],
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": list(CLAIMS), "strict_aud": True},
        )
        return _service(claims)
    except (jwt.PyJWTError, KeyError, InvalidInput, RecursionError):
        raise NotSignedIn(UNKNOWN) from None


def _service(claims: dict[str, Any]) -> Service:
    tenants, scopes = claims["tenants"], claims["scopes"]
    lists = isinstance(tenants, list) and isinstance(scopes, list)
    if not lists or not all(isinstance(one, str) for one in (*tenants, *scopes)):
        raise InvalidInput(UNKNOWN)
    if not 1 <= len(tenants) <= MOST_TENANTS or not claims["sub"] or len(claims["sub"]) > MAX_NAME:
        raise InvalidInput(UNKNOWN)
    # The library reads numbers in quotes as well, and none of ours has any.
    if not isinstance(claims["exp"], int) or not isinstance(claims["iat"], int):
        raise InvalidInput(UNKNOWN)
    if claims["exp"] - claims["iat"] > LONGEST.total_seconds():
        raise InvalidInput(UNKNOWN)
    _check_scopes(scopes)
    return Service(claims["sub"], tuple(tenants), frozenset(Scope(one) for one in scopes))
