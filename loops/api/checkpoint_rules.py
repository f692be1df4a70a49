"""How a tenant wants its people to be asked."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from loops.actions import checkpoint_rules
from loops.api.shapes.checkpoint_rules import RulesIn, RulesOut, rules_out
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals

router = Router(tags=["checkpoints"])


@router.get("/checkpoint-config", auth=READS, response={200: RulesOut, **refusals()})
def read_rules(request: HttpRequest) -> RulesOut:
    """The rules that questions are raised under now. Needs the scope `read`."""
    return rules_out(checkpoint_rules.rules_of(actor_of(request).tenant))


@router.put(
    "/checkpoint-config",
    auth=DECIDES,
    response={200: RulesOut, **refusals(413, 415, 422)},
    openapi_extra=body_of(RulesIn),
)
def set_rules(request: HttpRequest) -> RulesOut:
    """Set all rules at once, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, RulesIn)
    changed = checkpoint_rules.change(rules=wanted.rules(), by=actor, now=timezone.now())
    return rules_out(changed)
