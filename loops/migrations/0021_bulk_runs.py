import django.db.models.deletion
import django.utils.timezone
import loops.domain.states.reviewing
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0020_decisions_by_person"),
        ("m25console", "0003_preferences"),
        ("m25console", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(help_text="The person as they acted", max_length=254)),
                (
                    "door",
                    models.CharField(
                        choices=[
                            ("web", "Web"),
                            ("api", "Api"),
                            ("admin", "Admin"),
                            ("system", "System"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("approve", "Approve"),
                            ("reject", "Reject"),
                            ("defer", "Defer"),
                            ("claim", "Claim"),
                            ("release", "Release"),
                            ("snooze", "Snooze"),
                        ],
                        max_length=16,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("wrong_pattern", "Wrong pattern"),
                            ("wrong_action", "Wrong action"),
                            ("too_broad", "Too broad"),
                            ("unsafe", "Unsafe"),
                            ("stale", "Stale"),
                            ("other", "Other"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("until", models.DateTimeField(blank=True, help_text="Of a snooze", null=True)),
                ("despite_claim", models.BooleanField(default=False)),
                (
                    "group_key",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Of equivalent questions, if it was one",
                        max_length=64,
                    ),
                ),
                ("total", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_runs",
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
                "db_table": "bulk_runs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["id"],
                        name="bulk_run_unfinished",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("door__in", ["web", "api", "admin", "system"])),
                        name="bulk_run_door_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "act__in",
                                ["approve", "reject", "defer", "claim", "release", "snooze"],
                            )
                        ),
                        name="bulk_run_act_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__gte", 1), ("total__lte", 500)),
                        name="bulk_run_is_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "snooze"), ("until__isnull", False)),
                            models.Q(
                                models.Q(("act", "snooze"), _negated=True), ("until__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="bulk_run_until_iff_snooze",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "contract_digest",
                    models.CharField(help_text="Of what the person was shown", max_length=64),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("skipped", "Skipped")],
                        default=loops.domain.states.reviewing.ItemState["WAITING"],
                        max_length=16,
                    ),
                ),
                (
                    "told",
                    models.TextField(
                        blank=True, default="", help_text="What came of it, in a sentence"
                    ),
                ),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_items",
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
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="loops.bulkrun",
                    ),
                ),
            ],
            options={
                "db_table": "bulk_items",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["run", "position"],
                        name="bulk_item_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "skipped"])),
                        name="bulk_item_state_known",
                    ),
                    models.UniqueConstraint(fields=("run", "position"), name="bulk_item_in_order"),
                    models.UniqueConstraint(
                        fields=("run", "checkpoint"), name="bulk_item_once_per_run"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "skipped"), _negated=True),
                            models.Q(("told", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="bulk_item_skipped_says_why",
                    ),
                ],
            },
        ),
    ]
