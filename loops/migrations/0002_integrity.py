"""What models cannot say: keys that compare the tenant, history that cannot be rewritten, answers
that were offered, changes that every process must notice, and that a failure is either prevented
or an incident."""

from django.db import migrations

from m25console.history import append_only
from m25console.keys import same_tenant

SAME_TENANT = [
    ("incidents", "matched_pattern_id", "failure_patterns"),
    ("failure_patterns", "first_incident_id", "incidents"),
    ("failure_patterns", "merged_into_id", "failure_patterns"),
    ("failure_matches", "incident_id", "incidents"),
    ("loop_traces", "incident_id", "incidents"),
    ("loop_events", "trace_id", "loop_traces"),
    ("human_checkpoints", "trace_id", "loop_traces"),
    ("recovery_candidates", "trace_id", "loop_traces"),
    ("recovery_candidates", "source_pattern_id", "failure_patterns"),
    ("recovery_executions", "recovery_id", "recovery_candidates"),
    ("suggestion_provenance", "recovery_id", "recovery_candidates"),
    ("bound_scopes", "incident_id", "incidents"),
    ("policy_rules", "source_pattern_id", "failure_patterns"),
    ("policy_rules", "source_recovery_id", "recovery_candidates"),
    ("policy_rules", "source_incident_id", "incidents"),
    ("policy_confirmations", "policy_id", "policy_rules"),
    ("policy_versions", "policy_id", "policy_rules"),
    ("policy_exceptions", "policy_id", "policy_rules"),
    ("policy_promises", "policy_id", "policy_rules"),
    ("policy_evaluations", "policy_id", "policy_rules"),
    ("policy_evaluations", "pattern_id", "failure_patterns"),
    ("policy_tallies", "policy_id", "policy_rules"),
    ("prevention_records", "policy_id", "policy_rules"),
    ("prevention_records", "pattern_id", "failure_patterns"),
    ("regret_events", "policy_id", "policy_rules"),
    ("policy_regret_summary", "policy_id", "policy_rules"),
    ("pattern_calibrations", "pattern_id", "failure_patterns"),
    ("pattern_merges", "source_id", "failure_patterns"),
    ("pattern_merges", "into_id", "failure_patterns"),
    ("pattern_splits", "source_id", "failure_patterns"),
    ("pattern_splits", "into_id", "failure_patterns"),
    ("pattern_aliases", "pattern_id", "failure_patterns"),
    ("pattern_aliases", "heir_id", "failure_patterns"),
    ("pattern_cannot_links", "left_id", "failure_patterns"),
    ("pattern_cannot_links", "right_id", "failure_patterns"),
    ("calibration_outcomes", "pattern_id", "failure_patterns"),
    ("calibration_outcomes", "incident_id", "incidents"),
    ("routing_policy_adjustments", "loop_trace_id", "loop_traces"),
    ("timeline_views", "incident_id", "incidents"),
    ("audit_runs", "trace_id", "loop_traces"),
]

HISTORY = [
    "recovery_candidates_audit",
    "recovery_confirmations",
    "checkpoint_decisions",
    "decision_snapshots",
    "checkpoint_comments",
    "comment_mentions",
    "policy_activation_audit",
    "policy_confirmations",
    "policy_versions",
    "policy_promises",
    "prevention_records",
    "regret_events",
    "calibration_outcomes",
    "graduation_history",
    "pattern_merges",
    "pattern_splits",
    "timeline_views",
    "audit_acks",
    "suggestion_provenance",
]

FINISHED_EVENTS_REST = """
CREATE FUNCTION refuse_finished_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status IN ('done', 'failed') THEN
        RAISE EXCEPTION 'event % is history: it cannot be changed or deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER loop_events_is_history BEFORE UPDATE OR DELETE ON loop_events
    FOR EACH ROW EXECUTE FUNCTION refuse_finished_event_change();
"""
FINISHED_EVENTS_MOVE = """
DROP TRIGGER loop_events_is_history ON loop_events;
DROP FUNCTION refuse_finished_event_change();
"""

# Silence expires, and a question that nobody has to answer any more is cancelled by nobody.
ANSWERS_ARE_OFFERED = """
ALTER TABLE human_checkpoints ADD CONSTRAINT checkpoint_resolution_was_offered
    CHECK (resolution IS NULL OR options ? resolution OR resolution = 'expired'
           OR (resolution = 'cancel' AND auto_dismissed))
"""
ANSWERS_ARE_ANY = """
ALTER TABLE human_checkpoints DROP CONSTRAINT checkpoint_resolution_was_offered
"""

