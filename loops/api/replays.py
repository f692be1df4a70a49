"""What a policy would have done."""

from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from loops.api.shapes.replays import ReplayOut
from loops.models import PolicyRule
from loops.presenters.replays import replay_page
from m25console.access import actor_of
from m25console.api.bearer import READS
from m25console.api.schemas import refusals
from m25console.rows import found

router = Router(tags=["prevention"])


@router.get(
    "/policies/{policy_id}/replay", auth=READS, response={200: ReplayOut, **refusals(404, 422)}
)
def replay_policy(
    request: HttpRequest, policy_id: str, days: Literal["7", "30", "90"] = "30"
) -> ReplayOut:
    """Judge the last days again as if the policy had been in force; nothing is changed.

    Needs the scope `read`. Reads a bounded number of incidents and requests, the newest, and
    says what it left out.
    """
    rows = PolicyRule.objects.for_tenant(actor_of(request).tenant)
    policy = found(rows, policy_id, noun="policy")
    return ReplayOut.of(replay_page(policy, days=int(days), now=timezone.now()))
