from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0007_runs_of_older_loops"),
        ("m25console", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="routingadjustment",
            name="kpi_baseline_decisions",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="routingadjustment",
            name="kpi_checked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="routingadjustment",
            name="kpi_decisions",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="routingadjustment",
            name="rolled_back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="routingadjustment",
            name="rolled_back_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.AlterField(
            model_name="routingadjustment",
            name="kpi_baseline",
            field=models.FloatField(
                blank=True,
                help_text="Success share in the day before; null: too few decisions",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="routingadjustment",
            name="kpi_current",
            field=models.FloatField(
                blank=True, help_text="Success share since; null: too few decisions", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="routingadjustment",
            index=models.Index(
                fields=["tenant", "is_active", "was_rolled_back", "-created_at", "-id"],
                name="adjustment_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="routingadjustment",
            index=models.Index(
                models.OrderBy(models.F("kpi_checked_at"), nulls_first=True),
                models.F("id"),
                condition=models.Q(("is_active", True)),
                name="adjustment_to_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rolled_back_at__isnull", True), ("was_rolled_back", True), _connector="OR"
                ),
                name="adjustment_rolled_back_at_once_it_was",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("kpi_baseline__gte", 0), ("kpi_baseline__lte", 1)),
                name="adjustment_baseline_is_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("kpi_current__gte", 0), ("kpi_current__lte", 1)),
                name="adjustment_kpi_is_share",
            ),
        ),
    ]
