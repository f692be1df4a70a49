import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import loops.domain.states.reviewing
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0012_audit_tallies"),
        ("m25console", "0001_initial"),
        ("m25console", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckpointComment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "checkpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
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
                "db_table": "checkpoint_comments",
                "indexes": [
                    models.Index(fields=["checkpoint", "at", "id"], name="comment_in_order")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="comment_says_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckpointSnooze",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snoozes",
                        to="loops.humancheckpoint",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
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
                "db_table": "checkpoint_snoozes",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("checkpoint", "person"), name="snooze_once_per_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("at"))),
                        name="snooze_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommentMention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mentions",
                        to="loops.checkpointcomment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
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
                "db_table": "comment_mentions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("comment", "person"), name="mention_once_per_comment"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionSnapshot",
            fields=[
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="snapshot",
                        serialize=False,
                        to="loops.checkpointdecision",
                    ),
                ),
                (
                    "shown",
                    models.JSONField(
                        help_text="Question, contract, figures and warnings, in words"
                    ),
                ),
                ("evidence_ids", models.JSONField(default=list)),
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
                "db_table": "decision_snapshots",
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="Taken back before its time", null=True
                    ),
                ),
                (
                    "delegate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations_held",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delegator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "delegations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="delegation_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="delegation_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delegator", models.F("delegate")), _negated=True),
                        name="delegation_is_to_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HeldDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(help_text="The person as they acted", max_length=254)),
                (
                    "option",
                    models.CharField(
                        choices=[
                            ("approve", "Approve"),
                            ("reject", "Reject"),
                            ("modify", "Modify"),
                            ("apply", "Apply"),
                            ("defer", "Defer"),
                            ("cancel", "Cancel"),
                            ("confirm_revert", "Confirm revert"),
                            ("override", "Override"),
                            ("respect", "Respect"),
                            ("expired", "Expired"),
                        ],
                        max_length=32,
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
                ("door", models.CharField(max_length=16)),
                (
                    "contract_digest",
                    models.CharField(help_text="Of the page it was given on", max_length=64),
                ),
                (
                    "shown",
                    models.JSONField(blank=True, default=dict, help_text="What that page showed"),
                ),
                ("at", models.DateTimeField()),
                ("effect_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("undone", "Undone"),
                            ("carried_out", "Carried out"),
                            ("refused", "Refused"),
                        ],
                        default=loops.domain.states.reviewing.HoldState["HELD"],
                        max_length=16,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.TextField(
                        blank=True, default="", help_text="Why it was refused, if it was"
                    ),
                ),
                (
                    "checkpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="loops.humancheckpoint",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_decisions",
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
                "db_table": "held_decisions",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")),
                        fields=["effect_at", "id"],
                        name="hold_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "option__in",
                                [
                                    "approve",
                                    "reject",
                                    "modify",
                                    "apply",
                                    "defer",
                                    "cancel",
                                    "confirm_revert",
                                    "override",
                                    "respect",
                                    "expired",
                                ],
                            )
                        ),
                        name="hold_option_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["held", "undone", "carried_out", "refused"])
                        ),
                        name="hold_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("effect_at__gt", models.F("at"))),
                        name="hold_lasts_a_while",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "held")),
                            models.Q(
                                models.Q(("state", "held"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="hold_ended_iff_not_held",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "held")),
                        fields=("checkpoint",),
                        name="hold_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "query",
                    models.CharField(
                        blank=True, help_text="The address after its ?", max_length=2000
                    ),
                ),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
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
                "db_table": "saved_views",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_shared", True)),
                        fields=["tenant", "name"],
                        name="saved_view_shared",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="saved_view_has_a_name",
                    ),
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("owner"),
                        django.db.models.functions.text.Lower("name"),
                        name="saved_view_name_once_per_owner",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="checkpointconfig",
            name="blind_second_opinion",
            field=models.BooleanField(
                default=False,
                help_text="The second does not see the first one's answer before their own",
            ),
        ),
        migrations.AddField(
            model_name="checkpointconfig",
            name="claim_minutes",
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name="checkpointconfig",
            name="hold_seconds",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="How long an answer given on a page can be undone"
            ),
        ),
        migrations.AddField(
            model_name="checkpointconfig",
            name="two_people_from",
            field=models.PositiveSmallIntegerField(
                blank=True,
                choices=[(1, "Low"), (2, "Medium"), (3, "High")],
                help_text="The least risk that two different people must agree to",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="checkpointdecision",
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
        migrations.AddField(
            model_name="checkpointdecision",
            name="reason_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("wrong_pattern", "Wrong pattern"),
                    ("wrong_action", "Wrong action"),
                    ("too_broad", "Too broad"),
                    ("unsafe", "Unsafe"),
                    ("stale", "Stale"),
                    ("other", "Other"),
                ],
                db_default="",
                default="",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="humancheckpoint",
            name="claimed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checkpoints_claimed",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="humancheckpoint",
            name="claimed_until",
            field=models.DateTimeField(
                blank=True, help_text="When the claim lapses by itself", null=True
            ),
        ),
        migrations.AddField(
            model_name="humancheckpoint",
            name="risk",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Low"), (2, "Medium"), (3, "High")],
                db_default=loops.domain.states.reviewing.Risk["HIGH"],
                default=loops.domain.states.reviewing.Risk["HIGH"],
                help_text="What a wrong yes could do (RISK_V1)",
            ),
        ),
        migrations.AddField(
            model_name="humancheckpoint",
            name="waiting_cost",
            field=models.PositiveSmallIntegerField(
                db_default=1, default=1, help_text="Points per hour of waiting (WAITING_COST_V1)"
            ),
        ),
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=["tenant", "-risk", "created_at", "id"],
                name="checkpoint_queue_by_risk",
            ),
        ),
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=["tenant", "-waiting_cost", "created_at", "id"],
                name="checkpoint_queue_by_cost",
            ),
        ),
        migrations.AddIndex(
            model_name="humancheckpoint",
            index=models.Index(
                condition=models.Q(("claimed_by__isnull", False), ("resolved_at__isnull", True)),
                fields=["tenant", "claimed_by", "id"],
                name="checkpoint_claims",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpointconfig",
            constraint=models.CheckConstraint(
                condition=models.Q(("hold_seconds__lte", 300)),
                name="config_holds_five_minutes_at_most",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpointconfig",
            constraint=models.CheckConstraint(
                condition=models.Q(("claim_minutes__gte", 1), ("claim_minutes__lte", 1440)),
                name="config_claims_lapse_within_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpointdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reason_code", ""),
                    (
                        "reason_code__in",
                        ["wrong_pattern", "wrong_action", "too_broad", "unsafe", "stale", "other"],
                    ),
                    _connector="OR",
                ),
                name="decision_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="humancheckpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("risk__in", [1, 2, 3])), name="checkpoint_risk_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="humancheckpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claimed_by__isnull", True), ("claimed_until__isnull", True)),
                    models.Q(("claimed_by__isnull", False), ("claimed_until__isnull", False)),
                    _connector="OR",
                ),
                name="checkpoint_claim_lapses",
            ),
        ),
    ]
