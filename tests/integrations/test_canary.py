"""Secrets are entered everywhere a person or machine can enter one, and found nowhere again."""

import base64
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from integrations.actions.resealing import sealed_reference
from integrations.domain.states import Provider
from integrations.engine import checking
from integrations.models import (
    Connector,
    Credential,
    DataSource,
    Integration,
    McpServer,
    McpTool,
    McpToolInvocation,
)
from loops.models import NotificationChannel, WebhookEndpoint
from m25console.access import Actor
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.endpoints import Endpoint
from tests.integrations.building import an_integration
from tests.integrations.canaries import (
    CORE,
    Canaries,
    call,
    connect_on_pages,
    echoes,
    enter_by_api,
    enter_on_pages,
    found_in,
    notify,
)
from tests.machines import Machine, machine_of
from tests.test_access import OPEN, pages
from tests.test_tenant_isolation import PARAMETER

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Actor:
    return factories.make_actor(factories.make_tenant(), role=Role.ADMIN)


@pytest.fixture
def browser(admin: Actor) -> Client:
    client = Client(raise_request_exception=False)
    assert admin.user is not None
    admin.user.is_staff = admin.user.is_superuser = True
    admin.user.save()
    client.force_login(admin.user)
    return client


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)


@pytest.fixture
def logs(caplog, capsys) -> Iterator[Any]:
    """What is logged through either library, from the lowest level on."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: caplog.text + "".join(capsys.readouterr())


def dumped() -> Iterator[tuple[str, str]]:
    """Every row of every table as text; bytes are in hex."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables"
                       " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")  # fmt: skip
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            for (text,) in cursor.fetchall():
                yield table, text


def addresses(admin: Actor) -> Iterator[str]:
    """Every page of this tenant, its lists in the API, and what the staff sees of it."""
    ids = {
        "integration_id": list(Integration.objects.values_list("pk", flat=True)),
        "credential_id": list(Credential.objects.values_list("pk", flat=True)),
        "connector_id": list(Connector.objects.values_list("pk", flat=True)),
        "source_id": list(DataSource.objects.values_list("pk", flat=True)),
        "server_id": list(McpServer.objects.values_list("pk", flat=True)),
        "tool_id": list(McpTool.objects.values_list("pk", flat=True)[:2]),
        "invocation_id": list(McpToolInvocation.objects.values_list("pk", flat=True)[:2]),
        "channel_id": list(NotificationChannel.objects.values_list("pk", flat=True)),
    }
    for address, _ in pages(get_resolver()):
        names = PARAMETER.findall(address)
        if address in OPEN or not set(names) <= ids.keys():
            continue
        several = ids[names[0]] if names else [""]
        yield from ("/" + PARAMETER.sub(one, address) for one in several)
    shared = [NotificationChannel, WebhookEndpoint]
    for model in [*apps.get_app_config("integrations").get_models(), *shared]:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield from (
            reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:8]
        )


def test_a_secret_that_was_entered_anywhere_is_found_nowhere(
    admin: Actor, browser: Client, machine: Machine, endpoint: Endpoint, logs: Any
):
    new, now = Canaries().new, timezone.now()
    endpoint.behaviour = echoes
    row = an_integration(admin, provider=Provider.BEDROCK, config={"region": "eu-central-1"})
    carried = sealed_reference(new(), tenant=admin.tenant).reference
    an_integration(admin, credential_ref=carried)
    answers = enter_on_pages(browser, new, endpoint)
    answers += connect_on_pages(browser, new, endpoint)
    assert DataSource.objects.exists()
    assert McpServer.objects.exists()
    assert Connector.objects.exists()
    answers += enter_by_api(machine, new, row, endpoint)
    answers += notify(browser, machine, new, endpoint)
    answers += call(browser, machine, new, endpoint)
    for one in Integration.objects.filter(provider_type=Provider.CUSTOM):
        checking.look_at(one, by=None, now=now, forced=True)
    assert any(CORE in str(received.headers) for received in endpoint.received)
    for answer in answers:
        assert answer.status_code < 500
        assert found_in(answer.text) == [], answer.request["PATH_INFO"]
    for address in addresses(admin):
        answer = browser.get(address)
        assert answer.status_code < 500, address
        assert found_in(answer.text) == [], address
    for table in ("audit", "credential-accesses"):
        taken = browser.post("/exports", {"table": table, "format": "json"})
        assert found_in(b"".join(taken.streaming_content).decode()) == []
    for path in ("/integrations", "/credentials", "/telemetry/usage-history"):
        assert found_in(machine.get(path).text) == []
    assert [(table, found) for table, text in dumped() if (found := found_in(text))] == []
    assert found_in(logs()) == []


def test_a_traceback_tells_no_values(logs: Any):
    secret = Canaries().new()
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger("canary").exception("something broke")
        logging.getLogger("canary").exception("something broke")
    told = logs()
    assert told.count("something broke") == 2
    assert found_in(told) == []


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_canary_would_be_found_in_every_form(before: str):
    raw = f"{before}sk-{CORE}01".encode()
    assert found_in(raw.decode())
    assert found_in(base64.b64encode(raw).decode())
    assert found_in(raw.hex())
