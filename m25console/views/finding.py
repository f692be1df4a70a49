"""Finding one's way: the keys of the console, and a search over its pages and objects."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from m25console import finding, shortcuts
from m25console.access import actor_of
from m25console.http import render_page
from m25console.models import User


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """What each key does; ?q= keeps the lines with these words."""
    assert isinstance(request.user, User)
    words = finding.tidied(request.GET.get("q", ""))
    context = {
        "words": words,
        "places": shortcuts.by_place(words),
        "are_single_keys_on": request.user.single_keys,
    }
    return render_page(request, "m25console/shortcuts.html", context, partials=["sheet"])


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Pages and objects that ?q= may mean; as the palette's options with ?partial=options."""
    words = finding.tidied(request.GET.get("q", ""))
    context = {"words": words, "found": finding.found_for(actor_of(request), words)}
    return render_page(request, "m25console/search.html", context, partials=["options"])
