"""Taking a table away as a file. By POST, since each is put on record."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST

from m25console import exports
from m25console.access import actor_of
from m25console.exports import Format
from m25console.keyset import PLACE_NAMES as PLACES
from m25console.refusals import InvalidInput


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The rows of `table` that pass the filters of this address, as a `format`."""
    actor, now = actor_of(request), timezone.now()
    form = request.POST.get("format", "")
    if form not in set(Format):
        raise InvalidInput("Choose CSV or JSON.")
    given = request.GET.dict()
    query = {name: str(value) for name, value in given.items() if value and name not in PLACES}
    if request.POST.get("of"):
        query["of"] = request.POST["of"]
    table = exports.table_of(request.POST.get("table", ""), actor=actor, query=query, now=now)
    exports.note(table, form=Format(form), by=actor, now=now)
    return exports.download(table, form=Format(form), tenant_slug=actor.tenant.slug, now=now)
