"""Secrets are entered everywhere a person or machine can enter one, and found nowhere again."""

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import structlog
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from integrations.actions.resealing import sealed_reference
from integrations.domain.states import CredentialKind, Provider
from integrations.engine import checking
from integrations.models import Connector, Credential, DataSource, Integration, McpServer
from m25console.access import Actor
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.endpoints import Endpoint
from tests.integrations.building import a_call, an_integration
from tests.machines import Machine, machine_of
from tests.test_access import OPEN, pages
from tests.test_tenant_isolation import PARAMETER

pytestmark = pytest.mark.django_db
CORE = "Zq7canaryXv3"


@dataclass
class Canaries:
    """Each secret is another, so that one that is found says where it was entered."""

    numbers: Any = field(default_factory=lambda: count(1))

    def new(self) -> str:
        return f"sk-{CORE}{next(self.numbers):02}/+b"


def forms() -> list[str]:
    """Every way in which the middle of a canary may stand in a text or a dump."""
    found = [CORE, CORE.encode().hex()]
    for shift in range(3):
        text = base64.b64encode(b"-" * shift + CORE.encode()).decode()
        found.append(text[2 if shift else 0 : -4])  # what does not depend on its neighbours
    return found


def found_in(text: str) -> list[str]:
    return [
        text[max(0, text.index(one) - 60) : text.index(one) + 60] for one in forms() if one in text
    ]


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


def echoes(request: Any) -> None:
    """Sends back every header and all of the body, as the name of a model where it is asked to."""
    said = json.dumps(dict(request.headers))
    key = request.headers.get("Authorization", "")
    is_listed = "listed" in request.path
    body = json.dumps({"data": [{"id": key}]} if is_listed else {"error": said}).encode()
    request.send_response(200 if is_listed else 401)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def enter_on_pages(browser: Client, new: Any, endpoint: Endpoint) -> list[Any]:
    """Through every form that takes a secret, rightly and wrongly."""
    answers = []

    def post(path: str, **told: str) -> None:
        answers.append(browser.post(path, told, follow=True))

    for kind in CredentialKind:
        parts = {"api_key", "client_id", "client_secret", "token", "username", "password", "host"}
        secret = {part: new() for part in (*parts, "value")}
        post(f"/credentials/new?kind={kind}", name=f"a {kind}", readers="system", **secret)
        post(f"/credentials/new?kind={kind}", name="", **secret)
    stored = Credential.objects.filter(kind=CredentialKind.API_KEY).latest("created_at")
    post(f"/credentials/{stored.pk}/rotate", api_key=new())
    post(f"/credentials/{stored.pk}/rotate", api_key=new(), unknown=new())
    for then, name, path in (
        ("test", "tried", "v1"), ("save", "saved", "v1"), ("save", "", "v1"),
        ("enable", "listed", "listed"),
    ):  # fmt: skip
        asked = {"name": name, "then": then, "secret": new(), "credential_ref": ""}
        url = f"http://{endpoint.host}/{path}"
        post("/integrations/new?provider=custom", config_base_url=url, **asked)
        userinfo = f"http://me:{new().replace('/', '')}@{endpoint.host}/v1"
        post("/integrations/new?provider=custom", config_base_url=userinfo, **asked)
    post("/connectors/new", name="c", config_base_url=f"https://me:{new()}@api.example.com")
    post("/sign-in/", username="nobody", password=new())
    return answers


def connect_on_pages(browser: Client, new: Any, endpoint: Endpoint) -> list[Any]:
    """Through the forms of what else may be connected to, rightly and wrongly."""
    answers, host = [], endpoint.host

    def post(path: str, **told: str) -> None:
        answers.append(browser.post(path, told, follow=True))

    server = {"transport": "http", "auth_type": "bearer", "rate_limit_window_seconds": "60"}
    api = {
        "config_host": "127.0.0.1", "config_port": str(endpoint.port),
        "config_auth_type": "api_key", "config_options_path": "/listed",
    }  # fmt: skip
    http = {
        "config_auth_type": "bearer", "config_auth_header": "Authorization",
        "config_allowed_methods": "GET", "config_timeout_seconds": "30",
        "config_max_retries": "0", "config_rate_limit_requests": "60",
    }  # fmt: skip
    for then in ("test", "save", "activate"):
        for name in (f"by {then}", ""):
            told = {"name": name, "then": then}
            url = f"http://{host}/{then}"
            post("/mcp-servers/new", url=url, secret=new(), **server, **told)
            post("/data-sources/new?engine=api", config_api_key=new(), **api, **told)
            reached = http | {"config_base_url": url, "secret_token": new()}
            post("/connectors/new?type=http", **reached, **told)
    post(
        "/mcp-servers/new", name="x", url=f"http://me:{new().replace('/', '')}@{host}/mcp", **server
    )
    elsewhere = api | {"config_host": f"http://me:{new().replace('/', '')}@{host}"}
    post("/data-sources/new?engine=api", name="x", then="save", **elsewhere)
    text = json.dumps({"integrations": [{"name": "x", "credential_ref": new(), "key": new()}]})
    post("/integrations/configuration", text=text)
    return answers


def enter_by_api(machine: Machine, new: Any, row: Integration, endpoint: Endpoint) -> list[Any]:
    """Through every request of the API that takes a secret, rightly and wrongly."""
    post, answers = machine.post, list[Any]()
    about = {"kind": "api_key", "readers": ["system"]}
    bodies = (
        about | {"name": "by api", "secret": {"api_key": new()}},
        about | {"name": "by api", "secret": {"api_key": new()}},
        about | {"name": "wrong", "secret": {"another": new()}},
        about | {"name": "wrong", "secret": {"_metadata": new()}},
        about | {"name": "wrong", "secret": new()},
        about | {"name": "wrong", "secret": {"api_key": new()}, "unknown": new()},
    )
    answers += [post("/credentials", told) for told in bodies]
    wanted = {"name": "by api", "provider_type": "custom"}
    references = (new(), f"vault://{new()}", f"encrypted://{new()}", f"env://{new()}")
    answers += [post("/integrations", wanted | {"credential_ref": one}) for one in references]
    config = {"base_url": f"http://{new()}:x@{endpoint.host}"}
    answers.append(post("/integrations", wanted | {"config": config, "credential_ref": "x"}))
    answers.append(machine.send("/credentials", f'{{"secret": "{new()}"'.encode()))
    answers.append(machine.send("/credentials", new().encode(), content_type="text/plain"))
    answers.append(Machine(new()).get("/integrations"))
    answers.append(Machine(f"m25_{new()}").get("/credentials"))
    call = a_call(row, error_code="401", error_message=f"Incorrect API key provided: {new()}.")
    told = {name: value for name, value in vars(call).items() if value not in (None, {})}
    answers.append(post("/telemetry/llm-usage", told))
    assert answers[-1].status_code < 300, answers[-1].text
    return answers


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
    }
    for address, _ in pages(get_resolver()):
        names = PARAMETER.findall(address)
        if address in OPEN or not set(names) <= ids.keys():
            continue
        several = ids[names[0]] if names else [""]
        yield from ("/" + PARAMETER.sub(one, address) for one in several)
    for model in apps.get_app_config("integrations").get_models():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield from (
            reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:20]
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
