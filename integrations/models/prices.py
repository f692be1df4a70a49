"""A tenant's own prices, and calls whose cost was told anew."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from integrations.models.ids import new_price_id, new_repricing_id
from m25console.models import Tenant


class OwnPriceQuerySet(models.QuerySet["OwnPrice"]):
    def for_tenant(self, tenant: Tenant) -> "OwnPriceQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "OwnPriceQuerySet":
        return self.order_by("-created_at", "-id")


class OwnPrice(models.Model):
    """What one model costs a tenant, whatever the list says; of those that hold at a moment, the
    one that was entered last."""

    id = models.CharField(primary_key=True, max_length=64, default=new_price_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    model = models.CharField(
        max_length=100, help_text="Its name or its beginning, in small letters"
    )
    dollars_in = models.DecimalField(max_digits=14, decimal_places=8, help_text="Of 1,000 tokens")
    dollars_out = models.DecimalField(max_digits=14, decimal_places=8, help_text="Of 1,000 tokens")
    reason = models.TextField()
    valid_from = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = OwnPriceQuerySet.as_manager()

    class Meta:
        db_table = "cus_own_prices"
        constraints = [
            models.CheckConstraint(
                condition=Q(dollars_in__gte=0, dollars_out__gte=0), name="own_price_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(model="") & ~Q(reason=""), name="own_price_has_model_and_reason"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="own_price_newest")]

    def __str__(self) -> str:
        return self.model


class RepricingRun(models.Model):
    """One pass over past calls that tells their cost anew; it goes on where it stopped."""

    id = models.CharField(primary_key=True, max_length=64, default=new_repricing_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    model = models.CharField(max_length=100, default="", blank=True, help_text="Empty: every model")
    priced_too = models.BooleanField(default=False, help_text="Also calls that have a price")
    reason = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    place_at = models.DateTimeField(help_text="The moment of the last call that was looked at")
    place_id = models.CharField(max_length=64, default="", blank=True)
    looked = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    change_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "cus_repricing_runs"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(finished_at__isnull=True),
                name="repricing_one_at_once",
            ),
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="repricing_has_a_span"),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="repricing_newest")]

    def __str__(self) -> str:
        return self.pk
