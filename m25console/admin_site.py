"""The administration for platform staff, entered by the same sign-in as everything else."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from m25console.refusals import NotPermitted


class ConsoleAdminSite(AdminSite):
    site_header = "m25console administration"
    site_title = "m25console"
    index_title = "Platform"
    site_url = "/"

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the console's sign-in, which throttles. Raises NotPermitted for non-staff."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise NotPermitted("Only platform staff can open the administration.")
        wanted = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(wanted, reverse("sign-in"))
