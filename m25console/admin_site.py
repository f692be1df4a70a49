"""The administration for platform staff, entered by the same sign-in as everything else."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from m25console.refusals import NotPermitted


class ConsoleAdminSite(AdminSite):
    site_header = "m25console administration"
    site_title = "m25console"
    index_title = "Platform"
    site_url = "/"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The tables, below the figures that each app has for its platform's staff."""
        return super().index(request, {"figures": _figures(), **(extra_context or {})})

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the console's sign-in, which throttles. Raises NotPermitted for non-staff."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise NotPermitted("Only platform staff can open the administration.")
        wanted = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(wanted, reverse("sign-in"))


def _figures() -> dict[str, str]:
    """Figures by their names, as text such as "1,000+", from each app that can tell."""
    told: dict[str, str] = {}
    for config in apps.get_app_configs():
        figures = getattr(config, "admin_figures", None)
        counted: Mapping[str, str] = figures() if figures is not None else {}
        told.update(counted)
    return told
