"""Stored credentials: what is told of them, who reads them, and a new secret. Admins only."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.actions import credentials
from integrations.domain.hygiene import Concern
from integrations.domain.states import Accessor, CredentialKind
from integrations.engine import keeping
from integrations.forms.credentials import KINDS, AboutForm, SecretForm
from integrations.models import Credential
from integrations.presenters import credentials as shown
from integrations.presenters import hygiene
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

TILES: Final = (Concern.EXPIRED, Concern.EXPIRING, Concern.DUE)
LIST: Final = "integrations/credentials/list.html"
NEW: Final = "integrations/credentials/new.html"
ONE: Final = "integrations/credentials/credential.html"


@never_cache
@require_safe
def credential_list(request: HttpRequest) -> HttpResponse:
    """All of them, the newest first."""
    actor = actor_of(request)
    check_connects(actor)
    place, now = keyset.place_in(request.GET), timezone.now()
    stands = hygiene.of(actor, now=now)
    page, rows = shown.credential_list(actor, used=stands.used, place=place, now=now)
    tiles = [one for one in stands.tabs() if one.concern in TILES]
    context = {"rows": rows, "tiles": tiles, **keyset.links(request.GET, page)}
    return render(request, LIST, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Store a secret of the kind the address names, an API key by default."""
    actor = actor_of(request)
    check_connects(actor)
    wanted = request.GET.get("kind", "")
    kind = CredentialKind(wanted) if wanted in set(CredentialKind) else CredentialKind.API_KEY
    data = request.POST if request.method == "POST" else None
    about = AboutForm(data, initial={"readers": [Accessor.SYSTEM]})
    secret = SecretForm(data, kind=kind)
    if data is not None and about.is_valid() and secret.is_valid():
        try:
            row = keeping.store(
                kind=kind, secret=secret.secret(), about=about.about(), by=actor,
                now=timezone.now(),
            )  # fmt: skip
        except (InvalidInput, WrongState) as refused:
            tell(about, refused)
        else:
            messages.success(request, f"“{row.name}” is stored. Nobody sees the secret again.")
            return redirect("integrations:credential", row.pk)
    faulty = data is not None
    context = {"about": about, "secret": secret, "kind": kind, "kinds": KINDS.items()}
    context |= {"words": KINDS[kind]}
    return render(request, NEW, context, status=422 if faulty else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def credential(request: HttpRequest, credential_id: str) -> HttpResponse:
    """One of them; a POST changes what is told of it and who may read it."""
    actor = actor_of(request)
    row = _found(actor, credential_id)
    data = request.POST if request.method == "POST" else None
    form = AboutForm(data, initial=shown.as_form(row))
    if data is not None and form.is_valid():
        try:
            credentials.change(
                credential_id=row.pk, about=form.about(), by=actor, now=timezone.now()
            )
        except (InvalidInput, WrongState) as refused:
            tell(form, refused)
        else:
            messages.success(request, "Saved.")
            return redirect("integrations:credential", row.pk)
    return _show(request, row, about=form)


@never_cache
@require_POST
def rotate(request: HttpRequest, credential_id: str) -> HttpResponse:
    """Replace the secret."""
    actor = actor_of(request)
    row = _found(actor, credential_id)
    form = SecretForm(request.POST, kind=CredentialKind(row.kind))
    if form.is_valid():
        try:
            keeping.rotate(credential_id=row.pk, secret=form.secret(), by=actor, now=timezone.now())
        except InvalidInput as refused:
            tell(form, refused)
        else:
            messages.success(request, "Replaced. What refers to it reads the new secret from now.")
            return redirect("integrations:credential", row.pk)
    return _show(request, row, secret=form)


@require_POST
def delete(request: HttpRequest, credential_id: str) -> HttpResponse:
    """Destroy the secret."""
    actor = actor_of(request)
    row = _found(actor, credential_id)
    keeping.delete(credential_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is deleted, its secret destroyed.")
    return redirect("integrations:credentials")


def _show(
    request: HttpRequest,
    row: Credential,
    *,
    about: AboutForm | None = None,
    secret: SecretForm | None = None,
) -> HttpResponse:
    context = {
        "page": shown.credential_page(row, now=timezone.now()),
        "about": about or AboutForm(initial=shown.as_form(row)),
        "secret": secret or SecretForm(kind=CredentialKind(row.kind)),
    }
    faulty = bool(about and about.errors) or bool(secret and secret.errors)
    return render(request, ONE, context, status=422 if faulty else 200)


def _found(actor: Actor, credential_id: str) -> Credential:
    mine = Credential.objects.for_tenant(actor.tenant).select_related("tenant", "created_by")
    row = get_object_or_404(mine, pk=credential_id)
    check_connects(actor)
    return row