# Statement by statement, so that a batch of policies is one change of its tenant. No row is
# locked for it: two batches that touch the same tenants must not wait for each other crosswise.
CHANGES_ARE_NOTICED = """
CREATE FUNCTION note_policies_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO policy_changes (tenant_id) SELECT DISTINCT tenant_id FROM made;
    RETURN NULL;
END
$$;
CREATE FUNCTION note_policies_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO policy_changes (tenant_id)
    SELECT DISTINCT now.tenant_id FROM now JOIN before USING (id)
    WHERE (now.mode, now.revision, now.priority, now.name, now.scope_type, now.scope_id)
          IS DISTINCT FROM
          (before.mode, before.revision, before.priority, before.name, before.scope_type,
           before.scope_id)
       OR now.conditions <> before.conditions OR now.actions <> before.actions;
    RETURN NULL;
END
$$;
CREATE FUNCTION note_exceptions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO policy_changes (tenant_id) SELECT DISTINCT tenant_id FROM now;
    RETURN NULL;
END
$$;
CREATE TRIGGER policies_made AFTER INSERT ON policy_rules
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION note_policies_made();
CREATE TRIGGER policies_changed AFTER UPDATE ON policy_rules
    REFERENCING OLD TABLE AS before NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION note_policies_changed();
CREATE TRIGGER exceptions_made AFTER INSERT ON policy_exceptions
    REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION note_exceptions_changed();
CREATE TRIGGER exceptions_changed AFTER UPDATE ON policy_exceptions
    REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION note_exceptions_changed();
"""
CHANGES_ARE_NOT = """
DROP TRIGGER policies_made ON policy_rules;
DROP TRIGGER policies_changed ON policy_rules;
DROP TRIGGER exceptions_made ON policy_exceptions;
DROP TRIGGER exceptions_changed ON policy_exceptions;
DROP FUNCTION note_policies_made();
DROP FUNCTION note_policies_changed();
DROP FUNCTION note_exceptions_changed();
"""

# Under one external id a failure is an incident or a prevention, never both. Whoever comes second
# waits for the first to commit, then finds it: an incident is left out of its INSERT (the intake
# tells its sender why), a prevention raises. The locks are few and taken in their order (the
# intake sorts by `name_drawer`), so that two batches never wait for each other crosswise.
EITHER_OR = """
CREATE FUNCTION name_drawer(tenant_id text, external_id text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (hashtextextended(tenant_id, 0) # (hashtextextended(external_id, 7) & 31))
$$;
CREATE FUNCTION leave_out_prevented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(name_drawer(NEW.tenant_id, NEW.external_id));
    IF EXISTS (SELECT FROM prevention_records p
               WHERE p.tenant_id = NEW.tenant_id AND p.external_id = NEW.external_id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION refuse_prevention_of_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(name_drawer(NEW.tenant_id, NEW.external_id));
    IF EXISTS (SELECT FROM incidents i
               WHERE i.tenant_id = NEW.tenant_id AND i.external_id = NEW.external_id) THEN
        RAISE EXCEPTION 'an incident was written under external id %', NEW.external_id
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'prevention_or_incident';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER incidents_not_prevented BEFORE INSERT ON incidents
    FOR EACH ROW WHEN (NEW.external_id IS NOT NULL) EXECUTE FUNCTION leave_out_prevented();
CREATE TRIGGER preventions_not_incidents BEFORE INSERT ON prevention_records
    FOR EACH ROW WHEN (NEW.external_id IS NOT NULL)
    EXECUTE FUNCTION refuse_prevention_of_incident();
"""
BOTH = """
DROP TRIGGER incidents_not_prevented ON incidents;
DROP TRIGGER preventions_not_incidents ON prevention_records;
DROP FUNCTION leave_out_prevented();
DROP FUNCTION refuse_prevention_of_incident();
DROP FUNCTION name_drawer(text, text);
"""

