import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0023_channel_secrets"),
        ("m25console", "0003_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="figure",
            name="figure_series_known",
        ),
        migrations.AddField(
            model_name="notificationchannel",
            name="failures",
            field=models.PositiveIntegerField(
                default=0, help_text="Deliveries that failed since the last one that arrived"
            ),
        ),
        migrations.AlterField(
            model_name="figure",
            name="series",
            field=models.CharField(
                choices=[
                    ("loops", "Loops"),
                    ("bands", "Bands"),
                    ("decisions", "Decisions"),
                    ("waits", "Waits"),
                    ("rejections", "Rejections"),
                    ("decided_by", "Decided by"),
                    ("verifications", "Verifications"),
                    ("preventions", "Preventions"),
                    ("regrets", "Regrets"),
                    ("policy_moves", "Policy moves"),
                    ("deliveries", "Deliveries"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="notificationchannel",
            name="events",
            field=models.JSONField(),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False)),
                fields=["tenant", "created_at"],
                name="delivery_under_way",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=["tenant", "finished_at"],
                name="delivery_by_end",
            ),
        ),
        migrations.AddIndex(
            model_name="notificationchannel",
            index=models.Index(
                condition=models.Q(
                    ("failures__gte", 3), ("is_enabled", True), ("removed_at__isnull", True)
                ),
                fields=["tenant"],
                name="channel_failing",
            ),
        ),
        migrations.AddConstraint(
            model_name="figure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "series__in",
                        [
                            "loops",
                            "bands",
                            "decisions",
                            "waits",
                            "rejections",
                            "decided_by",
                            "verifications",
                            "preventions",
                            "regrets",
                            "policy_moves",
                            "deliveries",
                        ],
                    )
                ),
                name="figure_series_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notificationchannel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        models.Func(
                            models.F("events"),
                            function="jsonb_typeof",
                            output_field=models.TextField(),
                        ),
                        "array",
                    ),
                    (
                        "events__contained_by",
                        [
                            "asked",
                            "decided",
                            "delegated",
                            "escalated",
                            "held_refused",
                            "lapsed",
                            "mentioned",
                            "policy_shadowed",
                            "reminded",
                            "routing_rolled_back",
                        ],
                    ),
                    models.Q(("events", []), _negated=True),
                ),
                name="channel_events_known",
            ),
        ),
        # Messages of before are counted like all others.
        migrations.RunSQL(
            sql="""
INSERT INTO stale_hours (tenant_id, hour)
SELECT DISTINCT tenant_id, date_trunc('hour', created_at, 'UTC') FROM notification_deliveries
ON CONFLICT DO NOTHING
""",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
