"""A past with questions in it: one for each finished loop, most of them answered."""

from typing import Any, Final

from django.db import connection, transaction

from m25console.models import Tenant, User

CHUNK: Final = 50_000  # questions in one statement
PENDING_EVERY: Final = 10  # one question in so many still waits

_QUESTIONS: Final = """
INSERT INTO human_checkpoints (id, tenant_id, trace_id, event_id, incident_id, checkpoint_type,
    stage, target_id, description, options, confidence, confidence_band, approvers_required,
    contract, contract_digest, priority, risk, waiting_cost, is_blocking, created_at,
    auto_dismissed, resolved_at, resolved_by_id, resolution, note)
SELECT 'chk_past' || to_hex(n), %(tenant)s, 'loop_past' || to_hex(n),
    'evt_past' || to_hex(n) || '-2', 'inc_past' || to_hex(n), 'approve_recovery',
    'recovery_suggested', 'rec_past' || to_hex(n), 'Escalate to a person? One person must agree.',
    '["apply", "reject", "defer"]', 0.70, 'weak_match', 1,
    jsonb_build_object('subject', jsonb_build_object('action_type', 'escalate',
        'action_params', jsonb_build_object('level', 'admin'))), md5(n::text),
    (ARRAY['critical', 'high', 'normal', 'low'])[1 + n %% 4], 1 + n %% 3, (1 + n %% 5) * 8, true,
    incident.started_at, false,
    CASE WHEN n %% %(every)s > 0 THEN incident.started_at + interval '5 minutes' END,
    CASE WHEN n %% %(every)s > 0 THEN %(person)s END,
    CASE WHEN n %% %(every)s > 0 THEN 'apply' END, ''
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
JOIN incidents AS incident ON incident.id = 'inc_past' || to_hex(n)
"""
_ANSWERS: Final = """
INSERT INTO checkpoint_decisions (tenant_id, checkpoint_id, person_id, option, is_final, note, door,
    contract_digest, at)
SELECT tenant_id, id, resolved_by_id, resolution, true, '', 'web', contract_digest, resolved_at
FROM human_checkpoints
WHERE resolved_at IS NOT NULL AND id IN (
    SELECT 'chk_past' || to_hex(n) FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n)
"""


def ask(tenant: Tenant, *, person: User, first: int, last: int) -> None:
    """Give the loops number `first` to `last` of `history.live_through` a question each."""
    for start in range(first, last + 1, CHUNK):
        values: dict[str, Any] = {
            "tenant": tenant.pk,
            "person": person.pk,
            "every": PENDING_EVERY,
            "first": start,
            "last": min(start + CHUNK - 1, last),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(_QUESTIONS, values)
            cursor.execute(_ANSWERS, values)