# Declares the runs of loops that were advanced before runs existed, from what their history says:
# as if each had kept the contract from its first stage on, and names them. Leaves alone what has
# a run.
DECLARE = """
CREATE FUNCTION declare_loop_runs(loop_ids text[], declared_at timestamptz) RETURNS SETOF text
    LANGUAGE sql AS $$
WITH loops AS (
    SELECT t.id, t.tenant_id, t.incident_id, t.stages -> 'completed' AS completed, t.outcome,
           coalesce(t.failure_state, '') AS failure_state, t.current_stage,
           CASE WHEN t.failure_detail = '' THEN coalesce(t.failure_state, '')
                ELSE left(t.failure_detail, 2000) END AS detail,
           t.outcome IN ('ended', 'failed') AS stopped,
           t.failure_state IN ('human_checkpoint_rejected', 'reverted') AS cancelled
    FROM loop_traces t WHERE t.id = ANY(loop_ids) AND t.version > 1
), runs AS (
    INSERT INTO audit_runs (tenant_id, run_id, trace_id, phase, status, status_code,
                            next_check_at, created_at)
    SELECT tenant_id, id, id,
           CASE WHEN cancelled OR outcome = 'failed' THEN 'FAILED'
                WHEN outcome IN ('complete', 'ended') THEN 'COMPLETED'
                WHEN current_stage IN ('incident_created', 'pattern_matched') THEN 'EXECUTING'
                WHEN current_stage = 'routing_adjusted' THEN 'FINALIZING'
                ELSE 'GOVERNANCE_CHECK' END,
           CASE WHEN cancelled THEN 'cancelled' WHEN outcome = 'failed' THEN 'failed'
                WHEN outcome IN ('complete', 'ended') THEN 'succeeded' ELSE 'running' END,
           CASE WHEN stopped THEN failure_state ELSE '' END,
           CASE WHEN outcome IN ('complete', 'ended', 'failed') THEN declared_at END, declared_at
    FROM loops ORDER BY id
    ON CONFLICT (tenant_id, run_id) DO NOTHING RETURNING id AS number, run_id AS loop_id
), words AS (
    SELECT l.*, r.number, p.domain, p.action, p.deadline_ms, l.completed ? p.kept_by AS kept,
           p.action = 'finalize_run' AS finalizes
    FROM runs r JOIN loops l ON l.id = r.loop_id
    CROSS JOIN (VALUES
        ('incidents', 'create_incident', 5000, 'incident_created'),
        ('policies', 'evaluate_policy', 5000, 'recovery_suggested'),
        ('logs', 'start_trace', 5000, 'incident_created'),
        ('logs', 'complete_trace', 35000, 'routing_adjusted'),
        ('orchestrator', 'finalize_run', 35000, 'routing_adjusted')
    ) AS p(domain, action, deadline_ms, kept_by)
), promised AS (
    INSERT INTO audit_expectations (tenant_id, run_id, domain, action, status, deadline_ms,
                                    acked_at, metadata, created_at)
    SELECT tenant_id, number, domain, action,
           CASE WHEN NOT kept AND NOT stopped THEN 'PENDING'
                WHEN kept OR finalizes OR outcome = 'ended' THEN 'ACKED' ELSE 'FAILED' END,
           deadline_ms,
           CASE WHEN kept OR stopped AND (finalizes OR outcome = 'ended') THEN declared_at END,
           CASE WHEN finalizes THEN '{"is_liveness_check": true}'::jsonb ELSE '{}' END,
           declared_at
    FROM words
), acked AS (
    INSERT INTO audit_acks (tenant_id, run_id, domain, action, status, result_id, error, metadata,
                            created_at)
    SELECT tenant_id, number, domain, action,
           CASE WHEN kept OR finalizes OR outcome = 'ended' THEN 'SUCCESS' ELSE 'FAILED' END,
           CASE WHEN action = 'create_incident' AND kept THEN incident_id
                WHEN kept AND action <> 'evaluate_policy' OR finalizes THEN id END,
           CASE WHEN NOT (kept OR finalizes OR outcome = 'ended')
                THEN 'Stage ' || current_stage || ': ' || detail END,
           CASE WHEN kept THEN '{}'::jsonb
                WHEN finalizes THEN jsonb_build_object('stopped_by', failure_state)
                WHEN outcome = 'ended'
                THEN jsonb_build_object('not_needed', 'Stage ' || current_stage || ': ' || detail)
                ELSE '{}' END,
           declared_at
    FROM words WHERE kept OR stopped
)
SELECT loop_id FROM runs
$$
"""

RUNS_ARE_NOT_DECLARED = "DROP FUNCTION declare_loop_runs(text[], timestamptz)"

# Django makes an index for searches by prefix beside every text key. Ids are looked up whole, and
# these tables grow with the traffic, so there they would only cost.
NO_PREFIX_SEARCH = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema() AND indexname LIKE '%\\_like' AND tablename IN (
            'incidents', 'loop_traces', 'loop_events', 'failure_patterns', 'failure_pattern_keys',
            'recovery_candidates', 'human_checkpoints', 'policy_rules',
            'routing_policy_adjustments', 'policy_evaluations', 'prevention_records',
            'regret_events', 'timeline_views', 'recovery_executions', 'bound_scopes',
            'calibration_outcomes', 'audit_runs'
        )
    LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("loops", "0001_initial")]
    operations = [
        *[same_tenant(child, column, parent) for child, column, parent in SAME_TENANT],
        *[append_only(table) for table in HISTORY],
        migrations.RunSQL(sql=FINISHED_EVENTS_REST, reverse_sql=FINISHED_EVENTS_MOVE),
        migrations.RunSQL(sql=ANSWERS_ARE_OFFERED, reverse_sql=ANSWERS_ARE_ANY),
        migrations.RunSQL(sql=CHANGES_ARE_NOTICED, reverse_sql=CHANGES_ARE_NOT),
        migrations.RunSQL(sql=EITHER_OR, reverse_sql=BOTH),
        migrations.RunSQL(sql=DECLARE, reverse_sql=RUNS_ARE_NOT_DECLARED),
        migrations.RunSQL(sql=NO_PREFIX_SEARCH, reverse_sql=migrations.RunSQL.noop),
    ]
