"""Platform staff's view of tenants, people, tokens and the audit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils import timezone

from m25console import audit, tokens
from m25console.access import Actor
from m25console.admin_base import Audited, BigTableAdmin, ReadOnlyHistoryAdmin, SeenForm
from m25console.denied import AccessDenial
from m25console.models import (
    ApiToken,
    AuditEntry,
    Membership,
    SignInThrottle,
    Tenant,
    User,
)
from m25console.vocabulary import Door, Role

AUDITED_TENANT = ("slug", "name", "is_active")
AUDITED_USER = ("username", "email", "full_name", "is_active", "is_staff", "is_superuser")


def staff_actor(request: HttpRequest, tenant: Tenant) -> Actor:
    """Platform staff acting on one tenant from the administration."""
    assert request.user.is_authenticated
    return Actor(
        tenant=tenant, user=request.user, role=Role.ADMIN, door=Door.ADMIN, label=str(request.user)
    )


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # as above
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "tenant")


class TenantForm(SeenForm):
    class Meta:
        model = Tenant
        fields = "__all__"


@admin.register(Tenant)
class TenantAdmin(BigTableAdmin):
    form = TenantForm
    actions = ("activate", "deactivate", "export_csv")
    list_display = ("name", "slug", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("slug", "name")
    readonly_fields = ("id", "created_at")

    def save_model(
        self, request: HttpRequest, obj: Tenant, form: forms.ModelForm[Tenant], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        action = "tenant.changed" if change else "tenant.created"
        before, after = _before_and_after(obj, form, AUDITED_TENANT)
        audit.record(
            by=staff_actor(request, obj),
            action=action,
            about=obj,
            before=before if change else None,
            after=after,
            now=timezone.now(),
        )

    @admin.action(description="Activate selected tenants", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description="Deactivate selected tenants", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        self._switch(request, queryset, is_active=False)

    @transaction.atomic
    def _switch(self, request: HttpRequest, queryset: QuerySet[Tenant], *, is_active: bool) -> None:
        changed = list(
            queryset.filter(is_active=not is_active).select_for_update(of=("self",)).order_by("pk")
        )
        for tenant in changed:
            tenant.is_active = is_active
            tenant.save(update_fields=["is_active"])
            by = staff_actor(request, tenant)
            audit.record(
                by=by, action="tenant.changed", about=tenant, now=timezone.now(),
                before={"is_active": not is_active}, after={"is_active": is_active},
            )  # fmt: skip
        self.message_user(request, f"{len(changed)} tenants changed.", messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """A tenant is switched off, never deleted: its history must stay readable."""
        return False


class PersonCreationForm(BaseUserCreationForm):  # type: ignore[type-arg]  # as above
    class Meta:
        model = User
        fields = ("username", "email", "full_name")


class PersonForm(SeenForm, UserChangeForm):  # type: ignore[type-arg]  # as above
    class Meta(UserChangeForm.Meta):
        model = User


@admin.register(User)
class PersonAdmin(Audited, UserAdmin):  # type: ignore[type-arg]  # no subscript at run time
    add_form = PersonCreationForm
    form = PersonForm
    actions = ("activate", "deactivate")
    list_display = ("username", "full_name", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("username", "email", "full_name")
    ordering = ("username",)
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ("groups", "user_permissions")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "email", "full_name", "password", "seen")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Groups", {"fields": ("groups", "user_permissions"), "classes": ("collapse",)}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "full_name", "password1", "password2")}),
    )

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        before, after = _before_and_after(obj, form, AUDITED_USER)
        action = "person.changed" if change else "person.created"
        _record_person(request, obj, action, before if change else None, after)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        super().save_formset(request, form, formset, change)
        changed = [row for row, _fields in formset.changed_objects]
        for action, rows in (
            ("member.added", formset.new_objects),
            ("member.role_changed", changed),
            ("member.removed", formset.deleted_objects),
        ):
            for row in rows:
                after = {"user": row.user.username, "role": row.role}
                by = staff_actor(request, row.tenant)
                audit.record(by=by, action=action, about=row, after=after, now=timezone.now())

    @admin.action(description="Activate selected people", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description="Deactivate selected people", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Nobody locks themselves out this way."""
        assert request.user.is_authenticated
        self._switch(request, queryset.exclude(pk=request.user.pk), is_active=False)

    @transaction.atomic
    def _switch(self, request: HttpRequest, queryset: QuerySet[User], *, is_active: bool) -> None:
        changed = list(
            queryset.filter(is_active=not is_active).select_for_update(of=("self",)).order_by("pk")
        )
        for person in changed:
            person.is_active = is_active
            person.save(update_fields=["is_active"])
            _record_person(
                request, person, "person.changed", {"is_active": not is_active},
                {"is_active": is_active},
            )  # fmt: skip
        self.message_user(request, f"{len(changed)} people changed.", messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A person is switched off, never deleted: what they decided names them."""
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(BigTableAdmin):
    list_display = (
        "name",
        "prefix",
        "tenant",
        "scopes",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("prefix", "name", "tenant__slug")
    fields = (
        "id", "tenant", "name", "prefix", "scopes", "created_by", "created_at",
        "last_used_at", "expires_at", "revoked_at",
    )  # fmt: skip
    list_select_related = ("tenant",)
    actions = ("revoke", "export_csv")

    @admin.action(description="Revoke selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        usable = list(queryset.filter(revoked_at__isnull=True).select_related("tenant"))
        for token in usable:
            by = staff_actor(request, token.tenant)
            tokens.revoke(token_id=token.pk, by=by, now=timezone.now())
        self.message_user(request, f"{len(usable)} tokens revoked.", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tokens are made where they can be shown once: in the tenant's own pages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyHistoryAdmin):
    list_display = ("at", "actor_label", "door", "action", "object_type", "object_id", "tenant")
    list_filter = ("door", "at")
    list_select_related = ("tenant",)
    search_fields = ("=object_id", "=action")
    ordering = ("-id",)


@admin.register(AccessDenial)
class AccessDenialAdmin(ReadOnlyHistoryAdmin):
    list_display = ("last_at", "actor_label", "permission", "method", "route", "times", "tenant")
    list_select_related = ("tenant",)
    ordering = ("-last_at", "-id")


@admin.register(SignInThrottle)
class SignInThrottleAdmin(BigTableAdmin):
    """Deleting a row lets that name or address try again at once."""

    list_display = ("key", "failures", "since")
    ordering = ("-since",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: SignInThrottle | None = None
    ) -> bool:
        return False


def _record_person(
    request: HttpRequest,
    person: User,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    """People are of no tenant, so neither is what is done to them."""
    assert request.user.is_authenticated
    AuditEntry.objects.create(
        actor=request.user,
        actor_label=str(request.user),
        door=Door.ADMIN,
        action=action,
        object_type=User._meta.db_table,
        object_id=str(person.pk),
        before=before,
        after=after,
        at=timezone.now(),
    )


def _before_and_after(
    row: Tenant | User, form: forms.ModelForm[Any], fields: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    after = {name: getattr(row, name) for name in fields}
    return {name: form.initial.get(name, after[name]) for name in fields}, after
