import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0015_clocks_and_silence"),
        ("m25console", "0001_initial"),
        ("m25console", "__first__"),
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
                (
                    "left",
                    models.ForeignKey(
                        db_constraint=False,
                        help_text="The one with the smaller id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loops.failurepattern",
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
                    "right",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loops.failurepattern",
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
                "db_table": "pattern_cannot_links",
                "indexes": [models.Index(fields=["tenant", "-at", "-id"], name="apart_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("left__lt", models.F("right"))),
                        name="apart_pair_is_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="apart_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at__isnull", True), ("lifted_by", "")),
                            models.Q(
                                ("lifted_at__isnull", False),
                                models.Q(("lifted_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="apart_lifted_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("left", "right"),
                        name="apart_once_at_a_time",
                    ),
                ],
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
                (
                    "heir",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="loops.failurepattern",
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
                "db_table": "pattern_aliases",
                "indexes": [models.Index(fields=["tenant", "bucket"], name="alias_by_bucket")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pattern", models.F("heir")), _negated=True),
                        name="alias_leads_elsewhere",
                    )
                ],
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
                (
                    "into",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_from",
                        to="loops.failurepattern",
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
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_into",
                        to="loops.failurepattern",
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
                "db_table": "pattern_merges",
                "indexes": [models.Index(fields=["tenant", "-at", "-id"], name="merge_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("into")), _negated=True),
                        name="merge_is_of_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="merge_says_why"
                    ),
                ],
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
                (
                    "into",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="splits_into",
                        to="loops.failurepattern",
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
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="splits_from",
                        to="loops.failurepattern",
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
                    "undoes",
                    models.OneToOneField(
                        blank=True,
                        help_text="The merge that this took back, if it was one",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="loops.patternmerge",
                    ),
                ),
            ],
            options={
                "db_table": "pattern_splits",
                "indexes": [models.Index(fields=["tenant", "-at", "-id"], name="split_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", models.F("into")), _negated=True),
                        name="split_makes_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="split_says_why"
                    ),
                ],
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
        migrations.RunSQL(
            sql='ALTER TABLE "failure_patterns" ADD CONSTRAINT "failure_patterns_merged_into_id_same_tenant" FOREIGN KEY (tenant_id, "merged_into_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "failure_patterns" DROP CONSTRAINT "failure_patterns_merged_into_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_merges" ADD CONSTRAINT "pattern_merges_source_id_same_tenant" FOREIGN KEY (tenant_id, "source_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_merges" DROP CONSTRAINT "pattern_merges_source_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_merges" ADD CONSTRAINT "pattern_merges_into_id_same_tenant" FOREIGN KEY (tenant_id, "into_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_merges" DROP CONSTRAINT "pattern_merges_into_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_splits" ADD CONSTRAINT "pattern_splits_source_id_same_tenant" FOREIGN KEY (tenant_id, "source_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_splits" DROP CONSTRAINT "pattern_splits_source_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_splits" ADD CONSTRAINT "pattern_splits_into_id_same_tenant" FOREIGN KEY (tenant_id, "into_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_splits" DROP CONSTRAINT "pattern_splits_into_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_aliases" ADD CONSTRAINT "pattern_aliases_pattern_id_same_tenant" FOREIGN KEY (tenant_id, "pattern_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_aliases" DROP CONSTRAINT "pattern_aliases_pattern_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_aliases" ADD CONSTRAINT "pattern_aliases_heir_id_same_tenant" FOREIGN KEY (tenant_id, "heir_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_aliases" DROP CONSTRAINT "pattern_aliases_heir_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_cannot_links" ADD CONSTRAINT "pattern_cannot_links_left_id_same_tenant" FOREIGN KEY (tenant_id, "left_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_cannot_links" DROP CONSTRAINT "pattern_cannot_links_left_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql='ALTER TABLE "pattern_cannot_links" ADD CONSTRAINT "pattern_cannot_links_right_id_same_tenant" FOREIGN KEY (tenant_id, "right_id") REFERENCES "failure_patterns" (tenant_id, id)',
            reverse_sql='ALTER TABLE "pattern_cannot_links" DROP CONSTRAINT "pattern_cannot_links_right_id_same_tenant"',
        ),
        migrations.RunSQL(
            sql=[
                "\nCREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    RAISE EXCEPTION 'rows of % are history: they cannot be changed or deleted', TG_TABLE_NAME\n        USING ERRCODE = 'integrity_constraint_violation';\nEND\n$$\n",
                'CREATE TRIGGER "pattern_merges_is_history" BEFORE UPDATE OR DELETE ON "pattern_merges" FOR EACH ROW EXECUTE FUNCTION refuse_history_change()',
            ],
            reverse_sql=['DROP TRIGGER "pattern_merges_is_history" ON "pattern_merges"'],
        ),
        migrations.RunSQL(
            sql=[
                "\nCREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    RAISE EXCEPTION 'rows of % are history: they cannot be changed or deleted', TG_TABLE_NAME\n        USING ERRCODE = 'integrity_constraint_violation';\nEND\n$$\n",
                'CREATE TRIGGER "pattern_splits_is_history" BEFORE UPDATE OR DELETE ON "pattern_splits" FOR EACH ROW EXECUTE FUNCTION refuse_history_change()',
            ],
            reverse_sql=['DROP TRIGGER "pattern_splits_is_history" ON "pattern_splits"'],
        ),
    ]
