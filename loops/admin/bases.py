"""What the pages of platform staff have in common."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loops.presenters.object_words import OBJECTS
from m25console import admin_base


class ReadOnlyAdmin(admin_base.ReadOnlyAdmin):
    """Leads to the row's page in the console where it has one."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The row, with the way to its page in the console where it has one."""
        told = {**(extra_context or {}), "console_url": self._console_url(object_id)}
        return super().changeform_view(request, object_id, form_url, told)

    def _console_url(self, object_id: str | None) -> str:
        _, name = OBJECTS.get(self.model._meta.db_table, ("", ""))
        if not name or object_id is None:
            return ""
        try:
            return reverse(name, args=[unquote(object_id)])
        except NoReverseMatch:
            return ""


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
