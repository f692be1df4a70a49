"""Answers that nobody else sees yet; and what the decisions so far were taken on, as far as that
is known."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEEN_BEFORE = """
INSERT INTO decision_snapshots (decision_id, tenant_id, shown, evidence_ids)
SELECT d.id, d.tenant_id, jsonb_build_object(
        'question', c.description,
        'subject', coalesce(c.contract -> 'subject', '{}'),
        'asked', coalesce(c.contract -> 'subject', '{}'),
        'digest', d.contract_digest,
        'confidence', c.confidence,
        'band', c.confidence_band,
        'risk', c.risk,
        'priority', c.priority,
        'approvals', c.approvers_required,
        'rules', coalesce(c.contract -> 'rules', '{}'),
        'figures', '[]'::jsonb,
        'warnings', '[]'::jsonb),
    jsonb_build_array(c.incident_id, c.trace_id, c.target_id)
FROM checkpoint_decisions d JOIN human_checkpoints c ON c.id = d.checkpoint_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0021_bulk_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunSQL(sql=SEEN_BEFORE, reverse_sql=migrations.RunSQL.noop),
        migrations.AddField(
            model_name="humancheckpoint",
            name="is_blind",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether nobody sees another's answer before they gave their own",
            ),
        ),
        migrations.AddField(
            model_name="helddecision",
            name="on_behalf_of",
            field=models.ForeignKey(
                blank=True,
                help_text="Who delegated this, if the person answered in another's place",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="humancheckpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_blind", False), ("approvers_required__gte", 2), _connector="OR"
                ),
                name="checkpoint_blind_asks_several",
            ),
        ),
    ]
