"""A tenant with a past: patterns, policies and finished loops, written set by set."""

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from bench.workload import Failure, once_each
from loops.domain import policy
from loops.domain.confidence import CAP, VERSION
from loops.domain.incidents import incident_from
from loops.domain.states import STAGES, PolicyAction, PolicyCategory, PolicyMode, PolicySource
from loops.engine.catalogue import Catalogue
from loops.engine.traits import Traits
from loops.models import FailurePattern, Incident, PatternKey, PolicyRule
from loops.models.ids import new_incident_id
from m25console.models import Tenant

SHOWN: Final = 3  # occurrences each pattern has learned from
SEEN: Final = 20  # occurrences each pattern says it has counted
CHUNK: Final = 20_000  # incidents in one statement

# Rows of one chunk, each with its pattern; the other statements repeat it by its ids.
_PAST: Final = """
SELECT to_hex(n) AS n, p.*, now() - (%(total)s::bigint - n) * interval '1 second' AS at
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, id AS pattern_id, tenant_id, error_type,
             signature_hash, signature_version FROM failure_patterns
      WHERE tenant_id = %(tenant)s) p ON p.place = n %% %(patterns)s::bigint
"""
_INCIDENTS: Final = f"""
INSERT INTO incidents (id, tenant_id, title, severity, error_type, error_message, context,
    affected_agent_id, source_type, source, external_id, body_hash, started_at, created_at,
    updated_at, matched_pattern_id, loop_trace_id, match_confidence, match_confidence_band,
    recurrence_signature, signature_version)
SELECT 'inc_past' || n, tenant_id, error_type || ' again', 'medium', error_type,
    'this failed ' || n || ' times before', '{{"attempt": 1, "model": "m-large"}}',
    'agent-' || place %% 50, 'api', 'past', n, md5(n), at, at, at, pattern_id, 'loop_past' || n,
    0.95, 'strong_match', signature_hash, signature_version FROM ({_PAST}) past
"""
_TRACES: Final = f"""
INSERT INTO loop_traces (id, tenant_id, incident_id, current_stage, stages, is_complete,
    started_at, last_activity_at, completed_at, narrative, version)
SELECT 'loop_past' || n, tenant_id, 'inc_past' || n, 'loop_complete', %(stages)s::jsonb, true,
    at, at, at, jsonb_build_object('told', repeat('It failed, and here is what we did. ', 12)), 2
FROM ({_PAST}) past
"""
_EVENTS: Final = f"""
INSERT INTO loop_events (id, tenant_id, trace_id, incident_id, stage, position, status, details,
    confidence, confidence_band, created_at, finished_at)
SELECT 'evt_past' || n || '-' || k, tenant_id, 'loop_past' || n, 'inc_past' || n, stage, k, 'done',
    jsonb_build_object('payload', jsonb_build_object('pattern_id', pattern_id, 'occurrences', 3,
        'match_type', 'message_template', 'confidence', 0.95, 'band', 'strong_match',
        'match_confidence', 0.95, 'match_band', 'strong_match'),
        'result', jsonb_build_object('pattern_id', pattern_id, 'is_new_pattern', false,
            'match_type', 'message_template', 'confidence', 0.95, 'occurrences', 3,
            'suggestion', 'Escalate to a person', 'status', 'pending', 'requires_confirmation', 0,
            'reason', '3/5', 'change', false, 'note', repeat('what came of it ', 12))),
    0.95, 'strong_match', at, at
FROM ({_PAST}) past, unnest(%(names)s::text[]) WITH ORDINALITY AS s(stage, k)
"""
_RECOVERIES: Final = f"""
INSERT INTO recovery_candidates (id, tenant_id, trace_id, source_incident_id, source_pattern_id,
    suggestion_type, suggestion, action_type, action_params, status, confidence, confidence_band,
    confidence_version, explain, requires_confirmation, confirmations_received, occurrence_count,
    last_occurrence_at, source, created_by, created_at, updated_at, review_note)
SELECT 'rec_past' || n, tenant_id, 'loop_past' || n, 'inc_past' || n, pattern_id, 'generated',
    'Escalate to a person', 'escalate', '{{"level": "admin"}}', 'pending', 0.9, 'strong_match',
    'CONFIDENCE_V1', '{{"version": "CONFIDENCE_V1", "base": 0.7, "boost": 0.2, "occurrences": 3,
        "final": 0.9}}', 0, 0, 3, at, 'loop', 'system', at, at, '' FROM ({_PAST}) past
"""


