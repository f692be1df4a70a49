"""The proof finds what it is there to find: each rule is broken once, behind the console's back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from loops.actions import calibrations, holds, pattern_merges, pattern_splits, regrets
from loops.actions.answers import Given
from loops.actions.regrets import Harm
from loops.domain.states import RegretType
from loops.engine import graduating, ledger
from loops.engine.announcing import announce
from loops.engine.figures import count_figures
from loops.engine.holds import carry_out
from loops.engine.tallying import count_evaluations
from loops.models import FailurePattern, Incident, LoopTrace, PolicyRule
from m25console.models import Tenant
from tests import carrying, factories, governing, learned, notifying

# By rule, a statement that breaks it. Constraints and triggers forbid most of them otherwise.
BREAKS = {
    "figures_equal_a_recount": (
        "UPDATE figure_marks SET looked_until = looked_until + interval '1 hour';"
        "UPDATE figures SET value = value + 1 WHERE tenant_id = '{tenant}'"
    ),
    "applied_is_executed_once": "DELETE FROM recovery_executions",
    "recovery_says_how_its_execution_stands": "UPDATE recovery_executions SET status = 'failed'",
    "watched_once_executed": (
        "UPDATE recovery_candidates SET verified_at = now() WHERE verification = 'watching'"
    ),
    "actions_count_executions": "UPDATE recovery_executions SET executor = 'webhook'",
    "scopes_count_executions": "UPDATE bound_scopes SET attempts_used = 1",
    "incident_has_loop": "DELETE FROM loop_traces WHERE id = '{waiting}'",
    "loop_begins_with_its_incident": (
        "UPDATE loop_events SET attempt = 2 WHERE trace_id = '{waiting}' AND position = 1"
    ),
    "history_without_gaps": (
        "UPDATE loop_events SET position = 9 WHERE trace_id = '{done}' AND position = 5"
    ),
    "stages_in_order": (
        "UPDATE loop_events SET stage = 'recovery_suggested', attempt = 2 "
        "WHERE trace_id = '{done}' AND position = 5"
    ),
    "stage_done_once": (
        "UPDATE loop_events SET stage = 'pattern_matched', attempt = 2 "
        "WHERE trace_id = '{done}' AND position = 5"
    ),
    "one_open_event": (
        "UPDATE loop_events SET status = 'claimed', finished_at = null "
        "WHERE trace_id = '{done}' AND position = 5"
    ),
    "loop_stands_where_its_history_ends": (
        "UPDATE loop_traces SET current_stage = 'pattern_matched' WHERE id = '{waiting}'"
    ),
    "stages_equal_events": (
        "UPDATE loop_traces SET stages = jsonb_set(stages, '{{completed}}', '[]') "
        "WHERE id = '{done}'"
    ),
    "matched_once_stage_done": (
        "UPDATE incidents SET matched_pattern_id = null, match_confidence = null, "
        "match_confidence_band = null WHERE loop_trace_id = '{done}'"
    ),
    "occurrences_equal_incidents": "UPDATE failure_patterns SET occurrence_count = 9",
    "merged_pattern_has_nothing": (
        "UPDATE incidents SET matched_pattern_id = '{merged}' WHERE loop_trace_id = '{waiting}'"
    ),
    "merged_pattern_leads_to_its_heir": (
        "UPDATE failure_patterns SET merged_into_id = NULL WHERE id = '{merged}'"
    ),
    "apart_is_what_people_said": "UPDATE failure_patterns SET apart_from = '{{}}'",
    "recovery_once_stage_done": "DELETE FROM recovery_candidates WHERE trace_id = '{waiting}'",
    "confirmations_equal_rows": "DELETE FROM recovery_confirmations",
    "loops_are_about_one_incident": (
        "UPDATE human_checkpoints SET incident_id = 'inc_other' WHERE trace_id = '{waiting}'"
    ),
    "parts_share_their_tenant": "UPDATE checkpoint_decisions SET tenant_id = '{other}'",
    "waits_at_a_checkpoint": "DELETE FROM human_checkpoints WHERE trace_id = '{waiting}'",
    "one_final_decision": "UPDATE checkpoint_decisions SET option = 'reject'",
    "held_answers_end": (
        "UPDATE held_decisions SET state = 'held', ended_at = null, at = now() - interval '1 day', "
        "effect_at = now() - interval '1 hour'"
    ),
    "carried_out_is_decided": "UPDATE held_decisions SET option = 'reject'",
    "decisions_keep_what_was_seen": "DELETE FROM decision_snapshots",
    "reverted_leaves_nothing_in_force": (
        "UPDATE loop_traces SET reverted_at = now(), reverted_by = 'x', reverted_reason = 'y' "
        "WHERE id = '{done}'"
    ),
    "only_advice_approves_itself": (
        "UPDATE human_checkpoints SET resolved_at = now(), resolution = 'apply' "
        "WHERE trace_id = '{waiting}'"
    ),
    "escalations_are_audited": (
        "UPDATE human_checkpoints SET escalated_at = now() WHERE trace_id = '{waiting}'"
    ),
    "reminders_are_audited": (
        "UPDATE human_checkpoints SET reminded_at = now() WHERE trace_id = '{waiting}'"
    ),
    "questions_are_told": (
        "UPDATE notification_marks SET at = now() + interval '1 hour'; DELETE FROM happenings"
    ),
    "clocks_are_told": (
        "UPDATE human_checkpoints SET reminded_at = now() WHERE trace_id = '{waiting}'"
    ),
    "told_once": (
        "INSERT INTO notification_delivery_items (tenant_id, delivery_id, channel_id, "
        "happening_id) SELECT tenant_id, delivery_id, 'chn_another', happening_id "
        "FROM notification_delivery_items LIMIT 1"
    ),
    "no_delivery_is_stuck": (
        "UPDATE notification_deliveries SET next_try_at = now() - interval '2 hours'"
    ),
    "deliveries_keep_to_their_tenant": "DELETE FROM notification_delivery_items",
    "bulk_runs_equal_their_items": "UPDATE bulk_runs SET total = 2",
    "no_bulk_run_is_stuck": "UPDATE bulk_runs SET created_at = now() - interval '2 hours'",
    "views_saw_what_was_there": (
        "INSERT INTO timeline_views (id, tenant_id, incident_id, viewed_on, viewed_at, "
        "has_prevention, has_rollback, is_simulated, user_id) "
        "SELECT 'tv_1', i.tenant_id, i.id, now(), now(), true, false, false, u.id "
        "FROM incidents i, users u WHERE i.loop_trace_id = '{done}' LIMIT 1"
    ),
    "loop_is_a_run": "UPDATE audit_runs SET run_id = 'another' WHERE run_id = '{done}'",
    "complete_loop_is_finalized": (
        "DELETE FROM audit_acks a USING audit_runs r WHERE a.run_id = r.id "
        "AND r.run_id = '{done}' AND a.action = 'finalize_run'"
    ),
    "acked_is_the_last_word": (
        "UPDATE audit_expectations e SET status = 'PENDING' FROM audit_runs r "
        "WHERE e.run_id = r.id AND r.run_id = '{waiting}' AND e.action = 'start_trace'"
    ),
    "run_says_what_its_rows_prove": (
        "UPDATE audit_runs SET reconciliation = 'COMPLETE', reconciled_at = now() "
        "WHERE run_id = '{waiting}'"
    ),
    "decisions_are_audited": ("DELETE FROM audit_entries WHERE object_type = 'human_checkpoints'"),
    "policy_confirmations_equal_rows": "DELETE FROM policy_confirmations",
    "mode_is_the_last_change": "UPDATE policy_rules SET mode = 'shadow' WHERE mode = 'disabled'",
    "revisions_are_kept": "UPDATE policy_versions SET name = 'Another' WHERE revision = 2",
    "nobody_confirmed_their_own": (
        "UPDATE policy_versions v SET author_id = c.reviewer_id FROM policy_confirmations c "
        "WHERE c.policy_id = v.policy_id AND c.revision = v.revision"
    ),
    "regret_counts_events": "UPDATE policy_regret_summary SET regret_score = 9",
    "regret_summary_agrees": "UPDATE policy_regret_summary SET regret_event_count = 0",
    "demotion_has_its_history": "DELETE FROM policy_activation_audit",
    "calibration_counts_outcomes": (
        "UPDATE pattern_calibrations SET total_matches = 2, correct_matches = 2"
    ),
    "status_is_the_last_computation": (
        "UPDATE m25_graduation_status SET level = 'candidate' WHERE tenant_id = '{tenant}'"
    ),
    "lockouts_follow_the_gates": (
        "UPDATE capability_lockouts SET is_unlocked = true WHERE tenant_id = '{tenant}'"
    ),
    "outcome_is_on_its_incident": (
        "UPDATE incidents SET prediction_was_correct = false WHERE calibration_recorded"
    ),
    "decided_by_a_policy_that_matched": (
        "UPDATE policy_evaluations SET matched = '[]' WHERE decision <> 'allow'"
    ),
    "preventions_come_from_decisions": (
        "UPDATE policy_evaluations SET matched = replace(matched::text, 'active', 'shadow')::jsonb "
        "WHERE id IN (SELECT evaluation_id FROM prevention_records)"
    ),
    "preventions_equal_records": "DELETE FROM prevention_records",
    "prevented_or_incident": (
        "UPDATE prevention_records SET external_id = 'e-1'; "
        "UPDATE incidents SET external_id = 'e-1' WHERE loop_trace_id = '{done}'"
    ),
    "shadow_counts_equal_rows": (
        "UPDATE policy_rules SET shadow_would_block = shadow_would_block - 1 "
        "WHERE shadow_would_block > 0"
    ),
    "tallies_equal_rows": "UPDATE policy_tallies SET matched = matched + 1",
    "routing_keeps_to_the_floor": (
        "UPDATE routing_policy_adjustments SET magnitude = -0.9, max_delta = 0.9 "
        "WHERE loop_trace_id = '{routed}'"
    ),
    "routing_follows_active_policies": "DELETE FROM policy_activation_audit",
    "rollbacks_say_why": (
        "UPDATE routing_policy_adjustments SET is_active = false, was_rolled_back = true, "
        "rollback_reason = ' '"
    ),
    "routing_changes_end": (
        "UPDATE routing_policy_adjustments SET created_at = now() + interval '-9 days', "
        "expires_at = now() - interval '2 hours'"
    ),
    "regressions_were_taken_back": (
        "UPDATE loop_traces SET is_complete = false, completed_at = null, "
        "failure_state = 'routing_kpi_regression' WHERE id = '{done}'"
    ),
    "traffic_is_by_the_hour": "UPDATE agent_traffic SET hour = hour + interval '7 minutes'",
}


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """What there is, made and committed once; each test mends what it breaks. The proof wants a
    transaction of its own, so that no test's could be taken back around it."""
    with django_db_blocker.unblock():
        yield a_past(factories.make_tenant())
        call_command("flush")


