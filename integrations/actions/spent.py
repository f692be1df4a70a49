"""What a check has to know of its integrations, read at every call of a model: hence by hand.

One statement has all of it; through the ORM it is five, and several times the CPU.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from integrations.domain import months
from integrations.domain.decisions import RATE_WINDOW
from integrations.domain.enforcement import Used
from integrations.domain.states import FailMode
from integrations.models import Integration, LimitRaise
from m25console.models import Tenant
from m25console.statements import one_statement

_ROW: Final = (
    "id", "tenant_id", "status", "health_state", "budget_limit_cents", "token_limit_month",
    "rate_limit_rpm", "enforces", "deleted_at",
)  # fmt: skip
_RAISE: Final = (
    "integration_id", "tenant_id", "budget_limit_cents", "token_limit_month", "rate_limit_rpm",
    "until",
)  # fmt: skip
# A tenant's choice is told even where there is no such integration. Calls are counted no further
# than to their limit, and not at all where there is none.
_READ: Final = f"""
SELECT coalesce(config.fail_mode, 'open'), {", ".join(f"i.{name}" for name in _ROW)},
       {", ".join(f"r.{name}" for name in _RAISE)}, month.cents, month.tokens, minute.calls
FROM (SELECT) AS always
LEFT JOIN cus_enforcement_configs config ON config.tenant_id = %(tenant)s
LEFT JOIN cus_integrations i ON i.tenant_id = %(tenant)s AND i.id = ANY(%(ids)s)
LEFT JOIN cus_limit_raises r ON r.integration_id = i.id
LEFT JOIN LATERAL (
    SELECT coalesce(sum(m.cents), 0)::bigint AS cents, coalesce(sum(m.tokens), 0)::bigint AS tokens
    FROM cus_usage_meters m
    WHERE m.tenant_id = %(tenant)s AND m.integration_id = i.id AND m.month = %(month)s
) month ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS calls FROM (
        SELECT FROM cus_llm_usage u
        WHERE u.tenant_id = %(tenant)s AND u.integration_id = i.id
          AND u.created_at > %(since)s AND u.policy_result <> 'blocked'
        LIMIT CASE WHEN i.rate_limit_rpm = 0 THEN 0
              WHEN r.until > %(now)s THEN greatest(i.rate_limit_rpm, r.rate_limit_rpm)
              ELSE i.rate_limit_rpm END
    ) made
) minute ON true
"""  # noqa: S608 - columns are those of our own tables


@dataclass(frozen=True)
class Known:
    """What the tenant wants answered where something cannot be looked up, its integrations that
    are asked about, deleted ones too, and what each used, as far as it was looked up."""

    mode: FailMode
    rows: Mapping[str, Integration]
    used: Mapping[str, Used]


def read(integration_ids: Collection[str], *, tenant: Tenant, now: datetime) -> Known:
    """All that is known, in one query. Raises DatabaseError where any of it cannot be read."""
    begins, _ends = months.month_of(now)
    values: dict[str, Any] = {
        "tenant": tenant.pk, "ids": list(integration_ids), "month": begins.date(),
        "since": now - RATE_WINDOW, "now": now,
    }  # fmt: skip
    with one_statement(), connection.cursor() as cursor:
        cursor.execute(_READ, values)
        found = cursor.fetchall()
    rows, used = dict[str, Integration](), dict[str, Used]()
    for _mode, *rest in found:
        row, raised, spent = _split(rest)
        if row[0] is not None:
            rows[row[0]] = _made(row, raised)
            used[row[0]] = Used(*spent)
    return Known(FailMode(found[0][0]), rows, used)


def _split(rest: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    after = len(_ROW) + len(_RAISE)
    return rest[: len(_ROW)], rest[len(_ROW) : after], rest[after:]


def _made(row: list[Any], raised: list[Any]) -> Integration:
    one = Integration.from_db(connection.alias, _ROW, row)
    if raised[0] is None:  # known to be nothing, so that nobody looks for it again
        Integration._meta.get_field("raised").set_cached_value(one, None)
    else:
        one.raised = LimitRaise.from_db(connection.alias, _RAISE, raised)
    return one
