import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from m25console.history import append_only
from m25console.keys import same_tenant

SAME_TENANT = [
    ("failure_patterns", "merged_into_id"),
    *[
        (table, f"{name}_id")
        for table in ("pattern_merges", "pattern_splits")
        for name in ("source", "into")
    ],
    *[("pattern_aliases", f"{name}_id") for name in ("pattern", "heir")],
    *[("pattern_cannot_links", f"{name}_id") for name in ("left", "right")],
]


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0015_clocks_and_silence"),
        ("m25console", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CannotLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField()),
                ("label", models.CharField(help_text="The person as they acted", max_length=254)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, default="", max_length=254)),
                ("lifted_reason", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "pattern_cannot_links",
            },
        ),
        migrations.CreateModel(
            name="PatternAlias",
            fields=[
                (
                    "pattern",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="alias",
                        serialize=False,
                        to="loops.failurepattern",
                    ),
                ),
                (
                    "bucket",
                    models.CharField(
                        help_text="In which its incidents are looked up", max_length=32
                    ),
                ),
                ("heir_bucket", models.CharField(max_length=32)),
            ],
            options={
                "db_table": "pattern_aliases",
            },
        ),
        migrations.CreateModel(
            name="PatternMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("incidents", models.PositiveIntegerField(help_text="How many came along")),
                (
                    "moved",
                    models.JSONField(help_text="What else came along or was given up, by table"),
                ),
                ("reason", models.TextField()),
                ("label", models.CharField(help_text="The person as they acted", max_length=254)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "db_table": "pattern_merges",
            },
        ),
        migrations.CreateModel(
            name="PatternSplit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("incidents", models.PositiveIntegerField(help_text="How many went along")),
                ("moved", models.JSONField(help_text="What else went along, by table")),
                ("reason", models.TextField()),
                ("label", models.CharField(help_text="The person as they acted", max_length=254)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "db_table": "pattern_splits",
            },
        ),
        migrations.AddField(
            model_name="failurepattern",
            name="apart_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                blank=True,
                db_default=[],
                default=list,
                help_text="Patterns that people told apart from it, as the pairs that stand say",
            ),
        ),
        migrations.AddField(
            model_name="failurepattern",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Where its incidents are counted now; empty unless it was merged",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddConstraint(
            model_name="failurepattern",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="pattern_is_not_its_own_heir",
            ),
        ),
        migrations.AddField(
            model_name="cannotlink",
            name="left",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="The one with the smaller id",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="cannotlink",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cannotlink",
            name="right",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="cannotlink",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="m25console.tenant",
            ),
        ),
        migrations.AddField(
            model_name="patternalias",
            name="heir",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="aliases",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="patternalias",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="m25console.tenant",
            ),
        ),
        migrations.AddField(
            model_name="patternmerge",
            name="into",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges_from",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="patternmerge",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="patternmerge",
            name="source",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges_into",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="patternmerge",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="m25console.tenant",
            ),
        ),
        migrations.AddField(
            model_name="patternsplit",
            name="into",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="splits_into",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="patternsplit",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="patternsplit",
            name="source",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="splits_from",
                to="loops.failurepattern",
            ),
        ),
        migrations.AddField(
            model_name="patternsplit",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="m25console.tenant",
            ),
        ),
        migrations.AddField(
            model_name="patternsplit",
            name="undoes",
            field=models.OneToOneField(
                blank=True,
                help_text="The merge that this took back, if it was one",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="loops.patternmerge",
            ),
        ),
        migrations.AddIndex(
            model_name="cannotlink",
            index=models.Index(fields=["tenant", "-at", "-id"], name="apart_newest"),
        ),
        migrations.AddConstraint(
            model_name="cannotlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("left__lt", models.F("right"))), name="apart_pair_is_ordered"
            ),
        ),
        migrations.AddConstraint(
            model_name="cannotlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="apart_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="cannotlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at__isnull", True), ("lifted_by", "")),
                    models.Q(
                        ("lifted_at__isnull", False), models.Q(("lifted_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="apart_lifted_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="cannotlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=("left", "right"),
                name="apart_once_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="patternalias",
            index=models.Index(fields=["tenant", "bucket"], name="alias_by_bucket"),
        ),
        migrations.AddConstraint(
            model_name="patternalias",
            constraint=models.CheckConstraint(
                condition=models.Q(("pattern", models.F("heir")), _negated=True),
                name="alias_leads_elsewhere",
            ),
        ),
        migrations.AddIndex(
            model_name="patternmerge",
            index=models.Index(fields=["tenant", "-at", "-id"], name="merge_newest"),
        ),
        migrations.AddConstraint(
            model_name="patternmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("into")), _negated=True),
                name="merge_is_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="patternmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="merge_says_why"
            ),
        ),
        migrations.AddIndex(
            model_name="patternsplit",
            index=models.Index(fields=["tenant", "-at", "-id"], name="split_newest"),
        ),
        migrations.AddConstraint(
            model_name="patternsplit",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("into")), _negated=True),
                name="split_makes_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="patternsplit",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="split_says_why"
            ),
        ),
        *[same_tenant(child, column, "failure_patterns") for child, column in SAME_TENANT],
        *[append_only(table) for table in ("pattern_merges", "pattern_splits")],
    ]
