"""What people and machines are told of, and by which ways."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.notifications import KEEPS_FAILING
from loops.domain.states import ChannelKind, Event, Risk
from loops.models.checkpoints import HumanCheckpoint
from loops.models.ids import new_channel_id
from loops.models.targets import Target
from m25console.fields import choices_of, one_of, some_of
from m25console.models import Tenant, User


class NotificationChannelQuerySet(models.QuerySet["NotificationChannel"]):
    def for_tenant(self, tenant: Tenant) -> "NotificationChannelQuerySet":
        return self.filter(tenant=tenant, removed_at__isnull=True)

    def shared(self) -> "NotificationChannelQuerySet":
        """Those of the tenant itself."""
        return self.filter(person__isnull=True)

    def failing(self) -> "NotificationChannelQuerySet":
        """Those in use that deliver nothing any more."""
        return self.filter(is_enabled=True, failures__gte=KEEPS_FAILING)

    def own(self, person: User) -> "NotificationChannelQuerySet":
        return self.filter(person=person)


class NotificationChannel(Target):
    """A way to tell the tenant, or one of its people, what happened."""

    id = models.CharField(primary_key=True, max_length=64, default=new_channel_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notification_channels",
        help_text="Whose it is; empty: the tenant's",
    )
    kind = models.CharField(max_length=16, choices=choices_of(ChannelKind))
    name = models.CharField(max_length=80)
    address = models.CharField(
        max_length=2048, help_text="Of Slack only the host: the rest of it is a secret"
    )
    sealed_secret = models.BinaryField(
        null=True, blank=True, help_text="What signs a webhook, or Slack's whole address; encrypted"
    )
    events = models.JSONField()
    least_risk = models.PositiveSmallIntegerField(choices=choices_of(Risk), default=Risk.LOW)
    is_enabled = models.BooleanField(default=True)
    fault = models.TextField(default="", blank=True, help_text="Why the last delivery failed")
    failures = models.PositiveIntegerField(
        default=0, help_text="Deliveries that failed since the last one that arrived"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationChannelQuerySet.as_manager()

    class Meta:
        db_table = "notification_channels"
        constraints = [
            one_of("kind", ChannelKind, name="channel_kind_known"),
            one_of("least_risk", Risk, name="channel_risk_known"),
            models.CheckConstraint(condition=~Q(name=""), name="channel_has_a_name"),
            some_of("events", Event, name="channel_events_known"),
            models.CheckConstraint(
                condition=Q(kind=ChannelKind.EMAIL.value, sealed_secret__isnull=True)
                | (~Q(kind=ChannelKind.EMAIL.value) & Q(sealed_secret__isnull=False)),
                name="channel_secret_unless_mail",
            ),
            models.CheckConstraint(
                condition=Q(sealed_previous__isnull=True, previous_until__isnull=True)
                | Q(
                    kind=ChannelKind.WEBHOOK.value,
                    sealed_previous__isnull=False,
                    previous_until__isnull=False,
                ),
                name="channel_previous_secret_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "created_at", "id"],
                condition=Q(removed_at__isnull=True),
                name="channel_in_use",
            ),
            models.Index(
                fields=["tenant"],
                condition=Q(removed_at__isnull=True, is_enabled=True, failures__gte=KEEPS_FAILING),
                name="channel_failing",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Happening(models.Model):
    """Something worth telling, once; told when its people and channels were found."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.CharField(max_length=32, choices=choices_of(Event))
    key = models.CharField(max_length=128, help_text="Of what it tells, so that it is told once")
    checkpoint = models.ForeignKey(
        HumanCheckpoint, null=True, blank=True, on_delete=models.PROTECT, related_name="happenings"
    )
    subject_id = models.CharField(
        max_length=64, default="", blank=True, help_text="Of the policy or routing change"
    )
    sentence = models.TextField()
    details = models.JSONField(default=dict, blank=True)
    named = models.JSONField(default=list, blank=True, help_text="The people it is meant for")
    risk = models.PositiveSmallIntegerField(choices=choices_of(Risk), null=True, blank=True)
    is_urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "happenings"
        constraints = [
            one_of("event", Event, name="happening_event_known"),
            models.UniqueConstraint(fields=["tenant", "key"], name="happening_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(told_at__isnull=True), name="happening_untold"),
        ]

    def __str__(self) -> str:
        return self.key

    @staticmethod
    def key_of(event: Event, subject: str) -> str:
        """Under which it is told once that this happened to what has that id."""
        return f"{event}:{subject}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, person: User, *, tenant: Tenant) -> "NotificationQuerySet":
        return self.filter(tenant=tenant, person=person)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """A happening in one person's notification centre."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    happening = models.ForeignKey(
        Happening, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        db_table = "notifications"
        constraints = [
            models.UniqueConstraint(
                fields=["happening", "person"], name="notification_once_per_person"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "tenant", "-at", "-id"], name="notification_newest"),
            models.Index(
                fields=["person", "tenant", "-at", "-id"],
                condition=Q(read_at__isnull=True),
                name="notification_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.happening_id} for {self.person_id}"


class NotificationMark(models.Model):
    """How far the look for happenings has come in one table."""

    source = models.CharField(primary_key=True, max_length=32)
    number = models.BigIntegerField(default=0, help_text="The last row seen, by its number")
    at = models.DateTimeField(null=True, blank=True, help_text="Seen up to then, by its time")
    began_at = models.DateTimeField(
        null=True, blank=True, help_text="What is older was there before anybody looked"
    )

    class Meta:
        db_table = "notification_marks"

    def __str__(self) -> str:
        return self.source
