"""A tenant's vault: sealed secrets, who may read them, and every time one was."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, OuterRef, Q, Subquery, Value
from django.utils import timezone

from integrations.domain.states import Accessor, CredentialAction, CredentialKind, Store
from integrations.domain.stores import Kept, Place
from integrations.models.ids import new_credential_id
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class CredentialQuerySet(models.QuerySet["Credential"]):
    def for_tenant(self, tenant: Tenant) -> "CredentialQuerySet":
        return self.filter(tenant=tenant, deleted_at__isnull=True)


class Credential(models.Model):
    """One secret of several parts: what is told of it, and, sealed, the secret itself."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_credential_id, editable=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=128)
    kind = models.CharField(max_length=20, choices=choices_of(CredentialKind))
    description = models.TextField(default="", blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    store = models.CharField(max_length=16, choices=choices_of(Store), default=Store.SEALED)
    sealed_secret = models.BinaryField(null=True, blank=True)
    key_version = models.CharField(
        max_length=8, default="", blank=True, help_text="Of the master key that sealed it"
    )
    outside_version = models.CharField(
        max_length=64, default="", blank=True, help_text="Of the secret where it lies outside"
    )
    fault = models.CharField(
        max_length=16, default="", blank=True, help_text="Why it could not be read the last time"
    )
    version = models.PositiveIntegerField(default=1, help_text="Goes up with every new secret")
    expires_at = models.DateTimeField(null=True, blank=True)
    rotate_every_days = models.PositiveIntegerField(null=True, blank=True)
    secret_rotated_at = models.DateTimeField(default=timezone.now)
    last_accessed_at = models.DateTimeField(null=True, blank=True)
    access_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        db_table = "cus_credentials"
        constraints = [
            one_of("kind", CredentialKind, name="credential_kind_known"),
            one_of("store", Store, name="credential_store_known"),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=False)
                | Q(store=Store.SEALED.value, sealed_secret__isnull=False)
                | (~Q(store=Store.SEALED.value) & Q(sealed_secret__isnull=True)),
                name="credential_kept_in_one_place",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="credential_has_a_name"),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(sealed_secret__isnull=True),
                name="credential_deleted_keeps_no_secret",
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=Q(deleted_at__isnull=True),
                name="credential_name_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="credential_newest"),
            models.Index(
                fields=["key_version", "id"],
                condition=Q(sealed_secret__isnull=False),
                name="credential_by_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> Place:
        return Place(self.tenant_id, self.pk)

    @property
    def kept(self) -> Kept:
        """What the row knows of its secret."""
        sealed = bytes(self.sealed_secret) if self.sealed_secret is not None else None
        return Kept(Store(self.store), sealed, self.key_version, self.outside_version)


def name_behind_reference() -> Subquery:
    """How the stored credential is called that a row's `credential_ref` leads to, or null."""
    # cus-vault://TENANT/ID, where nothing but the tenant's own is accepted.
    pk = Func(OuterRef("credential_ref"), Value("/"), Value(4), function="split_part")
    mine = Credential.objects.filter(tenant=OuterRef("tenant"), deleted_at__isnull=True, pk=pk)
    return Subquery(mine.values("name")[:1])


class SecretLeft(models.Model):
    """A secret outside that no credential keeps, or will unless its storing fails: to be erased
    once it is due."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    credential_id = models.CharField(max_length=64)
    store = models.CharField(max_length=16, choices=choices_of(Store))
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cus_secrets_left"
        verbose_name = "secret left outside"
        verbose_name_plural = "secrets left outside"
        constraints = [
            one_of("store", Store, name="secret_left_store_known"),
            models.CheckConstraint(
                condition=~Q(store=Store.SEALED.value), name="secret_left_lies_outside"
            ),
            models.UniqueConstraint(fields=["tenant", "credential_id"], name="secret_left_once"),
        ]
        indexes = [models.Index(fields=["due_at", "id"], name="secret_left_due")]

    def __str__(self) -> str:
        return f"{self.credential_id} in {self.store}"


class CredentialRule(models.Model):
    """Who may read a tenant's secrets; without a rule nobody does."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    accessor = models.CharField(max_length=16, choices=choices_of(Accessor))
    credential = models.ForeignKey(
        Credential,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
        help_text="Empty: every one of the tenant",
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cus_credential_rules"
        constraints = [
            one_of("accessor", Accessor, name="credential_rule_accessor_known"),
            models.UniqueConstraint(
                fields=["tenant", "accessor", "credential"],
                nulls_distinct=False,
                name="credential_rule_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.accessor} in {self.tenant_id}"


class CredentialAccess(models.Model):
    """Something was done to a credential, or tried; history."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    credential_id = models.CharField(max_length=64)
    accessor = models.CharField(max_length=16, choices=choices_of(Accessor))
    accessor_label = models.CharField(max_length=254)
    action = models.CharField(max_length=16, choices=choices_of(CredentialAction))
    success = models.BooleanField()
    rule = models.CharField(max_length=64, default="", blank=True)
    error = models.CharField(max_length=64, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "cus_credential_accesses"
        verbose_name_plural = "credential accesses"
        constraints = [
            one_of("accessor", Accessor, name="credential_access_accessor_known"),
            one_of("action", CredentialAction, name="credential_access_action_known"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "credential_id", "-at", "-id"], name="credential_access_newest"
            ),
            models.Index(fields=["tenant", "-at", "-id"], name="credential_access_of_tenant"),
            models.Index(
                fields=["tenant", "accessor", "-at", "-id"], name="credential_access_by_reader"
            ),
            models.Index(
                fields=["tenant", "-at", "-id"],
                condition=Q(success=False),
                name="credential_access_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.credential_id}"
