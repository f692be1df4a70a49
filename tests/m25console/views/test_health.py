import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from loops.models import Heartbeat
from tests.m25console.builders import a_tenant

pytestmark = pytest.mark.django_db


def test_live_asks_nobody(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz/live").status_code == 200


def test_ready_when_every_part_answers_and_works(client: Client) -> None:
    for role in ("relay", "worker"):
        Heartbeat.objects.create(name=role, role=role)

    answer = client.get("/healthz/ready")

    parts = ("database", "broker", "migrations", "relay", "worker")
    assert answer.json()["checks"] == dict.fromkeys(parts, "ok")
    assert answer.status_code == 200


def test_not_ready_while_no_message_reaches_a_worker(client: Client) -> None:
    Heartbeat.objects.create(name="relay", role="relay")

    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == "not heard of lately"


def test_not_ready_without_the_broker_and_within_its_timeout(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "not answering"


def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 not applied"


def test_metrics_for_this_machine(client: Client) -> None:
    a_tenant()

    assert "m25_tenants 1.0" in client.get("/metrics").content.decode()


def test_metrics_are_closed_to_others(settings: Settings) -> None:
    stranger = Client(REMOTE_ADDR="203.0.113.7")
    proxied = Client(HTTP_X_FORWARDED_FOR="203.0.113.7")

    assert stranger.get("/metrics").status_code == 403
    assert proxied.get("/metrics").status_code == 403
    settings.METRICS_TOKEN = "a long token"
    assert stranger.get("/metrics").status_code == 403
    told = {"Authorization": "Bearer a long token"}
    assert stranger.get("/metrics", headers=told).status_code == 200
