"""Who may do what: for every member to read, generated from the table that the checks read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from m25console import denials, matrix
from m25console.access import actor_of
from m25console.rights import Permission


@never_cache
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """The matrix of roles, that of scopes and, for whoever reads the audit, what was refused."""
    actor = actor_of(request)
    sees_refused = actor.on(Permission.READ_AUDIT).allowed
    context = {
        "roles": matrix.of_roles(actor.role),
        "scopes": matrix.of_scopes(),
        "sees_refused": sees_refused,
        "refused": denials.newest(actor.tenant) if sees_refused else [],
    }
    return render(request, "m25console/permissions.html", context)
