"""What models cannot say: keys that compare the tenant, history that cannot be rewritten,
answers that were offered."""

from django.db import migrations

from m25console.history import append_only
from m25console.keys import same_tenant

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

ANSWERS_ARE_OFFERED = """
ALTER TABLE human_checkpoints ADD CONSTRAINT checkpoint_resolution_was_offered
    CHECK (resolution IS NULL OR options ? resolution)
"""

SAME_TENANT = [
    ("incidents", "matched_pattern_id", "failure_patterns"),
    ("failure_patterns", "first_incident_id", "incidents"),
    ("loop_traces", "incident_id", "incidents"),
    ("loop_events", "trace_id", "loop_traces"),
    ("human_checkpoints", "trace_id", "loop_traces"),
    ("recovery_candidates", "trace_id", "loop_traces"),
    ("recovery_candidates", "source_pattern_id", "failure_patterns"),
    ("policy_rules", "source_pattern_id", "failure_patterns"),
    ("policy_rules", "source_recovery_id", "recovery_candidates"),
    ("policy_rules", "source_incident_id", "incidents"),
    ("routing_policy_adjustments", "loop_trace_id", "loop_traces"),
]

# Django makes an index for searches by prefix beside every text key. Ids are looked up whole, and
# these tables take every incident, so there they would only cost.
NO_PREFIX_SEARCH = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema() AND indexname LIKE '%\\_like' AND tablename IN (
            'incidents', 'loop_traces', 'loop_events', 'failure_patterns', 'failure_pattern_keys',
            'recovery_candidates', 'human_checkpoints', 'policy_rules',
            'routing_policy_adjustments'
        )
    LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END
$$
"""

HISTORY = [
    "recovery_candidates_audit",
    "recovery_confirmations",
    "checkpoint_decisions",
    "policy_activation_audit",
]


class Migration(migrations.Migration):
    dependencies = [("loops", "0001_initial")]
    operations = [
        *[same_tenant(child, column, parent) for child, column, parent in SAME_TENANT],
        *[append_only(table) for table in HISTORY],
        migrations.RunSQL(sql=FINISHED_EVENTS_REST, reverse_sql=FINISHED_EVENTS_MOVE),
        migrations.RunSQL(
            sql=ANSWERS_ARE_OFFERED,
            reverse_sql="ALTER TABLE human_checkpoints "
            "DROP CONSTRAINT checkpoint_resolution_was_offered",
        ),
        migrations.RunSQL(sql=NO_PREFIX_SEARCH, reverse_sql=migrations.RunSQL.noop),
    ]
