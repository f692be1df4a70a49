"""What an address that the console calls for a tenant has, whatever it is called for."""

from django.db import models


class Target(models.Model):
    """An address that is called: the secret that signed before the one in use, and the last test
    that somebody sent by hand."""

    sealed_previous = models.BinaryField(
        null=True, blank=True, help_text="The secret before it, which still signs for a while"
    )
    previous_until = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    test_result = models.JSONField(null=True, blank=True, help_text="What the last test came to")

    class Meta:
        abstract = True
