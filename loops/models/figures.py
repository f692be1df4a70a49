"""What happened in each hour, counted once so that no dashboard has to."""

from django.db import models

from loops.domain.figures import Series
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class Figure(models.Model):
    """How many of something fell in one hour (UTC). Counted anew whenever that hour changed."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField(help_text="Its first moment")
    series = models.CharField(max_length=16, choices=choices_of(Series))
    label = models.CharField(max_length=64)
    value = models.BigIntegerField()

    class Meta:
        db_table = "figures"
        constraints = [
            one_of("series", Series, name="figure_series_known"),
            models.UniqueConstraint(
                fields=["tenant", "hour", "series", "label"],
                include=["value"],
                name="figure_once_per_hour",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.label} {self.hour:%F %H}h: {self.value}"


class StaleHour(models.Model):
    """An hour whose figures must be counted again, because something in it changed."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField(help_text="Its first moment")

    class Meta:
        db_table = "stale_hours"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "hour"], name="stale_hour_once"),
        ]
        indexes = [models.Index(fields=["-hour", "id"], name="stale_hour_newest")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.hour:%F %H}h"


class FigureMark(models.Model):
    """Until when a tenant's rows were searched for hours that changed."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    looked_until = models.DateTimeField()

    class Meta:
        db_table = "figure_marks"

    def __str__(self) -> str:
        return f"{self.tenant_id} until {self.looked_until:%F %T}"
