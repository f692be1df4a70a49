"""What people said about which failures are the same: merges, splits, and pairs told apart."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loops.models.patterns import FailurePattern
from m25console.models import Tenant


class PatternMerge(models.Model):
    """One pattern that was declared the same as another. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="merges_into", db_constraint=False
    )
    into = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="merges_from", db_constraint=False
    )
    incidents = models.PositiveIntegerField(help_text="How many came along")
    moved = models.JSONField(help_text="What else came along or was given up, by table")
    reason = models.TextField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=254, help_text="The person as they acted")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "pattern_merges"
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("into")), name="merge_is_of_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="merge_says_why"),
        ]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="merge_newest")]

    def __str__(self) -> str:
        return f"{self.source_id} into {self.into_id}"


class PatternSplit(models.Model):
    """Incidents that were taken out of a pattern into one of their own. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="splits_from", db_constraint=False
    )
    into = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="splits_into", db_constraint=False
    )
    undoes = models.OneToOneField(
        PatternMerge,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="undone_by",
        help_text="The merge that this took back, if it was one",
    )
    incidents = models.PositiveIntegerField(help_text="How many went along")
    moved = models.JSONField(help_text="What else went along, by table")
    reason = models.TextField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=254, help_text="The person as they acted")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "pattern_splits"
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("into")), name="split_makes_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="split_says_why"),
        ]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="split_newest")]

    def __str__(self) -> str:
        return f"{self.into_id} out of {self.source_id}"


class PatternAlias(models.Model):
    """Where a merged pattern's incidents are counted, and what must be held to count one there."""

    pattern = models.OneToOneField(
        FailurePattern,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="alias",
        db_constraint=False,
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    bucket = models.CharField(max_length=32, help_text="In which its incidents are looked up")
    heir = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="aliases", db_constraint=False
    )
    heir_bucket = models.CharField(max_length=32)

    class Meta:
        db_table = "pattern_aliases"
        verbose_name_plural = "pattern aliases"
        constraints = [
            models.CheckConstraint(condition=~Q(pattern=F("heir")), name="alias_leads_elsewhere"),
        ]
        indexes = [models.Index(fields=["tenant", "bucket"], name="alias_by_bucket")]

    def __str__(self) -> str:
        return f"{self.pattern_id} is {self.heir_id}"


class CannotLinkQuerySet(models.QuerySet["CannotLink"]):
    def for_tenant(self, tenant: Tenant) -> "CannotLinkQuerySet":
        return self.filter(tenant=tenant)

    def standing(self) -> "CannotLinkQuerySet":
        return self.filter(lifted_at__isnull=True)

    def of(self, pattern_ids: list[str]) -> "CannotLinkQuerySet":
        return self.filter(Q(left__in=pattern_ids) | Q(right__in=pattern_ids))


class CannotLink(models.Model):
    """Two patterns that people told apart: nothing may make one of them, until it is lifted."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    left = models.ForeignKey(
        FailurePattern,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        help_text="The one with the smaller id",
    )
    right = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    reason = models.TextField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=254, help_text="The person as they acted")
    at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=254, default="", blank=True)
    lifted_reason = models.TextField(default="", blank=True)

    objects = CannotLinkQuerySet.as_manager()

    class Meta:
        db_table = "pattern_cannot_links"
        constraints = [
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="apart_pair_is_ordered"),
            models.CheckConstraint(condition=~Q(reason=""), name="apart_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="")),
                name="apart_lifted_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["left", "right"],
                condition=Q(lifted_at__isnull=True),
                name="apart_once_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="apart_newest")]

    def __str__(self) -> str:
        return f"{self.left_id} is not {self.right_id}"
