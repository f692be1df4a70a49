import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0017_checkpoint_words"),
        ("m25console", "0002_audit_reading"),
        ("m25console", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Its first moment")),
                (
                    "series",
                    models.CharField(
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
                        ],
                        max_length=16,
                    ),
                ),
                ("label", models.CharField(max_length=64)),
                ("value", models.BigIntegerField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "figures",
                "constraints": [
                    models.CheckConstraint(
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
                                ],
                            )
                        ),
                        name="figure_series_known",
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "hour", "series", "label"),
                        include=("value",),
                        name="figure_once_per_hour",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FigureMark",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="m25console.tenant",
                    ),
                ),
                ("looked_until", models.DateTimeField()),
            ],
            options={
                "db_table": "figure_marks",
            },
        ),
        migrations.CreateModel(
            name="StaleHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Its first moment")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="m25console.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "stale_hours",
                "indexes": [models.Index(fields=["-hour", "id"], name="stale_hour_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "hour"), name="stale_hour_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="recoverycandidate",
            index=models.Index(
                condition=models.Q(("verified_at__isnull", False)),
                fields=["tenant", "verified_at"],
                name="recovery_by_verified",
            ),
        ),
    ]
