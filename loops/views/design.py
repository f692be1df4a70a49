"""The design system: one page that shows every component."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loops.presenters.specimens import specimens
from m25console.access import actor_of


@require_safe
def design_system(request: HttpRequest) -> HttpResponse:
    """Every component in every state, with its name; for whoever builds a page or judges one."""
    actor_of(request)
    return render(request, "loops/design.html", specimens(now=timezone.now()))
