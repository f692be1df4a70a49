from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs
from django.utils import timezone

from loops.domain.routing import effective_magnitude
from loops.domain.states import AdjustmentState, AdjustmentType
from loops.models.ids import new_adjustment_id
from loops.models.policies import PolicyRule
from loops.models.traces import LoopTrace
from m25console.fields import choices_of, one_of, probability
from m25console.models import Tenant

_COLUMNS: Final[Mapping[AdjustmentState, Mapping[str, bool]]] = {
    AdjustmentState.ACTIVE: {"is_active": True, "was_rolled_back": False},
    AdjustmentState.ROLLED_BACK: {"is_active": False, "was_rolled_back": True},
    AdjustmentState.EXPIRED: {"is_active": False, "was_rolled_back": False},
}


class RoutingAdjustmentQuerySet(models.QuerySet["RoutingAdjustment"]):
    def for_tenant(self, tenant: Tenant) -> "RoutingAdjustmentQuerySet":
        return self.filter(tenant=tenant)

    def active(self) -> "RoutingAdjustmentQuerySet":
        return self.filter(is_active=True)

    def in_state(self, state: AdjustmentState | None) -> "RoutingAdjustmentQuerySet":
        """Those that stand so; all of them for None."""
        return self.filter(**_COLUMNS[state]) if state else self

    def in_force(self, now: datetime) -> "RoutingAdjustmentQuerySet":
        """Those that weigh something at `now`, whether the expired were ended yet or not."""
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return self.active().filter(lasting)

    def oldest_first(self) -> "RoutingAdjustmentQuerySet":
        return self.order_by("created_at", "pk")

    def newest_first(self) -> "RoutingAdjustmentQuerySet":
        return self.order_by("-created_at", "-pk")

    def locked(self) -> "RoutingAdjustmentQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        return self.select_for_update(of=("self",)).order_by("pk")

    def take_back(self, *, reason: str, by: str, now: datetime) -> int:
        """Roll back those that are active, and how many that were. `by` names who did it."""
        return self.filter(is_active=True).update(
            is_active=False,
            was_rolled_back=True,
            rollback_reason=reason,
            rolled_back_at=now,
            rolled_back_by=by,
        )


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
    rolled_back_at = models.DateTimeField(null=True, blank=True)
    rolled_back_by = models.CharField(max_length=254, default="", db_default="", blank=True)
    kpi_baseline = models.FloatField(
        null=True, blank=True, help_text="Success share in the day before; null: too few decisions"
    )
    kpi_baseline_decisions = models.PositiveBigIntegerField(null=True, blank=True)
    kpi_current = models.FloatField(
        null=True, blank=True, help_text="Success share since; null: too few decisions"
    )
    kpi_decisions = models.PositiveBigIntegerField(null=True, blank=True)
    kpi_checked_at = models.DateTimeField(null=True, blank=True)

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
                condition=Q(rolled_back_at__isnull=True) | Q(was_rolled_back=True),
                name="adjustment_rolled_back_at_once_it_was",
            ),
            probability("kpi_baseline", name="adjustment_baseline_is_share"),
            probability("kpi_current", name="adjustment_kpi_is_share"),
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
            models.Index(
                fields=["tenant", "is_active", "was_rolled_back", "-created_at", "-id"],
                name="adjustment_by_state",
            ),
            models.Index(
                F("kpi_checked_at").asc(nulls_first=True),
                "id",
                condition=Q(is_active=True),
                name="adjustment_to_check",
            ),
            models.Index(
                fields=["rolled_back_at"],
                condition=Q(was_rolled_back=True),
                name="adjustment_rolled_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.magnitude:+.2f}"

    @property
    def state(self) -> AdjustmentState:
        if self.is_active:
            return AdjustmentState.ACTIVE
        return AdjustmentState.ROLLED_BACK if self.was_rolled_back else AdjustmentState.EXPIRED

    def effective(self, now: datetime) -> Decimal:
        """What is left of the magnitude at `now`."""
        return effective_magnitude(
            magnitude=self.magnitude,
            is_active=self.is_active,
            created_at=self.created_at,
            expires_at=self.expires_at,
            now=now,
        )
