"""What the pages of platform staff have in common."""

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from m25console.admin_base import ReadOnlyAdmin


def link_to_page(name: str, object_id: str | None) -> SafeString | str:
    if not object_id:
        return "—"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[object_id]), object_id)


class LeadsToLoop(ReadOnlyAdmin):
    """Shows the way to the page of the row's loop, for staff who entered its tenant."""

    loop_column = "trace_id"

    @admin.display(description="In the console")
    def loop_page(self, row: Model) -> SafeString | str:
        return link_to_page("loops:loop", getattr(row, self.loop_column))
