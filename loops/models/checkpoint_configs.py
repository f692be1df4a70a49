"""How a tenant wants its people to be asked."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.checkpoints import (
    AUTO_APPROVE_CONFIDENCE,
    AUTO_DISMISS_HOURS,
    BLOCKS_TENANT,
    MANDATORY,
    MAX_PENDING,
)
from loops.domain.states import CheckpointType, Risk, Silence
from m25console.fields import choices_of, probability
from m25console.models import Tenant


def every_type() -> list[str]:
    return sorted(kind.value for kind in CheckpointType)


def blocking_types() -> list[str]:
    return sorted(kind.value for kind in BLOCKS_TENANT)


class CheckpointConfig(models.Model):
    """How a tenant wants to be asked; without a row, the defaults of loop mechanics 1.0.0."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.CASCADE, related_name="checkpoint_config"
    )
    enabled_types = models.JSONField(default=every_type)
    priority_overrides = models.JSONField(default=dict, blank=True)
    blocking_checkpoints = models.JSONField(default=blocking_types)
    auto_approve_confidence = models.FloatField(default=AUTO_APPROVE_CONFIDENCE)
    auto_dismiss_after_hours = models.PositiveSmallIntegerField(default=AUTO_DISMISS_HOURS)
    max_pending_checkpoints = models.PositiveSmallIntegerField(default=MAX_PENDING)
    hold_seconds = models.PositiveSmallIntegerField(
        default=0, help_text="How long an answer given on a page can be undone"
    )
    two_people_from = models.PositiveSmallIntegerField(
        choices=choices_of(Risk),
        null=True,
        blank=True,
        help_text="The least risk that two different people must agree to",
    )
    blind_second_opinion = models.BooleanField(
        default=False, help_text="The second does not see the first one's answer before their own"
    )
    claim_minutes = models.PositiveSmallIntegerField(default=30)
    silence = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="By type, what it means that nobody answers; never yes",
    )
    quiet_hours = models.JSONField(
        null=True, blank=True, help_text="When nobody is disturbed and clocks rest, if ever"
    )
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "checkpoint_configs"
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_seconds__lte=300), name="config_holds_five_minutes_at_most"
            ),
            models.CheckConstraint(
                condition=Q(claim_minutes__gte=1, claim_minutes__lte=1440),
                name="config_claims_lapse_within_a_day",
            ),
            *[
                models.CheckConstraint(
                    condition=~Q(**{f"silence__{kind.value}": Silence.LAPSE.value}),
                    name=f"config_{kind.value}_never_lapses",
                )
                for kind in sorted(MANDATORY)
            ],
            probability("auto_approve_confidence", name="config_auto_approve_is_probability"),
            models.CheckConstraint(
                condition=Q(auto_dismiss_after_hours__gte=1), name="config_dismisses_after_an_hour"
            ),
            models.CheckConstraint(
                condition=Q(enabled_types__contains=sorted(kind.value for kind in MANDATORY)),
                name="config_mandatory_types_stay_on",
            ),
        ]

    def __str__(self) -> str:
        return f"checkpoints of {self.tenant_id}"
