"""Being away: who decides in one's place, from when, and until when."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loops.actions import delegations
from loops.models import Delegation
from loops.presenters.delegations import colleagues_of, delegation_rows
from loops.reviewing_forms import DelegationForm
from m25console.access import actor_of, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

PAGE = "loops/settings/delegations.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: HttpRequest) -> HttpResponse:
    """The list and the form; a POST has a colleague decide in one's place."""
    actor, now = actor_of(request), timezone.now()
    sent = request.POST if request.method == "POST" else None
    form = DelegationForm(sent, colleagues=colleagues_of(actor))
    status = 200
    if sent is not None:
        delegations.check_may_delegate(actor)
        try:
            if form.is_valid():
                lent = delegations.give(**form.cleaned_data, by=actor, now=now)
                messages.success(request, _told(lent))
                return redirect("loops:delegations")
        except (InvalidInput, WrongState) as refused:
            tell(form, refused)
        status = 422
    context = {
        "form": form,
        "rows": delegation_rows(actor, now=now),
        "may": verdict(delegations.check_may_delegate, actor),
        "sees_all": actor.can_administer,
    }
    return render(request, PAGE, context, status=status)


def _told(lent: Delegation) -> str:
    """What was agreed, its moments as this person's pages show them."""
    begin, finish = (
        date_format(timezone.localtime(at), "j M Y, H:i T") for at in (lent.starts_at, lent.ends_at)
    )
    return (
        f"{lent.delegate} decides in your place from {begin} until {finish}. "
        "Both names stand beside what is decided."
    )


@never_cache
@require_POST
def end(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """Take one back."""
    row = delegations.end(delegation_id=delegation_id, by=actor_of(request), now=timezone.now())
    messages.success(request, f"{row.delegate} does not stand in for {row.delegator} any more.")
    return redirect("loops:delegations")
