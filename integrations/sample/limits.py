"""Limits of the demo that only observe: a budget that is passed, and what it would have stopped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from integrations.actions import enforcement, integrations
from integrations.actions.enforcement import Question
from integrations.actions.integrations import Wanted
from integrations.domain.enforcement import Wanted as Cost
from integrations.domain.states import Provider
from integrations.engine import warning
from integrations.models import EnforcementDecision, Integration
from m25console.access import Actor

OBSERVES: Final = "Own models"
CALLS: Final = 41
CENTS: Final = 31  # that each of them is thought to cost


def furnish(by: Actor, _servers: Mapping[str, str], now: datetime) -> None:
    """Let the limits of one connection only tell, of calls that are asked for now."""
    mine = Integration.objects.for_tenant(by.tenant)
    row = mine.filter(name=OBSERVES).first()
    if row is None or EnforcementDecision.objects.for_tenant(by.tenant).exists():
        return
    used = enforcement.used_in_full(row, now=now).cents or 0
    wanted = Wanted(
        name=row.name, provider=Provider(row.provider_type), credential_ref=row.credential_ref,
        config=row.config, default_model=row.default_model,
    )  # fmt: skip
    wanted = replace(wanted, budget_limit_cents=max(used, 1), enforces=False)
    integrations.change(integration_id=row.pk, wanted=wanted, by=by, now=now)
    asked = [Question(row.pk, Cost(cents=CENTS))] * CALLS
    asked += [Question(one, Cost(cents=CENTS)) for one in mine.values_list("pk", flat=True)]
    enforcement.ask(asked, tenant=by.tenant, now=now)
    warning.warn(now)
