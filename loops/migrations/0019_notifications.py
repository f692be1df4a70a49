import django.db.models.deletion
import django.utils.timezone
import loops.models.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0018_figures"),
        ("m25console", "0002_audit_reading"),
        ("m25console", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Happening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("reminded", "Reminded"),
                            ("escalated", "Escalated"),
                            ("decided", "Decided"),
                            ("lapsed", "Lapsed"),
                            ("mentioned", "Mentioned"),
                            ("delegated", "Delegated"),
                            ("held_refused", "Held refused"),
                            ("policy_shadowed", "Policy shadowed"),
                            ("routing_rolled_back", "Routing rolled back"),
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Of what it tells, so that it is told once", max_length=128
                    ),
                ),
                (
                    "subject_id",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Of the policy or routing change",
                        max_length=64,
                    ),
                ),
                ("sentence", models.TextField()),
                ("details", models.JSONField(blank=True, default=dict)),
                (
                    "named",
                    models.JSONField(
                        blank=True, default=list, help_text="The people it is meant for"
                    ),
                ),
                (
                    "risk",
                    models.PositiveSmallIntegerField(
                        blank=True, choices=[(1, "Low"), (2, "Medium"), (3, "High")], null=True
                    ),
                ),
                ("is_urgent", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="happenings",
                        to="loops.humancheckpoint",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "happenings",
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_at__isnull", True)),
                        fields=["id"],
                        name="happening_untold",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "event__in",
                                [
                                    "asked",
                                    "reminded",
                                    "escalated",
                                    "decided",
                                    "lapsed",
                                    "mentioned",
                                    "delegated",
                                    "held_refused",
                                    "policy_shadowed",
                                    "routing_rolled_back",
                                ],
                            )
                        ),
                        name="happening_event_known",
                    ),
                    models.UniqueConstraint(fields=("tenant", "key"), name="happening_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "happening",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="loops.happening",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "notifications",
                "indexes": [
                    models.Index(
                        fields=["person", "tenant", "-at", "-id"], name="notification_newest"
                    ),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["person", "tenant", "-at", "-id"],
                        name="notification_unread",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("happening", "person"), name="notification_once_per_person"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationChannel",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=loops.models.ids.new_channel_id,
                        editable=False,
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("email", "Email"), ("webhook", "Webhook"), ("slack", "Slack")],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "address",
                    models.CharField(
                        help_text="Of Slack only the host: the rest of it is a secret",
                        max_length=2048,
                    ),
                ),
                (
                    "sealed_secret",
                    models.BinaryField(
                        blank=True,
                        help_text="What signs a webhook, or Slack's whole address; encrypted",
                        null=True,
                    ),
                ),
                ("events", models.JSONField(default=list)),
                (
                    "least_risk",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Low"), (2, "Medium"), (3, "High")], default=1
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True)),
                (
                    "fault",
                    models.TextField(
                        blank=True, default="", help_text="Why the last delivery failed"
                    ),
                ),
                ("tested_at", models.DateTimeField(blank=True, null=True)),
                ("test_result", models.JSONField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose it is; empty: the tenant's",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notification_channels",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "notification_channels",
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=["tenant", "created_at", "id"],
                        name="channel_in_use",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["email", "webhook", "slack"])),
                        name="channel_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("least_risk__in", [1, 2, 3])), name="channel_risk_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="channel_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "email"), ("sealed_secret__isnull", True)),
                            models.Q(
                                models.Q(("kind", "email"), _negated=True),
                                ("sealed_secret__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="channel_secret_unless_mail",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=loops.models.ids.new_delivery_id,
                        editable=False,
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("is_urgent", models.BooleanField(default=False)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "next_try_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When a worker should send it; empty: it rests",
                        null=True,
                    ),
                ),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("ticket", models.CharField(blank=True, default="", max_length=32)),
                (
                    "subject",
                    models.TextField(blank=True, default="", help_text="As it was last sent"),
                ),
                ("error", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="loops.notificationchannel",
                    ),
                ),
            ],
            options={
                "db_table": "notification_deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["next_try_at", "id"],
                        name="delivery_due",
                    ),
                    models.Index(fields=["tenant", "-created_at", "-id"], name="delivery_newest"),
                    models.Index(
                        fields=["tenant", "status", "-created_at", "-id"], name="delivery_by_status"
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting"), ("ticket", ""), ("tries", 0)),
                        fields=["channel", "id"],
                        name="delivery_gathering",
                    ),
                    models.Index(
                        condition=models.Q(("status", "failed")),
                        fields=["created_at"],
                        name="delivery_failed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["waiting", "sending", "sent", "failed", "skipped"])
                        ),
                        name="delivery_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", True),
                                ("next_try_at__isnull", False),
                                ("status__in", ["waiting", "sending"]),
                            ),
                            models.Q(
                                ("finished_at__isnull", False),
                                ("next_try_at__isnull", True),
                                ("status__in", ["sent", "failed", "skipped"]),
                            ),
                            _connector="OR",
                        ),
                        name="delivery_finished_or_due",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="loops.delivery",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
                (
                    "happening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="loops.happening",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loops.notificationchannel",
                    ),
                ),
            ],
            options={
                "db_table": "notification_delivery_items",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("channel", "happening"), name="delivered_once_per_channel"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationMark",
            fields=[
                ("source", models.CharField(max_length=32, primary_key=True, serialize=False)),
                (
                    "number",
                    models.BigIntegerField(default=0, help_text="The last row seen, by its number"),
                ),
                (
                    "at",
                    models.DateTimeField(
                        blank=True, help_text="Seen up to then, by its time", null=True
                    ),
                ),
                (
                    "began_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="What is older was there before anybody looked",
                        null=True,
                    ),
                ),
            ],
            options={
                "db_table": "notification_marks",
            },
        ),
        migrations.AddIndex(
            model_name="helddecision",
            index=models.Index(
                condition=models.Q(("state", "refused")), fields=["ended_at"], name="hold_refused"
            ),
        ),
        migrations.AddIndex(
            model_name="routingadjustment",
            index=models.Index(
                condition=models.Q(("was_rolled_back", True)),
                fields=["rolled_back_at"],
                name="adjustment_rolled_back",
            ),
        ),
        migrations.RunSQL(
            sql="\nINSERT INTO notification_marks (source, number, at, began_at)\nSELECT source, number, now(), now() FROM (VALUES\n    ('human_checkpoints', 0::bigint), ('lapsed_checkpoints', 0), ('held_decisions', 0),\n    ('routing_policy_adjustments', 0),\n    ('checkpoint_decisions', (SELECT coalesce(max(id), 0) + 1000 FROM checkpoint_decisions)),\n    ('comment_mentions', (SELECT coalesce(max(id), 0) + 1000 FROM comment_mentions)),\n    ('delegations', (SELECT coalesce(max(id), 0) + 1000 FROM delegations)),\n    ('policy_activation_audit', (SELECT coalesce(max(id), 0) + 1000 FROM policy_activation_audit))\n) AS known (source, number) WHERE EXISTS (SELECT FROM tenants)\n",
            reverse_sql="",
        ),
    ]
