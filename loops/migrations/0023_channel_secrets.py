from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0022_blind_answers"),
        ("m25console", "0003_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="notificationchannel",
            name="previous_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="notificationchannel",
            name="sealed_previous",
            field=models.BinaryField(
                blank=True,
                help_text="The secret before it, which still signs for a while",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="notificationchannel",
            name="test_result",
            field=models.JSONField(blank=True, help_text="What the last test came to", null=True),
        ),
        migrations.AddConstraint(
            model_name="notificationchannel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("previous_until__isnull", True), ("sealed_previous__isnull", True)),
                    models.Q(
                        ("kind", "webhook"),
                        ("previous_until__isnull", False),
                        ("sealed_previous__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="channel_previous_secret_ends",
            ),
        ),
    ]
