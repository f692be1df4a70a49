"""What a tenant used, through all of its integrations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.presenters import tenant_usage
from m25console.access import actor_of


@never_cache
@require_safe
def tenant_wide(request: HttpRequest) -> HttpResponse:
    """Spend by day and integration, who moved most, and what has no price."""
    page = tenant_usage.page_for(actor_of(request), now=timezone.now())
    return render(request, "integrations/usage/usage.html", {"page": page})
