"""What the staff's lists of integrations have in common."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from m25console.admin_base import ReadOnlyAdmin
from m25console.objects import page_of


class LeadsToPage(ReadOnlyAdmin):
    """Shows the way to the page of the row, or of what it belongs to, for staff who entered its
    tenant."""

    shows: ClassVar[tuple[str, str]] = ("", "pk")  # a table, the row's own if empty, and the id

    @admin.display(description="In the console")
    def page(self, row: Model) -> SafeString | str:
        table, column = self.shows
        object_id = getattr(row, column)
        address = page_of(table or row._meta.db_table, object_id) if object_id else ""
        return format_html('<a href="{}">{}</a>', address, object_id) if address else "—"
