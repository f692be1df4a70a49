"""Stored credentials: what is told of them, and new secrets; none is ever given out."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from integrations.actions import credentials
from integrations.api.shapes.credentials import AboutIn, CredentialIn, CredentialOut, SecretIn
from integrations.engine import keeping
from integrations.models import Credential
from m25console.access import Actor, actor_of, check_connects
from m25console.api.bearer import DECIDES
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

CREDENTIALS: Final = Listing("credentials", Order())
BODY: Final = 512 * 1024  # bytes: twenty parts of the longest
router = Router(tags=["credentials"])


@router.get("/credentials", auth=DECIDES, response={200: Page[CredentialOut], **refusals(400, 422)})
def list_credentials(request: HttpRequest, paging: Query[Paging]) -> Page[CredentialOut]:
    """What is told of each, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    check_connects(actor)
    rows = Credential.objects.for_tenant(actor.tenant)
    return page_of(rows, CredentialOut, listing=CREDENTIALS, paging=paging, request=request)


@router.post(
    "/credentials",
    auth=DECIDES,
    response={201: CredentialOut, **refusals(409, 413, 415, 422, 503)},
    openapi_extra=body_of(CredentialIn),
)
def store(request: HttpRequest) -> Status[Credential]:
    """Store a secret in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    told = read_model(request, CredentialIn, limit=BODY)
    row = keeping.store(
        kind=told.kind, secret=told.secret, about=told.about(), by=actor, now=timezone.now()
    )
    return Status(201, row)


@router.get(
    "/credentials/{credential_id}", auth=DECIDES, response={200: CredentialOut, **refusals(404)}
)
def detail(request: HttpRequest, credential_id: str) -> Credential:
    """What is told of one, in the name of an admin. Needs the scope `decide`."""
    return _found(actor_of(request), credential_id)


@router.put(
    "/credentials/{credential_id}",
    auth=DECIDES,
    response={200: CredentialOut, **refusals(404, 409, 413, 415, 422)},
    openapi_extra=body_of(AboutIn),
)
def change(request: HttpRequest, credential_id: str) -> Credential:
    """Set what is told of one and who may read it, in the name of an admin. Needs the scope
    `decide`."""
    actor = actor_of(request)
    row = _found(actor, credential_id)
    about = read_model(request, AboutIn).about()
    return credentials.change(credential_id=row.pk, about=about, by=actor, now=timezone.now())


@router.post(
    "/credentials/{credential_id}/rotate",
    auth=DECIDES,
    response={200: CredentialOut, **refusals(404, 413, 415, 422, 503)},
    openapi_extra=body_of(SecretIn),
)
def rotate(request: HttpRequest, credential_id: str) -> Credential:
    """Replace the secret, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, credential_id)
    secret = read_model(request, SecretIn, limit=BODY).secret
    return keeping.rotate(credential_id=row.pk, secret=secret, by=actor, now=timezone.now())


@router.delete("/credentials/{credential_id}", auth=DECIDES, response={204: None, **refusals(404)})
def delete(request: HttpRequest, credential_id: str) -> Status[None]:
    """Destroy the secret, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, credential_id)
    keeping.delete(credential_id=row.pk, by=actor, now=timezone.now())
    return Status(204, None)


def _found(actor: Actor, credential_id: str) -> Credential:
    check_connects(actor)
    return found(Credential.objects.for_tenant(actor.tenant), credential_id, noun="credential")
