from collections.abc import Iterable, Mapping
from datetime import time
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_noop as _
from prometheus_client.metrics_core import Metric

from m25console import logs
from m25console.navigation import Entry
from m25console.shortcuts import SHARED
from m25console.vocabulary import Role

if TYPE_CHECKING:
    from m25console.jobs import Job


class M25ConsoleConfig(AppConfig):
    default = True
    name = "m25console"
    verbose_name = "People and tenants"
    shortcuts = SHARED
    navigation = (
        Entry("members", _("Members"), "users", section=_("Tenant"), order=80),
        Entry("tokens", _("API tokens"), "key", role=Role.ADMIN, section=_("Tenant"), order=81),
        Entry("permissions", _("Permissions"), "shield-check", section=_("Tenant"), order=82),
    )

    def ready(self) -> None:
        """No traceback tells the values of variables."""
        logs.configure()

    def jobs(self) -> "Mapping[str, Job]":
        """What happens by the clock."""
        from m25console import denials  # noqa: PLC0415 - models load after this
        from m25console.jobs import Job  # noqa: PLC0415

        return {"forget_denials": Job(denials.forget, at=time(2, 55))}

    def metrics(self) -> Iterable[Metric]:
        """This app's figures for Prometheus."""
        from m25console.metrics import shared_figures  # noqa: PLC0415 - models load after this

        return shared_figures()


class ConsoleAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "m25console.admin_site.ConsoleAdminSite"
