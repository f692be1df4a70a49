"""Secrets that are entered everywhere, each another one, and how to find them again."""

import base64
import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.test import Client

from integrations.domain.states import CredentialKind
from integrations.models import Connector, Credential, Integration, McpTool, McpToolInvocation
from loops.models import NotificationChannel
from tests.endpoints import Endpoint
from tests.integrations.building import a_call
from tests.machines import Machine

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


def echoes(request: Any) -> None:
    """Sends back the address and every header, as the name of a model where it is asked to."""
    said = json.dumps([request.path, dict(request.headers)])
    key = request.headers.get("Authorization", "")
    is_listed = "listed" in request.path
    body = json.dumps({"data": [{"id": key}]} if is_listed else {"error": said}).encode()
    request.send_response(200 if is_listed else 401)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def speaks_mcp(request: Any) -> None:
    """A server of tools that says every header wherever it says anything; `fail` says it failed."""
    asked = json.loads(request.body or b"{}")
    said = json.dumps(dict(request.headers))
    named = {"name": "echo", "version": said[:100]}
    tools = [{"name": name, "description": said, "inputSchema": {"type": "object"}}
             for name in ("get_row", "get_fault")]  # fmt: skip
    name = asked.get("params", {}).get("name")
    results = {
        "initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                       "serverInfo": named},
        "tools/list": {"tools": tools},
        "tools/call": {"content": [{"type": "text", "text": said}], "isError": name == "get_fault",
                       "structuredContent": {"said": said}},
    }  # fmt: skip
    method = asked.get("method", "")
    answer = {"jsonrpc": "2.0", "id": asked.get("id")}
    if method in results:
        answer["result"] = results[method]
    else:
        answer["error"] = {"code": -32601, "message": said}
    body = json.dumps(answer).encode()
    request.send_response(200 if "id" in asked else 202)
    request.send_header("Content-Type", "application/json")
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


def notify(browser: Client, machine: Machine, new: Any, endpoint: Endpoint) -> list[Any]:
    """Through whatever says how people are told and where recoveries are carried out, rightly and
    wrongly; the whole address of Slack is a secret."""
    answers: list[Any] = []

    def slack() -> str:
        return f"http://{endpoint.host}/hooks/{new()}"

    def post(path: str, **told: Any) -> None:
        events = {"events": ["asked"], "least_risk": "1", "is_enabled": "on"}
        answers.append(browser.post(path, events | told, follow=True))

    with_name = f"http://me:{new().replace('/', '')}@{endpoint.host}/hook"
    for path in ("/settings/notifications", "/account/notifications"):
        for name in ("ours", ""):
            post(path, kind="slack", name=name, address=slack())
        post(path, kind="webhook", name="x", address=with_name)
    post("/settings/recoveries", url=with_name)
    post("/settings/recoveries", url=f"http://{endpoint.host}/recover")
    about = {"kind": "slack", "name": "by api", "events": ["asked"]}
    told = (about | {"address": slack()}, about | {"address": slack(), "unknown": new()},
            about | {"address": slack(), "events": []}, about | {"address": with_name})  # fmt: skip
    answers.extend(machine.post("/notification-channels", one) for one in told)
    for row in NotificationChannel.objects.all():
        post(f"/channels/{row.pk}", name="", address=slack())
        post(f"/channels/{row.pk}", name=row.name, address=slack())
        post(f"/channels/{row.pk}/test")
        answers.append(machine.ask("PUT", f"/notification-channels/{row.pk}", told[0]))
    answers.append(machine.get("/notification-channels"))
    return answers


def call(browser: Client, machine: Machine, new: Any, endpoint: Endpoint) -> list[Any]:
    """By hand and by a machine through connectors, which echo what they are shown, and tools of
    servers, which do so too: a key is not in any answer, and an argument in no record."""
    answers: list[Any] = []

    def post(path: str, **told: str) -> None:
        answers.append(browser.post(path, told, follow=True))

    for row in Connector.objects.filter(config__base_url__contains=endpoint.host):
        post(f"/connectors/{row.pk}/actions/new", name="find", method="GET", path="/find")
        post(f"/connectors/{row.pk}/test")
        for then in ("show", "send"):
            post(f"/connectors/{row.pk}/try?action=find", then=then)
        wanted = {"action": "find", "payload": {"password": new()}}
        answers.append(machine.post(f"/connectors/{row.pk}/invoke", wanted))
    endpoint.behaviour = speaks_mcp
    for auth_type in ("bearer", "api_key", "basic"):
        key = f"me:{new()}" if auth_type == "basic" else new()
        url = f"http://{endpoint.host}/{auth_type}"
        server = {"transport": "http", "auth_type": auth_type, "rate_limit_window_seconds": "60"}
        post("/mcp-servers/new", name=auth_type, url=url, secret=key, then="save", **server)
    for tool in McpTool.objects.all():
        path = f"/integrations/mcp-servers/{tool.server_id}/tools/{tool.pk}/invoke"
        if tool.name == "get_fault":
            post(f"/mcp-tools/{tool.pk}/call", then="call")
        else:
            answers.append(machine.post(path, {"input": {"password": new()}}))
    assert {*McpToolInvocation.objects.values_list("outcome", flat=True)} == {"success", "failure"}
    answers.append(machine.get(f"/integrations/mcp-servers/{tool.server_id}/invocations"))
    return answers
