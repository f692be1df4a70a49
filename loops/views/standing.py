"""In whose place the person behind a request acts: their own, or a colleague's who is away."""

from django.http import HttpRequest
from django.utils import timezone

from loops.actions.delegations import Standing, standing_of
from m25console.access import actor_of


def standing_in(request: HttpRequest) -> Standing:
    """The place that the sent `on_behalf_of` names, else the person's own; one query, once.

    Raises what `standing_of` raises.
    """
    kept = getattr(request, "_console_standing", None)
    if isinstance(kept, Standing):
        return kept
    wanted = request.POST.get("on_behalf_of", "")
    standing = standing_of(actor_of(request), for_whom=wanted, now=timezone.now())
    request._console_standing = standing  # type: ignore[attr-defined]
    return standing
