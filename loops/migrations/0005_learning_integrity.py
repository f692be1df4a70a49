"""What the models of learning cannot say: tenants that must agree, history that cannot be
rewritten, changes that every process must notice, and that a failure is either prevented or
an incident."""

from django.db import migrations

from m25console.history import append_only
from m25console.keys import same_tenant

SAME_TENANT = [
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
    ("calibration_outcomes", "pattern_id", "failure_patterns"),
    ("calibration_outcomes", "incident_id", "incidents"),
    ("timeline_views", "incident_id", "incidents"),
    ("audit_runs", "trace_id", "loop_traces"),
    ("bound_scopes", "incident_id", "incidents"),
    ("recovery_executions", "recovery_id", "recovery_candidates"),
    ("suggestion_provenance", "recovery_id", "recovery_candidates"),
]

HISTORY = [
    "policy_confirmations",
    "policy_versions",
    "policy_promises",
    "prevention_records",
    "regret_events",
    "calibration_outcomes",
    "graduation_history",
    "timeline_views",
    "audit_acks",
    "suggestion_provenance",
]

SILENCE_EXPIRES = """
ALTER TABLE human_checkpoints DROP CONSTRAINT checkpoint_resolution_was_offered;
ALTER TABLE human_checkpoints ADD CONSTRAINT checkpoint_resolution_was_offered
    CHECK (resolution IS NULL OR options ? resolution OR resolution = 'expired')
"""
SILENCE_DOES_NOT = """
ALTER TABLE human_checkpoints DROP CONSTRAINT checkpoint_resolution_was_offered;
ALTER TABLE human_checkpoints ADD CONSTRAINT checkpoint_resolution_was_offered
    CHECK (resolution IS NULL OR options ? resolution)
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

# As in 0002: ids are looked up whole, and these tables grow with the traffic.
NO_PREFIX_SEARCH = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema() AND indexname LIKE '%\\_like' AND tablename IN (
            'policy_evaluations', 'prevention_records', 'regret_events', 'timeline_views',
            'recovery_executions', 'bound_scopes', 'calibration_outcomes', 'audit_runs'
        )
    LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("loops", "0004_learning_in_full")]
    operations = [
        *[same_tenant(child, column, parent) for child, column, parent in SAME_TENANT],
        *[append_only(table) for table in HISTORY],
        migrations.RunSQL(sql=SILENCE_EXPIRES, reverse_sql=SILENCE_DOES_NOT),
        migrations.RunSQL(sql=CHANGES_ARE_NOTICED, reverse_sql=CHANGES_ARE_NOT),
        migrations.RunSQL(sql=EITHER_OR, reverse_sql=BOTH),
        migrations.RunSQL(sql=NO_PREFIX_SEARCH, reverse_sql=migrations.RunSQL.noop),
    ]
