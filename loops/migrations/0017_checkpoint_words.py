"""The words a search finds a question by, kept with it; those asked before are given theirs."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

KNOWN_BEFORE = """
UPDATE human_checkpoints h SET words = (
    SELECT coalesce(array_to_tsvector(array_agg(DISTINCT left(word, 40))), '')
    FROM regexp_split_to_table(
        lower(concat_ws(' ', h.id, h.trace_id, h.incident_id, h.target_id, i.title,
            i.affected_agent_id, i.error_type, i.error_code, left(h.description, 1000),
            left(p.template_text, 1000), p.id)),
        '[^[:alnum:]]+') AS word
    WHERE word <> '')
FROM incidents i LEFT JOIN failure_patterns p ON p.id = i.matched_pattern_id
WHERE i.id = h.incident_id
"""


class Migration(migrations.Migration):
    dependencies = [("loops", "0016_pattern_merges")]
    operations = [
        migrations.AddField(
            model_name="humancheckpoint",
            name="words",
            field=django.contrib.postgres.search.SearchVectorField(
                db_default="",
                default="",
                editable=False,
                help_text="What finds it (SEARCH_V1)",
            ),
        ),
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=["words"],
                name="checkpoint_words_pending",
            ),
        ),
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("resolved_at__isnull", False)),
                fields=["words"],
                name="checkpoint_words_decided",
            ),
        ),
        migrations.RunSQL(sql=KNOWN_BEFORE, reverse_sql=migrations.RunSQL.noop),
    ]
