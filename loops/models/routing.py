from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs
from django.utils import timezone

from loops.domain.states import AdjustmentType
from loops.models.ids import new_adjustment_id
from loops.models.policies import PolicyRule
from loops.models.traces import LoopTrace
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class RoutingAdjustmentQuerySet(models.QuerySet["RoutingAdjustment"]):
    def for_tenant(self, tenant: Tenant) -> "RoutingAdjustmentQuerySet":
        return self.filter(tenant=tenant)

    def active(self) -> "RoutingAdjustmentQuerySet":
        return self.filter(is_active=True)

    def newest_first(self) -> "RoutingAdjustmentQuerySet":
        return self.order_by("-created_at", "-pk")


class RoutingAdjustment(models.Model):
    """A temporary change of an agent's routing weight, caused by an active policy."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_adjustment_id, editable=False
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="adjustments", db_index=False
    )
    agent_id = models.CharField(max_length=255)
    capability = models.CharField(max_length=255, null=True, blank=True)
    adjustment_type = models.CharField(max_length=32, choices=choices_of(AdjustmentType))
    magnitude = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        help_text="Signed share of weight; at most max_delta either way",
    )
    reason = models.TextField(default="", blank=True)
    source_policy = models.ForeignKey(
        PolicyRule,
        on_delete=models.PROTECT,
        related_name="adjustments",
    )
    loop_trace = models.ForeignKey(
        LoopTrace,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="adjustments",
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    max_delta = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.2"))
    decay_days = models.PositiveSmallIntegerField(default=7)
    rollback_threshold = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.1"))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    was_rolled_back = models.BooleanField(default=False)
    rollback_reason = models.TextField(null=True, blank=True)
    kpi_baseline = models.FloatField(null=True, blank=True)
    kpi_current = models.FloatField(null=True, blank=True)

    objects = RoutingAdjustmentQuerySet.as_manager()

    class Meta:
        db_table = "routing_policy_adjustments"
        constraints = [
            one_of("adjustment_type", AdjustmentType, name="adjustment_type_known"),
            models.CheckConstraint(
                condition=Q(max_delta__gte=Abs(F("magnitude"))),
                name="adjustment_within_max_delta",
            ),
            models.CheckConstraint(
                condition=Q(was_rolled_back=False)
                | Q(is_active=False, rollback_reason__isnull=False),
                name="adjustment_rolled_back_says_why",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="adjustment_expires_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["loop_trace", "agent_id"], name="adjustment_once_per_loop_and_agent"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "agent_id", "is_active"], name="adjustment_by_agent"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="adjustment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.magnitude:+.2f}"