def a_past(tenant: Tenant) -> dict[str, str]:
    """Three loops of one pattern: one that a person let go on, one that waits, one complete; and
    one of another, that changed an agent's weight."""
    carrying.stock_catalogue()
    decided, waiting, done = factories.run_loops(tenant, times=3, message="no seat on flight 7")
    given = Given(factories.checkpoint_of(decided).pk, "apply")
    now = timezone.now()
    held = holds.hold(given, by=factories.make_actor(tenant), now=now, seconds=5)
    carry_out(held.pk, now=now + timedelta(seconds=5))
    learn(tenant, done)
    governing.confirm(governing.rename(PolicyRule.objects.get(source_incident=done.incident_id)))
    carrying.make_scope(Incident.objects.get(pk=done.incident_id))
    factories.prevent(tenant)
    factories.ask(tenant, message="no seat on flight 8")
    count_evaluations(timezone.now())
    routed = factories.routed_loop(tenant, error_type="rate_limit")
    factories.tell_traffic(tenant, decisions=9, successes=7)
    graduating.evaluate_all(timezone.now())
    merged = merge_and_split(tenant)
    count_figures(timezone.now())
    notifying.make_channel(tenant)
    factories.make_bulk_run(waiting, by=factories.make_actor(tenant))
    announce(timezone.now())
    return {
        "merged": merged.pk,
        "waiting": waiting.pk,
        "done": done.pk,
        "routed": routed.pk,
        "other": factories.make_tenant().pk,
        "tenant": tenant.pk,
    }


