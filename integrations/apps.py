from django.apps import AppConfig
from django.utils.translation import gettext_noop as _

from m25console.navigation import Entry
from m25console.vocabulary import Role


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    navigation = (
        Entry(
            "integrations:integrations",
            _("Integrations"),
            "plug",
            section=_("Connections"),
            order=50,
        ),
        Entry(
            "integrations:credentials",
            _("Credentials"),
            "key",
            role=Role.ADMIN,
            section=_("Connections"),
            order=51,
        ),
    )
