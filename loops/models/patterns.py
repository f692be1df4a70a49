from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from loops.domain.states import PatternType
from loops.models.ids import new_pattern_id
from loops.models.incidents import Incident
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class FailurePatternQuerySet(models.QuerySet["FailurePattern"]):
    def for_tenant(self, tenant: Tenant) -> "FailurePatternQuerySet":
        return self.filter(tenant=tenant)

    def known(self) -> "FailurePatternQuerySet":
        """Without those that were merged into another."""
        return self.filter(merged_into__isnull=True)

    def locked(self) -> "FailurePatternQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        # Their keys never change, so requests that are judged meanwhile may refer to them.
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class FailurePattern(models.Model):
    """A failure the tenant has met before: what identifies it, and how often it came."""

    id = models.CharField(primary_key=True, max_length=64, default=new_pattern_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="patterns", db_index=False
    )
    pattern_type = models.CharField(max_length=32, choices=choices_of(PatternType))
    error_type = models.CharField(max_length=128)
    signature = models.JSONField(default=dict, blank=True)
    signature_hash = models.CharField(max_length=64)
    signature_version = models.CharField(max_length=20)
    message_template = models.JSONField(
        null=True, blank=True, help_text="What was learned of its messages (signature version 2)"
    )
    template_text = models.TextField(
        default="", db_default="", blank=True, help_text="The template, readable: <*> varies"
    )
    first_incident = models.ForeignKey(
        Incident,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="patterns_begun",
        db_index=False,
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    recovery_template = models.JSONField(
        null=True, blank=True, help_text="{action_type, action_params}"
    )
    auto_apply_recovery = models.BooleanField(default=False, db_default=False)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged",
        db_constraint=False,
        help_text="Where its incidents are counted now; empty unless it was merged",
    )
    apart_from = ArrayField(
        models.CharField(max_length=64),
        default=list,
        db_default=[],
        blank=True,
        help_text="Patterns that people told apart from it, as the pairs that stand say",
    )
    occurrence_count = models.PositiveIntegerField(default=0, db_default=0)
    last_occurrence_at = models.DateTimeField(default=timezone.now, db_default=Now())
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    objects = FailurePatternQuerySet.as_manager()

    class Meta:
        db_table = "failure_patterns"
        constraints = [
            one_of("pattern_type", PatternType, name="pattern_type_known"),
            models.UniqueConstraint(
                fields=["tenant", "signature_hash"], name="pattern_once_per_signature"
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="pattern_in_tenant"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="pattern_is_not_its_own_heir",
            ),
            models.CheckConstraint(
                condition=Q(recovery_template__isnull=True)
                | Q(recovery_template__has_key="action_type"),
                name="pattern_template_names_its_action",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "error_type", "-occurrence_count", "created_at", "id"],
                condition=Q(message_template__isnull=True),
                name="pattern_by_fields",
            ),
            models.Index(fields=["tenant", "-occurrence_count", "-id"], name="pattern_frequent"),
            models.Index(fields=["tenant", "-last_occurrence_at", "-id"], name="pattern_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.error_type}"


class PatternKey(models.Model):
    """One key under which a message looks the pattern up; few patterns share a rare key."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    bucket = models.CharField(
        max_length=32, help_text="Digest of what must be equal: error type and code"
    )
    key = models.CharField(max_length=80)
    pattern = models.ForeignKey(FailurePattern, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        db_table = "failure_pattern_keys"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "bucket", "key", "pattern"], name="pattern_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.key}"
