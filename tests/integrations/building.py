"""Builders for the tests of integrations; each test says only what it is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from integrations.actions import credentials, integrations, keys, limits, prices, usage
from integrations.actions.credentials import About
from integrations.actions.daily import sum_up
from integrations.actions.enforcement import Question, ask
from integrations.actions.integrations import Wanted
from integrations.actions.limits import WantedRaise
from integrations.actions.prices import WantedPrice, WantedRun
from integrations.actions.usage import Call
from integrations.domain import enforcement
from integrations.domain.references import of_credential
from integrations.domain.states import Accessor, CredentialKind, IntegrationStatus, Provider
from integrations.engine import checking, repricing, warning
from integrations.models import Credential, Integration
from m25console.access import Actor
from tests.endpoints import Endpoint

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
_numbers = count(1)


def a_credential(
    by: Actor, *, secret: str = "sk-a-secret", readers: tuple[Accessor, ...] = (Accessor.SYSTEM,),
    name: str = "", now: datetime = NOW, **about: Any,
) -> Credential:  # fmt: skip
    told = About(name=name or f"key {next(_numbers)}", readers=frozenset(readers), **about)
    kind = CredentialKind.API_KEY
    return credentials.store(kind=kind, secret={"api_key": secret}, about=told, by=by, now=now)


def wanted(by: Actor, **rest: Any) -> Wanted:
    given = {
        "name": f"integration {next(_numbers)}",
        "provider": Provider.OPENAI,
        "credential_ref": of_credential("cred_none", tenant_id=by.tenant.pk),
    }
    return Wanted(**(given | rest))


def an_integration(
    by: Actor, *, is_enabled: bool = False, now: datetime = NOW, **rest: Any
) -> Integration:
    row = integrations.create(wanted=wanted(by, **rest), by=by, now=now)
    if is_enabled:
        row = integrations.enable(integration_id=row.pk, by=by, now=now)
    return row


def reached(
    by: Actor, endpoint: Endpoint, *, path: str = "v1", is_enabled: bool = True, **rest: Any
) -> Integration:
    """One whose provider is the endpoint, with a key of its own; due at once if it is enabled."""
    stored = a_credential(by)
    return an_integration(
        by, provider=Provider.CUSTOM, config={"base_url": f"http://{endpoint.host}/{path}"},
        credential_ref=of_credential(stored.pk, tenant_id=by.tenant.pk), is_enabled=is_enabled,
        now=timezone.now(), **rest,
    )  # fmt: skip


def a_call(row: Integration, **rest: Any) -> Call:
    given = {
        "integration_id": row.pk,
        "call_id": f"call-{next(_numbers)}",
        "provider": "openai",
        "model": "an-unlisted-model",
        "tokens_in": 10,
        "tokens_out": 5,
        "cost_cents": 0,
    }
    return Call(**(given | rest))


def used(row: Integration, *, now: datetime = NOW, **rest: Any) -> None:
    """One call that was made, reported now."""
    [receipt] = usage.ingest([a_call(row, **rest)], tenant=row.tenant, now=now)
    assert receipt.taken is usage.Taken.ACCEPTED


def look_at_what_is_due() -> int:
    """As a worker does; how many looks were made."""
    return sum(checking.look(one) for one in checking.ERRANDS.give_out(now=timezone.now()))


def in_status(row: Integration, status: IntegrationStatus) -> Integration:
    Integration.objects.filter(pk=row.pk).update(status=status)
    row.refresh_from_db()
    return row


def connected(admin: Actor, *, name: str, calls: int = 1) -> dict[str, str]:
    """A connection to a provider that cannot be asked, its credential, a key of it, and calls;
    what an address names of them."""
    now = timezone.now()
    credential = a_credential(admin, name=f"key of {name}", now=now)
    row = an_integration(
        admin,
        name=f"integration of {name}",
        credential_ref=of_credential(credential.pk, tenant_id=admin.tenant.pk),
        provider=Provider.BEDROCK,
        config={"region": "eu-central-1"},
        now=now,
    )
    told = limited(row, by=admin, now=now)
    key, _ = keys.issue(integration_id=row.pk, by=admin, now=now)
    for number in range(calls):
        used(row, now=now, call_id=f"call {number} of {name}")
    return {
        "integration_id": row.pk,
        "credential_id": credential.pk,
        "key_number": str(key.pk),
        **told,
    }


def limited(row: Integration, *, by: Actor, now: datetime) -> dict[str, str]:
    """A budget that only observes and was passed, a warning of it, a raise, a price of the
    tenant's own and a pass by it; what an address names of them."""
    Integration.objects.filter(pk=row.pk).update(budget_limit_cents=10, enforces=False)
    integrations.enable(integration_id=row.pk, by=by, now=now)
    used(row, now=now, model=f"model of {row.name}"[:90], cost_cents=15)
    question = Question(row.pk, enforcement.Wanted())
    [answer] = ask([question], tenant=by.tenant, now=now)
    warning.warn(now)
    raised = WantedRaise(enforcement.Limits(budget_cents=50), now + timedelta(days=1), "A week.")
    limits.raise_limits(integration_id=row.pk, wanted=raised, by=by, now=now)
    price = prices.enter(
        wanted=WantedPrice(f"model of {row.name}"[:90], Decimal(1), Decimal(1), "Why.", now),
        by=by, now=now,
    )  # fmt: skip
    sum_up(now.date(), now=now, tenant=by.tenant)
    prices.reprice(wanted=WantedRun("", now - timedelta(hours=1), "Why."), by=by, now=now)
    repricing.go_on(now)
    return {"enforcement_id": answer.decision_id, "price_id": price.pk}
