"""The least a database can do for five stages: their bare inserts and updates, without a decision.

The same rows of the same size go into the same tables, a batch in one commit; nothing is loaded,
matched or decided, and constraints hold as ever.
"""

import json
from collections.abc import Sequence
from itertools import batched
from typing import Any, Final

from django.db import connection, transaction

from loops.domain.states import STAGES
from loops.engine.settings import BATCH_SIZE

# About as long as what the stages keep of a loop.
DETAILS: Final = json.dumps(
    {
        "payload": {
            "pattern_id": "pat_0123456789abcdef",
            "recovery_id": "rec_0123456789abcdef",
            "policy_id": "pol_0123456789abcdef",
            "band": "strong_match",
            "match_band": "strong_match",
            "match_type": "message_template",
            "match_confidence": 0.97,
            "confidence": 0.9,
            "occurrences": 20,
            "policy_mode": "shadow",
        },
        "result": {"note": "what this stage came to, in some words " * 6},
    }
)
NARRATIVE: Final = json.dumps({"told": "It failed again, and this is what was done. " * 16})

_STAGES: Final = (
    """
    UPDATE loop_events SET status = 'done', details = %(details)s::jsonb, confidence = 0.97,
        confidence_band = 'strong_match', finished_at = now()
    WHERE trace_id = ANY(%(ids)s) AND stage = 'incident_created'
    """,
    """
    UPDATE incidents i SET matched_pattern_id = p.id, match_confidence = 0.97,
        match_confidence_band = 'strong_match', recurrence_signature = p.signature_hash,
        signature_version = p.signature_version, updated_at = now()
    FROM loop_traces t, (SELECT id, signature_hash, signature_version FROM failure_patterns
                         WHERE tenant_id = %(tenant)s LIMIT 1) p
    WHERE t.id = ANY(%(ids)s) AND i.id = t.incident_id
    """,
    """
    UPDATE failure_patterns SET occurrence_count = occurrence_count + 1, updated_at = now()
    WHERE id IN (SELECT id FROM failure_patterns WHERE tenant_id = %(tenant)s LIMIT 50)
    """,
    """
    INSERT INTO recovery_candidates (id, tenant_id, trace_id, source_incident_id,
        source_pattern_id, suggestion_type, suggestion, action_type, action_params, status,
        confidence, confidence_band, confidence_version, explain, requires_confirmation,
        confirmations_received, occurrence_count, last_occurrence_at, source, created_by,
        created_at, updated_at, review_note)
    SELECT 'rec_' || substr(t.id, 6), t.tenant_id, t.id, i.id, i.matched_pattern_id, 'generated',
        'Escalate to a person', 'escalate', '{"level": "admin"}', 'pending', 0.9, 'strong_match',
        'CONFIDENCE_V1', '{"base": 0.7, "boost": 0.2, "final": 0.9, "occurrences": 20}', 0, 0, 20,
        now(), 'loop', 'system', now(), now(), ''
    FROM loop_traces t JOIN incidents i ON i.id = t.incident_id WHERE t.id = ANY(%(ids)s)
    """,
    """
    INSERT INTO loop_events (id, tenant_id, trace_id, incident_id, stage, position, status,
        details, confidence, confidence_band, created_at, finished_at)
    SELECT 'evt_' || substr(t.id, 6) || k, t.tenant_id, t.id, t.incident_id, s.stage, k, 'done',
        %(details)s::jsonb, 0.9, 'strong_match', now(), now()
    FROM loop_traces t, unnest(%(stages)s::text[]) WITH ORDINALITY AS s(stage, k)
    WHERE t.id = ANY(%(ids)s) AND k > 1
    """,
    """
    UPDATE loop_traces SET current_stage = 'loop_complete', stages = %(completed)s::jsonb,
        is_complete = true, completed_at = now(), last_activity_at = now(), next_run_at = NULL,
        narrative = %(narrative)s::jsonb, version = version + 1
    WHERE id = ANY(%(ids)s)
    """,
)


def write_five_stages(loop_ids: Sequence[str], *, tenant_id: str) -> None:
    """Bring these loops, which are accepted and no more, to their end."""
    stages = [stage.value for stage in STAGES]
    for some in batched(loop_ids, BATCH_SIZE):
        values: dict[str, Any] = {
            "ids": list(some),
            "tenant": tenant_id,
            "stages": stages,
            "details": DETAILS,
            "narrative": NARRATIVE,
            "completed": json.dumps({"completed": stages, "failed": []}),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _STAGES:
                cursor.execute(statement, values)
