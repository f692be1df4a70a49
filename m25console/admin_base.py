"""Bases for administering large and unchangeable tables."""

from functools import cached_property
from typing import Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

COUNTED_AT_MOST: Final = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # no subscript at run time
    """Counts no further than COUNTED_AT_MOST rows, so page one of a huge table stays quick."""

    @cached_property
    def count(self) -> int:
        """The number of rows, or COUNTED_AT_MOST when there are more."""
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return rows.order_by().values("pk")[:COUNTED_AT_MOST].count()


class BigTableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """For tables of millions: bounded counts, and never a full one.

    Name the foreign keys a list shows in `list_select_related`.
    """

    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 200


class ReadOnlyHistoryAdmin(BigTableAdmin):
    """For history: everything can be read, nothing added, changed or deleted."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
