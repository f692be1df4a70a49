"""How far a tenant's loop is trusted, from which evidence, and who has seen the proof."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.states import Capability, GateKey, GraduationLevel
from loops.models.ids import new_view_id
from loops.models.incidents import Incident
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class CapabilityLockout(models.Model):
    """Whether a tenant's loop has earned a capability; without a row it has not."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="capabilities")
    capability = models.CharField(max_length=32, choices=choices_of(Capability))
    requires_gate = models.CharField(max_length=16, choices=choices_of(GateKey))
    is_unlocked = models.BooleanField(default=False)
    unlocked_at = models.DateTimeField(null=True, blank=True)
    last_checked = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "capability_lockouts"
        constraints = [
            one_of("capability", Capability, name="capability_known"),
            one_of("requires_gate", GateKey, name="capability_gate_known"),
            models.UniqueConstraint(
                fields=["tenant", "capability"], name="capability_once_per_tenant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.capability}: {'unlocked' if self.is_unlocked else 'locked'}"


class GraduationStatus(models.Model):
    """Where a tenant's loop stands, as computed last; null tenant: the whole installation."""

    tenant = models.ForeignKey(
        Tenant,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    level = models.CharField(
        max_length=32, choices=choices_of(GraduationLevel), default=GraduationLevel.ALPHA
    )
    label = models.CharField(max_length=64)
    gates = models.JSONField(default=dict, help_text="By gate: passed, passed_at, score, evidence")
    is_graduated = models.BooleanField(default=False)
    graduated_at = models.DateTimeField(null=True, blank=True)
    degraded_from = models.CharField(
        max_length=32, choices=choices_of(GraduationLevel), null=True, blank=True
    )
    degradation_reason = models.TextField(default="", blank=True)
    last_checked = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "m25_graduation_status"
        verbose_name_plural = "graduation statuses"
        constraints = [
            one_of("level", GraduationLevel, name="graduation_level_known"),
            one_of("degraded_from", GraduationLevel, name="graduation_degraded_from_known"),
            models.UniqueConstraint(
                fields=["tenant"], nulls_distinct=False, name="graduation_once_per_tenant"
            ),
            models.CheckConstraint(
                condition=Q(level=GraduationLevel.DEGRADED.value, degraded_from__isnull=False)
                | ~Q(level=GraduationLevel.DEGRADED.value) & Q(degraded_from__isnull=True),
                name="graduation_degraded_says_from_what",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class GraduationHistory(models.Model):
    """One computation of the level, with the evidence it was computed from. Never altered."""

    tenant = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    level = models.CharField(max_length=32, choices=choices_of(GraduationLevel))
    gates = models.JSONField(help_text="By gate: passed, score, degraded")
    is_degraded = models.BooleanField(default=False)
    degraded_from = models.CharField(
        max_length=32, choices=choices_of(GraduationLevel), null=True, blank=True
    )
    degradation_reason = models.TextField(default="", blank=True)
    evidence = models.JSONField(help_text="Counts, rates, and the ids they were counted from")
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "graduation_history"
        verbose_name_plural = "graduation history"
        constraints = [one_of("level", GraduationLevel, name="graduation_history_level_known")]
        indexes = [
            models.Index(fields=["tenant", "-computed_at", "-id"], name="graduation_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.level} at {self.computed_at:%F %T}"


class TimelineView(models.Model):
    """Somebody looked at an incident's timeline; the server says what was on it. Never altered."""

    id = models.CharField(primary_key=True, max_length=64, default=new_view_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="timeline_views", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    viewed_on = models.DateField(help_text="Day (UTC)")
    viewed_at = models.DateTimeField(default=timezone.now)
    has_prevention = models.BooleanField(default=False)
    has_rollback = models.BooleanField(default=False)
    is_simulated = models.BooleanField(default=False)

    class Meta:
        db_table = "timeline_views"
        constraints = [
            # A day may hold two rows of one person: before and after the proof appeared.
            models.UniqueConstraint(
                fields=["user", "incident", "viewed_on", "has_prevention"],
                condition=Q(is_simulated=False),
                name="timeline_view_once_per_day",
            ),
            models.CheckConstraint(
                condition=Q(is_simulated=False, user__isnull=False) & ~Q(id__startswith="tv_sim_")
                | Q(is_simulated=True, id__startswith="tv_sim_"),
                name="timeline_view_simulated_says_so",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-viewed_at"],
                condition=Q(is_simulated=False, has_prevention=True),
                name="timeline_view_of_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} saw {self.incident_id}"
