"""Tenants, the people and tokens that act in them, and the record of what they did."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from m25console.denied import AccessDenial  # noqa: F401 - here Django looks for models
from m25console.fields import choices_of, one_of
from m25console.ids import new_tenant_id, new_token_id
from m25console.vocabulary import Door, Role, Scope

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SIGN_IN_NAME = r"^[a-z0-9][a-z0-9._@+-]*$"
ZONE_NAME = r"^[A-Za-z0-9_+/-]*$"


class Tenant(models.Model):
    """One customer; every row of the domain belongs to exactly one."""

    id = models.CharField(primary_key=True, max_length=64, default=new_tenant_id, editable=False)
    slug = models.CharField(
        max_length=63,
        unique=True,
        validators=[RegexValidator(SLUG, "Use lower-case letters, digits and single hyphens.")],
    )
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "tenants"
        ordering = ["name", "slug"]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG), name="tenant_slug_is_plain"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, *, password: str | None = None, **fields: Any) -> "User":
        """Store a person who signs in as `username`, which may be a short name or an e-mail."""
        username = self.model.normalize_username(username)
        email = fields.pop("email", "") or (username if "@" in username else "")
        user = self.model(username=username, email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, *, password: str | None = None, **fields: Any
    ) -> "User":
        fields.update(is_staff=True, is_superuser=True)
        return self.create_user(username, password=password, **fields)

    def known_as(self, name: str) -> models.QuerySet["User"]:
        """Whoever has `name`, in any case, as sign-in name or e-mail: one person at most."""
        wanted = name.strip().lower()
        return self.filter(Q(email=wanted) if "@" in wanted else Q(username=wanted))

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person signing in as `username`, which may be their e-mail. Raises DoesNotExist."""
        return self.known_as(username or "").get()


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do is said per tenant by their memberships."""

    username = models.CharField(
        "sign-in name",
        max_length=254,
        unique=True,
        validators=[
            RegexValidator(SIGN_IN_NAME, "Use lower-case letters, digits and the marks . _ @ + -")
        ],
        help_text="A short name or an e-mail address.",
    )
    email = models.EmailField("e-mail", blank=True, default="")
    full_name = models.CharField(max_length=200, blank=True, default="")
    is_staff = models.BooleanField(
        "platform staff", default=False, help_text="May use this administration."
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    time_zone = models.CharField(
        max_length=64, blank=True, default="", help_text="Of the pages; empty: their browser's."
    )
    single_keys = models.BooleanField(
        "single-key shortcuts", default=True, help_text="Whether a bare letter is a command."
    )

    objects: ClassVar[UserManager] = UserManager()

    # Those in active tenants, by tenant name, if they were loaded with the person.
    known_memberships: "list[Membership] | None" = None

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        db_table = "users"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                condition=Q(username__regex=SIGN_IN_NAME), name="user_name_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(email="") | Q(email__regex=SIGN_IN_NAME),
                name="user_email_is_lower_case",
                violation_error_message="Write the e-mail address in lower case, in plain letters.",
            ),
            models.UniqueConstraint(
                fields=["email"], condition=~Q(email=""), name="user_email_is_unique"
            ),
            # Otherwise one person's sign-in name could be another's e-mail.
            models.CheckConstraint(
                condition=~Q(username__contains="@") | Q(email=F("username")),
                name="user_name_with_at_is_own_email",
                violation_error_message="A sign-in name with an @ must equal the e-mail.",
            ),
            models.CheckConstraint(
                condition=Q(time_zone__regex=ZONE_NAME), name="user_time_zone_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return super().normalize_username(username).strip().lower()

    def clean(self) -> None:
        super().clean()
        self.email = (self.email or "").lower()
        if "@" in self.username and not self.email:
            self.email = self.username


class MembershipQuerySet(models.QuerySet["Membership"]):
    def usable(self) -> Self:
        """Those of tenants that are active."""
        return self.filter(tenant__is_active=True)

    def by_tenant_name(self) -> Self:
        return self.select_related("tenant").order_by("tenant__name", "pk")


class Membership(models.Model):
    """A person's role in one tenant."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=choices_of(Role), default=Role.VIEWER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        db_table = "memberships"
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="membership_once_per_tenant"),
            one_of("role", Role, name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant} as {self.role}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "pk")


class ApiToken(models.Model):
    """A machine's way in. Only a digest is stored; the token itself is shown once."""

    id = models.CharField(primary_key=True, max_length=64, default=new_token_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="api_tokens", db_index=False
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=32))
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="api_tokens"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        db_table = "api_tokens"
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    scopes__contained_by=[scope.value for scope in Scope], scopes__len__gte=1
                ),
                name="api_token_scopes_known",
            ),
            # A decision is a person's: the token's creator answers for it.
            models.CheckConstraint(
                condition=~Q(scopes__contains=[Scope.DECIDE.value]) | Q(created_by__isnull=False),
                name="api_token_decides_for_someone",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="api_token_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (m25_{self.prefix}…)"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)

    def about(self, *, object_type: str, object_id: str) -> Self:
        return self.filter(object_type=object_type, object_id=object_id)

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class AuditEntry(models.Model):
    """Who changed what, when and through which door. The database refuses to alter a row."""

    tenant = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    actor_label = models.CharField(max_length=254)
    door = models.CharField(max_length=8, choices=choices_of(Door))
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=128)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        db_table = "audit_entries"
        verbose_name_plural = "audit entries"
        constraints = [one_of("door", Door, name="audit_door_known")]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="audit_newest_first"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_of_object"),
            models.Index(fields=["tenant", "-at", "-id"], name="audit_by_time"),
            models.Index(fields=["tenant", "action", "-at", "-id"], name="audit_by_action"),
            models.Index(fields=["tenant", "actor", "-at", "-id"], name="audit_by_person"),
            models.Index(fields=["tenant", "object_id", "-at", "-id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.object_id}"


class SignInThrottle(models.Model):
    """Failed sign-ins per name and per address within one window; stale rows are swept away."""

    key = models.CharField(primary_key=True, max_length=80)
    failures = models.PositiveIntegerField()
    since = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "sign_in_throttles"
        verbose_name = "sign-in throttle"

    def __str__(self) -> str:
        return f"{self.key}: {self.failures}"