def learn(tenant: Tenant, known: Sequence[Failure]) -> None:
    """Give the tenant a pattern with a shadow policy for each of these failures."""
    now = timezone.now()
    catalogue = Catalogue([], {})
    for seed in range(SHOWN):
        for document in once_each(known, seed=seed):
            catalogue.place(Traits(_unsaved(tenant, document)), now=now)
    for pattern in catalogue.created:
        pattern.first_incident_id = None
        pattern.occurrence_count = SEEN
    keys = (
        PatternKey(tenant_id=tenant_id, bucket=bucket, key=key, pattern_id=pattern_id)
        for tenant_id, bucket, key, pattern_id in catalogue.created_keys
    )
    with transaction.atomic():
        FailurePattern.objects.bulk_create(catalogue.created, batch_size=2_000)
        for chunk in itertools.batched(keys, 10_000):
            PatternKey.objects.bulk_create(chunk)
        PolicyRule.objects.bulk_create(map(_policy, catalogue.created), batch_size=2_000)


def live_through(tenant: Tenant, *, first: int, last: int) -> None:
    """Give the tenant finished loops number `first` to `last`, spread over its patterns."""
    patterns = FailurePattern.objects.filter(tenant=tenant).count()
    for start in range(first, last + 1, CHUNK):
        _execute(
            [_INCIDENTS, _TRACES, _EVENTS, _RECOVERIES],
            tenant=tenant.pk,
            first=start,
            last=min(start + CHUNK - 1, last),
            total=last + 1,
            patterns=patterns,
            stages=json.dumps({"completed": STAGES, "failed": []}),
            names=[stage.value for stage in STAGES],
        )


def settle() -> None:
    """What autovacuum would do in time: statistics, visibility, and a checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def _execute(statements: Iterable[str], **values: Any) -> None:
    """Run them in one transaction, not looking up each foreign key: they point at each other."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement, values)


def _unsaved(tenant: Tenant, document: dict[str, Any]) -> Incident:
    reported = incident_from(document, now=timezone.now())
    return Incident(
        id=new_incident_id(),
        tenant_id=tenant.pk,
        error_type=reported.error_type,
        error_code=reported.error_code,
        error_message=reported.message,
        context=dict(reported.context),
        agent_capability=reported.agent_capability,
        api_endpoint=reported.api_endpoint,
        status_code=reported.status_code,
    )


def _policy(pattern: FailurePattern) -> PolicyRule:
    return PolicyRule(
        tenant_id=pattern.tenant_id,
        name=f"Prevention: {pattern.error_type}",
        rule_type=PolicyCategory.OPERATIONAL,
        conditions=policy.condition_for(
            policy.PatternFacts(
                pattern_id=pattern.pk,
                error_type=pattern.error_type,
                api_endpoint=pattern.signature.get("api_endpoint"),
                occurrences=pattern.occurrence_count,
                template=pattern.template_text,
            )
        ),
        actions={"type": PolicyAction.WARN, "params": {}},
        priority=policy.PRIORITY,
        mode=PolicyMode.SHADOW,
        scope_id=pattern.tenant_id,
        source_type=PolicySource.RECOVERY,
        source_pattern_id=pattern.pk,
        generation_confidence=CAP,
        confidence_version=VERSION,
    )
