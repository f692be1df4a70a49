"""Bases for administering large and unchangeable tables."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from m25console import exports
from m25console.exports import Column, Format, Table
from m25console.models import AuditEntry
from m25console.objects import page_of
from m25console.vocabulary import Door

COUNTED_AT_MOST: Final = 10_000
HISTORY_SHOWN: Final = 100
CHANGED_MEANWHILE: Final = (
    "Somebody changed this since you opened it. Open it again, compare, and save once more."
)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # no subscript at run time
    """Counts no further than COUNTED_AT_MOST rows, so page one of a huge table stays quick."""

    @cached_property
    def count(self) -> int:
        """The number of rows, or COUNTED_AT_MOST when there are more."""
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return rows.order_by().values("pk")[:COUNTED_AT_MOST].count()


class SeenForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """Refuses to overwrite what somebody else saved since the form was opened.

    Only what the form itself holds is compared, so what the console counts meanwhile is no
    conflict.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = self._digest(self.instance)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        seen = self.cleaned_data.get("seen")
        if seen and self.instance.pk:
            rows = type(self.instance)._default_manager.select_for_update(of=("self",))
            stored = rows.filter(pk=self.instance.pk).first()
            if stored is not None and self._digest(stored) != seen:
                raise forms.ValidationError(CHANGED_MEANWHILE, code="changed_meanwhile")
        return cleaned

    def _digest(self, row: Model) -> str:
        told = [
            f"{field.name}={field.value_from_object(row)!r}"
            for field in row._meta.concrete_fields
            if field.name in self.fields and field.name != "password"
        ]
        return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:16]


class Audited(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """The history of a row is what the audit says about it."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who did what to this row, the newest first; read only."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        about = AuditEntry.objects.about(
            object_type=row._meta.db_table, object_id=str(row.pk)
        ).newest_first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.opts,
            "object": row,
            "entries": about[:HISTORY_SHOWN],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/row_history.html", context)


class BigTableAdmin(Audited):
    """For tables of millions: bounded counts, and never a full one.

    Name the foreign keys a list shows in `list_select_related`.
    """

    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 200
    actions: Sequence[Any] | None = ("export_csv",)

    @admin.action(description="Export selected as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        """The selected rows as the list shows them; that they were taken is on record."""
        names = [name for name in self.list_display if _is_stored(self.model, str(name))]
        rows = queryset[: exports.MOST]
        columns = [Column(str(name), _value_of(str(name))) for name in names]
        table: Table[Any] = Table(self.model._meta.db_table, columns, iter(rows))
        now = timezone.now()
        assert request.user.is_authenticated
        AuditEntry.objects.create(
            actor=request.user, actor_label=str(request.user), door=Door.ADMIN,
            action="table.exported", object_type=self.model._meta.db_table, object_id="",
            after={"format": Format.CSV.value}, at=now,
        )  # fmt: skip
        return exports.download(table, form=Format.CSV, tenant_slug="platform", now=now)


class ReadOnlyHistoryAdmin(BigTableAdmin):
    """For history: everything can be read, nothing added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyHistoryAdmin):
    """For a tenant's rows, which only the console's pages may change; leads to the row's page
    there where it has one."""

    list_select_related: ClassVar[tuple[str, ...]] = ("tenant",)
    sortable_by = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The row, with the way to its page in the console where it has one."""
        address = page_of(self.model._meta.db_table, unquote(object_id)) if object_id else ""
        told = {**(extra_context or {}), "console_url": address}
        return super().changeform_view(request, object_id, form_url, told)


def _is_stored(model: type[Model], name: str) -> bool:
    """Whether a column of a list is one of the table, not one that the list makes up."""
    return any(name in (field.name, field.attname) for field in model._meta.concrete_fields)


def _value_of(name: str) -> Any:
    def value(row: Model) -> exports.Cell:
        found = getattr(row, name)
        if found is None or isinstance(found, str | int | float | bool):
            return found
        return found.isoformat() if hasattr(found, "isoformat") else str(found)

    return value
