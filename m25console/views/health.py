"""What probes and Prometheus ask: is the process alive, can it serve, and how is it."""

from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from redis.backoff import NoBackoff
from redis.retry import Retry

from m25console import metrics
from m25console.refusals import NotPermitted

BROKER_TIMEOUT_SECONDS = 1.0


@login_not_required
@never_cache
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """200 whenever the process can answer at all; asks nobody else."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; names each part and, in words, what is wrong."""
    checks = {"database": _database(), "broker": _broker()}
    checks["migrations"] = _migrations() if checks["database"] == "ok" else "unknown"
    if checks["migrations"] == "ok":
        checks |= _apps()
    is_ready = all(outcome == "ok" for outcome in checks.values())
    body: dict[str, Any] = {"ready": is_ready, "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)


@login_not_required
@never_cache
@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """The figures, for this machine or for whoever has the token."""
    if not (_has_metrics_token(request) or _is_local(request)):
        raise NotPermitted("Metrics need the token in M25_METRICS_TOKEN, or this machine.")
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "not answering"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "not answering"
    return f"{len(plan)} not applied" if plan else "ok"


def _apps() -> dict[str, str]:
    """What each app says of its own parts, in `readiness()` on its AppConfig where it has one."""
    said: dict[str, str] = {}
    for config in apps.get_app_configs():
        readiness = getattr(config, "readiness", None)
        if readiness is not None:
            said |= readiness()
    return said


def _broker() -> str:
    """The one place where the web process speaks to the broker, and never for long."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=BROKER_TIMEOUT_SECONDS,
            socket_connect_timeout=BROKER_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as broker:
            broker.ping()
    except redis.RedisError:
        return "not answering"
    return "ok"


def _has_metrics_token(request: HttpRequest) -> bool:
    expected = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(expected) and compare_digest(given.encode(), expected.encode())


def _is_local(request: HttpRequest) -> bool:
    """Whether the peer is this machine, and not a proxy on it speaking for someone else."""
    if "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
