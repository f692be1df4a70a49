"""In whose place the person behind a request acts: their own, or a colleague's who is away."""

from django.http import HttpRequest
from django.utils import timezone

from loops.actions.delegations import Standing, delegations_to, standing_by
from m25console.access import actor_of
from m25console.together import Rows, fetch_together


def standing_in(request: HttpRequest, *beside: Rows) -> Standing:
    """The place that the sent `on_behalf_of` names, else the person's own; one query, once, in
    which the lists `beside` it are read too.

    Raises what `standing_of` raises.
    """
    kept = getattr(request, "_console_standing", None)
    if isinstance(kept, Standing):
        return kept
    actor = actor_of(request)
    held = delegations_to(actor, now=timezone.now())
    if beside:
        fetch_together(held, *beside)
    standing = standing_by(held, actor, for_whom=request.POST.get("on_behalf_of", ""))
    request._console_standing = standing  # type: ignore[attr-defined]
    return standing
