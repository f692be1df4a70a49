from django.apps import AppConfig


class M25ConsoleConfig(AppConfig):
    name = "m25console"
    verbose_name = "People and tenants"
