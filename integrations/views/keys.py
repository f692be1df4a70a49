"""An integration's keys: a new one, shown once, and the end of one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from integrations.actions import keys
from integrations.views.integrations import show
from m25console.access import actor_of


@never_cache
@require_POST
def issue(request: HttpRequest, integration_id: str) -> HttpResponse:
    """A new key, in this one answer and nowhere else."""
    actor = actor_of(request)
    _key, text = keys.issue(integration_id=integration_id, by=actor, now=timezone.now())
    return show(request, actor, integration_id, key=text)


@require_POST
def revoke(request: HttpRequest, key_number: int) -> HttpResponse:
    """End a key at once."""
    key = keys.revoke(key_id=key_number, by=actor_of(request), now=timezone.now())
    messages.success(request, f"The key {key.prefix}… is revoked. Who uses it is refused now.")
    return redirect("integrations:integration", key.integration_id)
