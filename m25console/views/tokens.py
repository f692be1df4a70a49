"""The tenant's API tokens: list, create, revoke. Admins only."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from m25console import tokens
from m25console.access import actor_of, check_may
from m25console.forms import SCOPE_CHOICES, TokenForm
from m25console.models import ApiToken
from m25console.rights import Permission
from m25console.vocabulary import Scope

SHOWN_AT_MOST = 200


@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """The page, and on POST a new token. The token is in that one answer and nowhere else."""
    actor = actor_of(request)
    check_may(actor, Permission.MANAGE_USERS)
    now = timezone.now()
    form = TokenForm(request.POST or None)
    shown = created = None
    if request.method == "POST" and form.is_valid():
        created, shown = tokens.issue(
            name=form.cleaned_data["name"],
            scopes=[Scope(one) for one in form.cleaned_data["scopes"]],
            expires_at=form.expires_at(now=now),
            by=actor,
            now=now,
        )
        form = TokenForm()
    mine = ApiToken.objects.for_tenant(actor.tenant).select_related("created_by").newest_first()
    context = {
        "form": form,
        "created": created,
        "shown": shown,
        "tokens": mine[:SHOWN_AT_MOST],
        "scope_labels": dict(SCOPE_CHOICES),
        "now": now,
    }
    status = 422 if form.errors else 200
    return render(request, "m25console/tokens.html", context, status=status)


@require_POST
def token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    token = tokens.revoke(token_id=token_id, by=actor_of(request), now=timezone.now())
    messages.success(request, f"“{token.name}” is revoked. Machines using it are refused now.")
    return redirect("tokens")