def merge_and_split(tenant: Tenant) -> FailurePattern:
    """A pattern that is merged into another, from which a third one was taken apart again."""
    heir, merged, apart = (
        FailurePattern.objects.get(
            incidents=factories.run_loop(tenant, error_type=kind).incident_id
        )
        for kind in ("once", "twice", "thrice")
    )
    by, now = factories.make_actor(tenant), timezone.now()
    for one in (merged, apart):
        pattern_merges.merge(into=heir.pk, pattern_ids=[one.pk], reason="so", by=by, now=now)
    pattern_splits.unmerge(pattern_id=apart.pk, reason="not so", by=by, now=now)
    return merged


def learn(tenant: Tenant, trace: LoopTrace) -> None:
    """A policy that was disabled for harm, and a confidence that proved right."""
    regrets.report(
        harm=Harm(RegretType.CASCADE, 10),
        policy_id=learned.policy_in_force(tenant, source_pattern=None).pk,
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    calibrations.record_outcome(
        incident_id=trace.incident_id, was_correct=True, reason="Gone.", now=timezone.now()
    )


@contextmanager
def broken(statement: str) -> Iterator[None]:
    """What the statement makes of its tables, behind the console's back; then as they were."""
    names = set(re.findall(r"(?:UPDATE|INSERT INTO|DELETE FROM) (\w+)", statement))
    tables = {name: stored_columns(name) for name in names}
    for name, columns in tables.items():
        behind_our_back(f"CREATE TEMPORARY TABLE kept_{name} AS SELECT {columns} FROM {name}")
    try:
        assert behind_our_back(statement) > 0
        yield
    finally:
        for name, columns in tables.items():
            mended = f"INSERT INTO {name} ({columns}) TABLE kept_{name}"
            behind_our_back(f"DELETE FROM {name}", mended, f"DROP TABLE kept_{name}")


def stored_columns(table: str) -> str:
    """The columns that the database does not reckon itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns "
            "WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        [[names]] = cursor.fetchall()
    return str(names)


def behind_our_back(*statements: str) -> int:
    """How many rows the last one met."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for one in statements:
            cursor.execute(one)
        return int(cursor.rowcount)


def test_every_rule_is_broken_here():
    assert set(BREAKS) == {rule.name for rule in ledger.RULES}


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_a_rule_is_found(name: str, rows: dict[str, str]):
    assert list(ledger.violations()) == []

    with broken(BREAKS[name].format(**rows)):
        found = {one.rule.name for one in ledger.violations(tenant_id=rows["tenant"])}
        assert name in found
        assert list(ledger.violations(tenant_id=rows["other"])) == []
        assert found <= {one.rule.name for one in ledger.violations()}
