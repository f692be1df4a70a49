"""A tenant with a past of calls: integrations with limits, and usage written set by set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from django.db import connection, transaction

from integrations.actions import integrations, keys, usage
from integrations.actions.integrations import Wanted
from integrations.actions.usage import SHARES, Call
from integrations.domain.limits import MAX_LIMIT
from integrations.domain.references import of_credential
from integrations.domain.states import Provider
from m25console import tokens
from m25console.access import Actor
from m25console.models import Membership, Tenant, User
from m25console.vocabulary import Door, Role, Scope

INTEGRATIONS: Final = 10
CHUNK: Final = 50_000  # calls in one statement
CALLS_A_MINUTE: Final = 1_000  # that are allowed, so that none is stopped
RECENT: Final = 50  # calls of each integration in the last minute

# Over the last ninety days, none of them in the last minutes.
_CALLS: Final = """
INSERT INTO cus_llm_usage (id, tenant_id, integration_id, agent_id, call_id, provider, model,
    tokens_in, tokens_out, cost_cents, reported_cents, price_version, latency_ms, policy_result,
    metadata, created_at)
SELECT 'use_past' || to_hex(n), %(tenant)s, (%(integrations)s::text[])[1 + n %% %(many)s::bigint],
    'agent-' || n %% 50, 'past-' || n, 'openai', 'm-large', 1000, 200, n %% 3, n %% 3, '', 400,
    'allowed', '{"attempt": 1}',
    now() - interval '10 minutes' - interval '90 days' * ((n * 7919 %% 1000003) / 1000003.0)
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
_METERS: Final = """
INSERT INTO cus_usage_meters (tenant_id, integration_id, month, share, cents, tokens, calls)
SELECT tenant_id, integration_id, date_trunc('month', created_at AT TIME ZONE 'UTC')::date,
    abs(hashtext(id)) %% %(shares)s, sum(cost_cents), sum(tokens_in::bigint + tokens_out), count(*)
FROM cus_llm_usage WHERE tenant_id = %(tenant)s GROUP BY 1, 2, 3, 4
"""
_numbers = count(1)


@dataclass(frozen=True)
class Spender:
    """A tenant's integrations, all with every limit, and what opens the API for them: a key of
    the first, a token for all."""

    admin: Actor
    integrations: list[str]
    key: str
    token: str


def spender(slug: str, *, now: datetime) -> Spender:
    """A tenant that has not spent anything yet."""
    tenant = Tenant.objects.create(slug=slug, name=slug)
    person = User.objects.create_user(slug)
    Membership.objects.create(user=person, tenant=tenant, role=Role.ADMIN)
    admin = Actor(tenant=tenant, user=person, role=Role.ADMIN, door=Door.WEB, label=slug)
    made = connections(admin, now=now)
    _, key = keys.issue(integration_id=made[0], by=admin, now=now)
    _, token = tokens.issue(name="bench", scopes=[Scope.EVALUATE], by=admin, now=now)
    return Spender(admin, made, key, token)


def connections(by: Actor, *, now: datetime) -> list[str]:
    """The ids of INTEGRATIONS that are enabled and have every limit."""
    return [_integration(number, by, now) for number in range(INTEGRATIONS)]


def _integration(number: int, by: Actor, now: datetime) -> str:
    wanted = Wanted(
        name=f"connection {number}",
        provider=Provider.OPENAI,
        credential_ref=of_credential("cred_none", tenant_id=by.tenant.pk),
        budget_limit_cents=MAX_LIMIT,
        token_limit_month=MAX_LIMIT,
        rate_limit_rpm=CALLS_A_MINUTE,
    )
    row = integrations.create(wanted=wanted, by=by, now=now)
    return integrations.enable(integration_id=row.pk, by=by, now=now).pk


def spend(tenant: Tenant, integrations: Sequence[str], *, first: int, last: int) -> None:
    """Calls number `first` to `last`, spread over the integrations, with all meters anew."""
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "integrations": integrations,
        "many": len(integrations),
        "shares": SHARES,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(first, last + 1, CHUNK):
            end = min(start + CHUNK - 1, last)
            cursor.execute(_CALLS, values | {"first": start, "last": end})
        cursor.execute("DELETE FROM cus_usage_meters WHERE tenant_id = %(tenant)s", values)
        cursor.execute(_METERS, values)


def spend_now(who: Spender, *, now: datetime) -> None:
    """A few calls of every integration in the last minute, reported as their senders do."""
    for integration_id in who.integrations:
        calls = [
            Call(
                integration_id=integration_id, call_id=f"now-{next(_numbers)}", provider="openai",
                model="m-large", tokens_in=1000, tokens_out=200, cost_cents=2,
            )
            for _ in range(RECENT)
        ]  # fmt: skip
        usage.ingest(calls, tenant=who.admin.tenant, now=now)
