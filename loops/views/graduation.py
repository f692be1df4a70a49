"""The dossier of a tenant's loop: how far it is trusted, and from which evidence."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loops.actions import simulations
from loops.engine import dossiers, graduating
from loops.forms import SimulationForm
from loops.models import Incident, PolicyRule
from loops.presenters.graduation import told_in_full
from loops.presenters.proofs import CHART_WIDTH
from m25console.access import Actor, actor_of, check_administers
from m25console.refusals import WrongState

PAGE = "loops/graduation/dossier.html"


@never_cache
@require_safe
def graduation(request: HttpRequest) -> HttpResponse:
    """The dossier as it was computed last; looking at it changes nothing."""
    actor, now = actor_of(request), timezone.now()
    context = {
        **told_in_full(actor, now=now),
        "chart_width": CHART_WIDTH,
        "simulations": SimulationForm(),
    }
    return render(request, PAGE, context)


@never_cache
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The dossier with every row, sealed and chained, for `manage.py verify_evidence --file`."""
    tenant = actor_of(request).tenant
    document = dossiers.dossier_of(tenant, now=timezone.now())
    name = f"dossier-{tenant.slug}-{document['computed_at'][:10]}.json"
    return HttpResponse(
        json.dumps(document, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
def reevaluate(request: HttpRequest) -> HttpResponse:
    """Compute the level now."""
    actor = actor_of(request)
    check_administers(actor)
    standing = graduating.evaluate(actor.tenant, now=timezone.now(), by=actor)
    messages.success(request, f"Computed from the evidence of this moment: {standing.label}.")
    return redirect("loops:graduation")


@require_POST
def simulate(request: HttpRequest) -> HttpResponse:
    """Make one simulated row, about the newest policy or incident."""
    actor = actor_of(request)
    simulations.check_simulate(actor)
    form = SimulationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose what to simulate.")
        return redirect("loops:graduation")
    _simulate(form.cleaned_data["kind"], actor)
    messages.success(request, simulations.WARNING)
    return redirect("loops:graduation")


def _simulate(kind: str, actor: Actor) -> None:
    """Raises WrongState if the tenant has nothing yet that could be simulated upon."""
    about: dict[str, Any] = {"by": actor, "now": timezone.now()}
    if kind == SimulationForm.VIEW:
        incident = Incident.objects.for_tenant(actor.tenant).newest_first().first()
        if incident is None:
            raise WrongState("There is no incident yet whose timeline could be looked at.")
        simulations.timeline_view(incident_id=incident.pk, **about)
        return
    learned = PolicyRule.objects.for_tenant(actor.tenant).filter(source_pattern__isnull=False)
    policy = learned.newest_first().first()
    if policy is None:
        raise WrongState("There is no policy yet that could prevent or harm anything.")
    if kind == SimulationForm.PREVENTION:
        simulations.prevention(policy_id=policy.pk, **about)
    else:
        simulations.regret(policy_id=policy.pk, **about)
