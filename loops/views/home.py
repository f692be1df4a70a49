"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.presenters.home import overview
from loops.presenters.own import own_of
from m25console.access import ENTERED_KEY, actor_of, memberships_of
from m25console.http import render_page


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits, runs, failed and ended; platform staff without a tenant go to administration."""
    assert request.user.is_authenticated
    entered = ENTERED_KEY in request.session
    if request.user.is_staff and not entered and not memberships_of(request):
        return redirect("admin:index")
    actor, now = actor_of(request), timezone.now()
    context = {
        "overview": overview(actor.tenant, now=now),
        "own": own_of(actor, now=now),
        "address": request.build_absolute_uri("/").rstrip("/"),
    }
    return render_page(request, "loops/home.html", context, partials=["overview"])
