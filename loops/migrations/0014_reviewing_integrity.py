"""History that cannot be rewritten, and the risk and waiting cost of what was asked before."""

from django.db import migrations

from m25console.history import append_only

KNOWN_BEFORE = """
UPDATE human_checkpoints SET
    risk = CASE
        WHEN checkpoint_type = 'approve_recovery' AND target_id LIKE 'pat\\_%' THEN 1
        WHEN checkpoint_type = 'simulate_routing' THEN 2
        WHEN checkpoint_type <> 'approve_recovery' THEN 3
        WHEN confidence_band = 'strong_match' THEN 1
        WHEN confidence_band = 'weak_match' THEN 2
        ELSE 3 END,
    waiting_cost = CASE priority
            WHEN 'critical' THEN 16 WHEN 'high' THEN 8 WHEN 'normal' THEN 4 WHEN 'low' THEN 2
            ELSE 1 END
        * CASE WHEN holds_loop THEN 2 ELSE 1 END * CASE WHEN is_blocking THEN 2 ELSE 1 END
"""


class Migration(migrations.Migration):
    dependencies = [("loops", "0013_reviewing")]
    operations = [
        *[
            append_only(table)
            for table in ("decision_snapshots", "checkpoint_comments", "comment_mentions")
        ],
        migrations.RunSQL(sql=KNOWN_BEFORE, reverse_sql=migrations.RunSQL.noop),
    ]
