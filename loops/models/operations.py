"""Rows by which the console's processes find each other. None of them holds a fact of the loop."""

from django.db import models
from django.utils import timezone

from m25console.models import Tenant


class AdvanceSlot(models.Model):
    """A place for one `loops.advance` message in flight; there are few, so messages stay few."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    ticket = models.CharField(max_length=32, default="", blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sends = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=150, default="", blank=True)
    holding = models.JSONField(default=list, blank=True, help_text="Loops in the batch under way")

    class Meta:
        db_table = "advance_slots"

    def __str__(self) -> str:
        return f"slot {self.number}"


class Heartbeat(models.Model):
    """When a process last did its work."""

    name = models.CharField(primary_key=True, max_length=150)
    role = models.CharField(max_length=32)
    beat_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "heartbeats"

    def __str__(self) -> str:
        return self.name


class FeedEntry(models.Model):
    """A committed change that open pages should hear of; deleted once published."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)
    trace_id = models.CharField(max_length=64)
    incident_id = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "feed_entries"
        verbose_name_plural = "feed entries"

    def __str__(self) -> str:
        return f"{self.kind} {self.trace_id}"


class PeriodicJob(models.Model):
    """When a periodic job runs next, and how it went last. The relay wakes it; a worker runs it."""

    name = models.CharField(primary_key=True, max_length=64)
    next_run_at = models.DateTimeField(default=timezone.now)
    ticket = models.CharField(max_length=32, default="", blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    runs = models.PositiveBigIntegerField(default=0)
    result = models.JSONField(null=True, blank=True, help_text="What it said it did")
    last_error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "periodic_jobs"

    def __str__(self) -> str:
        return self.name
