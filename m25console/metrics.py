"""Figures for Prometheus, read from the database at each scrape: any web process tells the same."""

from collections.abc import Iterable
from datetime import timedelta

from django.apps import apps
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from m25console.models import ApiToken, SignInThrottle, Tenant


class _Collected(Collector):
    """Each app's figures, from `metrics()` on its AppConfig where it has one."""

    def collect(self) -> Iterable[Metric]:
        for config in apps.get_app_configs():
            figures = getattr(config, "metrics", None)
            if figures is not None:
                yield from figures()


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected())
    return generate_latest(registry)


def shared_figures() -> Iterable[Metric]:
    """What this app tells about tenants, tokens and sign-in."""
    now = timezone.now()
    used = ApiToken.objects.filter(
        revoked_at__isnull=True, last_used_at__gt=now - timedelta(days=1)
    )
    slowed = SignInThrottle.objects.filter(key__startswith="both:", failures__gt=3)
    for name, words, value in (
        ("m25_tenants", "Active tenants", Tenant.objects.filter(is_active=True).count()),
        ("m25_api_tokens_used", "API tokens used within a day", used.count()),
        ("m25_sign_in_suspects", "Names failing to sign in from one address", slowed.count()),
    ):
        yield GaugeMetricFamily(name, words, value=value)
