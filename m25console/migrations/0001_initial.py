import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import m25console.ids
import m25console.vocabulary
from django.conf import settings
from django.db import migrations, models

from m25console.history import append_only
from m25console.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Tenant",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=m25console.ids.new_tenant_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "slug",
                            models.CharField(
                                max_length=63,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z0-9]+(-[a-z0-9]+)*$",
                                        "Use lower-case letters, digits and single hyphens.",
                                    )
                                ],
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                    ],
                    options={
                        "db_table": "tenants",
                        "ordering": ["name", "slug"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                                name="tenant_slug_is_plain",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                help_text="A short name or an e-mail address.",
                                max_length=254,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z0-9][a-z0-9._@+-]*$",
                                        "Use lower-case letters, digits and the marks . _ @ + -",
                                    )
                                ],
                                verbose_name="sign-in name",
                            ),
                        ),
                        (
                            "email",
                            models.EmailField(
                                blank=True, default="", max_length=254, verbose_name="e-mail"
                            ),
                        ),
                        ("full_name", models.CharField(blank=True, default="", max_length=200)),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="May use this administration.",
                                verbose_name="platform staff",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Of the pages; empty: their browser's.",
                                max_length=64,
                            ),
                        ),
                        (
                            "single_keys",
                            models.BooleanField(
                                default=True,
                                help_text="Whether a bare letter is a command.",
                                verbose_name="single-key shortcuts",
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "users",
                        "ordering": ["username"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("username__regex", "^[a-z0-9][a-z0-9._@+-]*$")),
                                name="user_name_is_lower_case",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("email", ""),
                                    ("email__regex", "^[a-z0-9][a-z0-9._@+-]*$"),
                                    _connector="OR",
                                ),
                                name="user_email_is_lower_case",
                                violation_error_message="Write the e-mail address in lower case, in plain letters.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("email", ""), _negated=True),
                                fields=("email",),
                                name="user_email_is_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("username__contains", "@"), _negated=True),
                                    ("email", models.F("username")),
                                    _connector="OR",
                                ),
                                name="user_name_with_at_is_own_email",
                                violation_error_message="A sign-in name with an @ must equal the e-mail.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("time_zone__regex", "^[A-Za-z0-9_+/-]*$")),
                                name="user_time_zone_is_plain",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignInThrottle",
                    fields=[
                        ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ("failures", models.PositiveIntegerField()),
                        ("since", models.DateTimeField(db_index=True)),
                    ],
                    options={
                        "verbose_name": "sign-in throttle",
                        "db_table": "sign_in_throttles",
                    },
                ),
                migrations.CreateModel(
                    name="AccessDenial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="m25console.tenant",
                            ),
                        ),
                        ("hour", models.DateTimeField()),
                        ("actor_label", models.CharField(max_length=254)),
                        ("permission", models.CharField(max_length=64)),
                        ("method", models.CharField(max_length=8)),
                        ("route", models.CharField(max_length=200)),
                        ("times", models.PositiveIntegerField(default=1)),
                        ("last_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "access_denials",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-last_at", "-id"], name="access_denial_newest"
                            ),
                            models.Index(fields=["hour"], name="access_denial_age"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "tenant",
                                    "hour",
                                    "actor_label",
                                    "permission",
                                    "method",
                                    "route",
                                ),
                                name="access_denial_once_an_hour",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("times__gte", 1)), name="access_denial_happened"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("viewer", "Viewer"),
                                    ("reviewer", "Reviewer"),
                                    ("admin", "Admin"),
                                ],
                                default=m25console.vocabulary.Role["VIEWER"],
                                max_length=16,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                    ],
                    options={
                        "db_table": "memberships",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "tenant"), name="membership_once_per_tenant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("role__in", ["viewer", "reviewer", "admin"])),
                                name="membership_role_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.CharField(
                                default=m25console.ids.new_token_id,
                                editable=False,
                                max_length=64,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_tokens",
                                to="m25console.tenant",
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("prefix", models.CharField(editable=False, max_length=12, unique=True)),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=32)
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=django.utils.timezone.now, editable=False),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(blank=True, editable=False, null=True),
                        ),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "API token",
                        "db_table": "api_tokens",
                        "indexes": [
                            models.Index(
                                fields=["tenant", "-created_at"], name="api_token_newest_first"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "scopes__contained_by",
                                        [
                                            "incidents:write",
                                            "usage:write",
                                            "evaluate",
                                            "read",
                                            "decide",
                                            "tools:call",
                                        ],
                                    ),
                                    ("scopes__len__gte", 1),
                                ),
                                name="api_token_scopes_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("scopes__contains", ["decide"]), _negated=True),
                                    ("created_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="api_token_decides_for_someone",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="m25console.tenant",
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("actor_label", models.CharField(max_length=254)),
                        (
                            "door",
                            models.CharField(
                                choices=[
                                    ("web", "Web"),
                                    ("api", "Api"),
                                    ("admin", "Admin"),
                                    ("system", "System"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("action", models.CharField(max_length=64)),
                        ("object_type", models.CharField(max_length=64)),
                        ("object_id", models.CharField(max_length=128)),
                        ("before", models.JSONField(blank=True, null=True)),
                        ("after", models.JSONField(blank=True, null=True)),
                        ("note", models.TextField(blank=True, default="")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "verbose_name_plural": "audit entries",
                        "db_table": "audit_entries",
                        "indexes": [
                            models.Index(fields=["tenant", "-id"], name="audit_newest_first"),
                            models.Index(
                                fields=["object_type", "object_id", "-id"], name="audit_of_object"
                            ),
                            models.Index(fields=["tenant", "-at", "-id"], name="audit_by_time"),
                            models.Index(
                                fields=["tenant", "action", "-at", "-id"], name="audit_by_action"
                            ),
                            models.Index(
                                fields=["tenant", "actor", "-at", "-id"], name="audit_by_person"
                            ),
                            models.Index(
                                fields=["tenant", "object_id", "-at", "-id"], name="audit_by_object"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("door__in", ["web", "api", "admin", "system"])),
                                name="audit_door_known",
                            )
                        ],
                    },
                ),
            ]
        ),
        append_only("audit_entries"),
    ]
