"""Every address says who may come in: checked for each that the resolver knows.

Whoever adds an address to the API adds it to SCOPES; until then the test of the table fails.
"""

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoDbBlocker

from integrations.api.callers import KeyOrToken
from m25console.api.bearer import ApiToken
from m25console.models import Membership
from m25console.rights import Permission, decide_on
from m25console.urls import api
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.machines import machine_of
from tests.standing import made_once
from tests.test_tenant_isolation import PARAMETER, READ, ROUTES, Party, Probe, a_party

OPEN = {"healthz/live", "healthz/ready", "metrics", "sign-in/"}  # to everybody
# Where an address begins like this, what reading and changing there asks for; the first that fits.
AREAS = [
    ("members/", Permission.READ_USERS, Permission.WRITE_USERS),
    ("tokens/", Permission.MANAGE_USERS, Permission.WRITE_USERS),
    ("audit", Permission.READ_AUDIT, Permission.MANAGE_SETTINGS),
    ("dashboards/load", Permission.MANAGE_SETTINGS, Permission.MANAGE_SETTINGS),
    ("(notification-)?channels", Permission.MANAGE_SETTINGS, Permission.MANAGE_SETTINGS),
    ("(settings/)?deliveries", Permission.MANAGE_SETTINGS, Permission.MANAGE_SETTINGS),
    ("settings/(notifications|recoveries)", Permission.MANAGE_SETTINGS, Permission.MANAGE_SETTINGS),
    # Those that are probed are others'; everybody changes their own.
    ("(settings/)?delegations/", Permission.READ_RUNS, Permission.MANAGE_SETTINGS),
    ("saved-views/|checkpoints/views/", Permission.READ_RUNS, Permission.MANAGE_SETTINGS),
    ("policies/[^/]*/(edit|except)$", Permission.MANAGE_POLICIES, Permission.MANAGE_POLICIES),
    (
        "policies/[^/]*(/disable|/observe|/modify|/exceptions.*)?$",
        Permission.READ_POLICIES,
        Permission.MANAGE_POLICIES,
    ),
    ("mcp-tools/[^/]*/call", Permission.EXECUTE_TOOLS, Permission.EXECUTE_TOOLS),
    (
        "mcp-servers/(new|catalogue.*|[^/]*/edit)",
        Permission.MANAGE_INTEGRATIONS,
        Permission.MANAGE_INTEGRATIONS,
    ),
    ("mcp-servers|mcp/drift", Permission.READ_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
    ("mcp-tools/", Permission.READ_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
    ("credentials", Permission.MANAGE_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
    (
        "data-sources/(new|[^/]*/edit)",
        Permission.MANAGE_INTEGRATIONS,
        Permission.MANAGE_INTEGRATIONS,
    ),
    (
        "connectors/[^/]*/(try|invoke)",
        Permission.EXECUTE_CONNECTORS,
        Permission.EXECUTE_CONNECTORS,
    ),
    (
        "connectors/(new|[^/]*/(edit|actions/))",
        Permission.MANAGE_INTEGRATIONS,
        Permission.MANAGE_INTEGRATIONS,
    ),
    ("connectors", Permission.READ_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
    ("prices/", Permission.READ_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
    ("data-?sources", Permission.READ_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
    (
        "integrations/(new|configuration.*|[^/]*/edit)",
        Permission.MANAGE_INTEGRATIONS,
        Permission.MANAGE_INTEGRATIONS,
    ),
    ("integrations/<[^/]*/test", Permission.READ_INTEGRATIONS, Permission.WRITE_INTEGRATIONS),
    ("integration", Permission.READ_INTEGRATIONS, Permission.MANAGE_INTEGRATIONS),
]
SCOPES = {
    ("GET", "/integrations/configuration"): Scope.DECIDE,
    ("POST", "/integrations/configuration/plan"): Scope.DECIDE,
    ("POST", "/integrations/configuration/apply"): Scope.DECIDE,
    ("GET", "/datasources"): Scope.READ,
    ("POST", "/datasources"): Scope.DECIDE,
    ("GET", "/datasources/stats"): Scope.READ,
    ("GET", "/datasources/{source_id}"): Scope.READ,
    ("PUT", "/datasources/{source_id}"): Scope.DECIDE,
    ("DELETE", "/datasources/{source_id}"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/test"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/activate"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/deactivate"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/deprecate"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/tags"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/tags/remove"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/roles"): Scope.DECIDE,
    ("POST", "/datasources/{source_id}/roles/remove"): Scope.DECIDE,
    ("GET", "/integrations"): Scope.READ,
    ("GET", "/integrations/list"): Scope.READ,
    ("POST", "/integrations"): Scope.DECIDE,
    ("GET", "/integrations/{integration_id}"): Scope.READ,
    ("PUT", "/integrations/{integration_id}"): Scope.DECIDE,
    ("PATCH", "/integrations/{integration_id}"): Scope.DECIDE,
    ("DELETE", "/integrations/{integration_id}"): Scope.DECIDE,
    ("POST", "/integrations/{integration_id}/enable"): Scope.DECIDE,
    ("POST", "/integrations/{integration_id}/disable"): Scope.DECIDE,
    ("GET", "/integrations/{integration_id}/health"): Scope.READ,
    ("POST", "/integrations/{integration_id}/test"): Scope.DECIDE,
    ("GET", "/integrations/{integration_id}/limits"): Scope.READ,
    ("POST", "/integrations/{integration_id}/keys"): Scope.DECIDE,
    ("GET", "/connectors"): Scope.READ,
    ("GET", "/connectors/stats"): Scope.READ,
    ("POST", "/connectors"): Scope.DECIDE,
    ("GET", "/connectors/{connector_id}"): Scope.READ,
    ("PUT", "/connectors/{connector_id}"): Scope.DECIDE,
    ("DELETE", "/connectors/{connector_id}"): Scope.DECIDE,
    ("POST", "/connectors/{connector_id}/test"): Scope.DECIDE,
    ("GET", "/connectors/{connector_id}/actions"): Scope.READ,
    ("PUT", "/connectors/{connector_id}/actions/{action_name}"): Scope.DECIDE,
    ("DELETE", "/connectors/{connector_id}/actions/{action_name}"): Scope.DECIDE,
    ("POST", "/connectors/{connector_id}/invoke"): Scope.DECIDE,
    ("POST", "/integrations/mcp-servers/{server_id}/tools/{tool_id}/invoke"): Scope.TOOLS_CALL,
    ("GET", "/integrations/mcp-servers/{server_id}/invocations"): Scope.READ,
    ("GET", "/integrations/mcp-approvals/{approval_id}"): Scope.READ,
    ("GET", "/integrations/mcp-registry/v0/servers"): Scope.READ,
    ("GET", "/integrations/mcp-registry/v0.1/servers"): Scope.READ,
    ("POST", "/integrations/mcp-catalogue/plan"): Scope.DECIDE,
    ("POST", "/integrations/mcp-catalogue/apply"): Scope.DECIDE,
    ("GET", "/integrations/mcp-audit/verify"): Scope.READ,
    ("GET", "/enforcement/decisions"): Scope.READ,
    ("GET", "/enforcement/decisions/{enforcement_id}"): Scope.READ,
    ("POST", "/integrations/mcp-servers"): Scope.DECIDE,
    ("GET", "/integrations/mcp-servers"): Scope.READ,
    ("GET", "/integrations/mcp-servers/{server_id}"): Scope.READ,
    ("PATCH", "/integrations/mcp-servers/{server_id}"): Scope.DECIDE,
    ("DELETE", "/integrations/mcp-servers/{server_id}"): Scope.DECIDE,
    ("POST", "/integrations/mcp-servers/{server_id}/discover"): Scope.DECIDE,
    ("POST", "/integrations/mcp-servers/{server_id}/health"): Scope.DECIDE,
    ("GET", "/integrations/mcp-servers/{server_id}/tools"): Scope.READ,
    ("PATCH", "/integrations/mcp-servers/{server_id}/tools/{tool_id}"): Scope.DECIDE,
    ("POST", "/integrations/mcp-servers/{server_id}/tools/{tool_id}/decision"): Scope.DECIDE,
    ("GET", "/credentials"): Scope.DECIDE,
    ("POST", "/credentials"): Scope.DECIDE,
    ("GET", "/credentials/{credential_id}"): Scope.DECIDE,
    ("PUT", "/credentials/{credential_id}"): Scope.DECIDE,
    ("DELETE", "/credentials/{credential_id}"): Scope.DECIDE,
    ("POST", "/credentials/{credential_id}/rotate"): Scope.DECIDE,
    ("GET", "/enforcement/settings"): Scope.READ,
    ("PUT", "/enforcement/settings"): Scope.DECIDE,
    ("POST", "/integrations/{integration_id}/limits/enforce"): Scope.DECIDE,
    ("POST", "/integrations/{integration_id}/limits/observe"): Scope.DECIDE,
    ("PUT", "/integrations/{integration_id}/limits/raise"): Scope.DECIDE,
    ("DELETE", "/integrations/{integration_id}/limits/raise"): Scope.DECIDE,
    ("GET", "/prices"): Scope.READ,
    ("POST", "/prices"): Scope.DECIDE,
    ("POST", "/prices/{price_id}/end"): Scope.DECIDE,
    ("POST", "/enforcement/check"): Scope.EVALUATE,
    ("POST", "/enforcement/batch"): Scope.EVALUATE,
    ("GET", "/enforcement/status"): Scope.READ,
    ("POST", "/telemetry/llm-usage"): Scope.USAGE_WRITE,
    ("POST", "/telemetry/llm-usage/batch"): Scope.USAGE_WRITE,
    ("GET", "/telemetry/usage-summary"): Scope.READ,
    ("GET", "/telemetry/usage-history"): Scope.READ,
    ("GET", "/telemetry/daily-aggregates"): Scope.READ,
    ("GET", "/notifications"): Scope.READ,
    ("POST", "/notifications/read"): Scope.DECIDE,
    ("POST", "/notifications/{notification_id}/read"): Scope.DECIDE,
    ("GET", "/notification-channels"): Scope.DECIDE,
    ("POST", "/notification-channels"): Scope.DECIDE,
    ("PUT", "/notification-channels/{channel_id}"): Scope.DECIDE,
    ("DELETE", "/notification-channels/{channel_id}"): Scope.DECIDE,
    ("POST", "/notification-channels/{channel_id}/test"): Scope.DECIDE,
    ("POST", "/notification-channels/{channel_id}/secret"): Scope.DECIDE,
    ("POST", "/notification-channels/{channel_id}/retry"): Scope.DECIDE,
    ("GET", "/deliveries"): Scope.DECIDE,
    ("POST", "/deliveries/{delivery_id}/retry"): Scope.DECIDE,
    ("POST", "/recovery/suggest"): Scope.INCIDENTS_WRITE,
    ("POST", "/recovery/ingest"): Scope.INCIDENTS_WRITE,
    ("POST", "/recovery/evaluate"): Scope.READ,
    ("GET", "/recovery/candidates"): Scope.READ,
    ("GET", "/recovery/candidates/{recovery_id}"): Scope.READ,
    ("PATCH", "/recovery/candidates/{recovery_id}"): Scope.DECIDE,
    ("POST", "/recovery/candidates/{recovery_id}/decision"): Scope.DECIDE,
    ("POST", "/recovery/candidates/{recovery_id}/scope-test"): Scope.DECIDE,
    ("GET", "/recovery/stats"): Scope.READ,
    ("GET", "/recovery/actions"): Scope.READ,
    ("POST", "/recovery/scope"): Scope.DECIDE,
    ("GET", "/recovery/scopes/{scope_id}"): Scope.READ,
    ("DELETE", "/recovery/scopes/{scope_id}"): Scope.DECIDE,
    ("POST", "/recovery/execute"): Scope.DECIDE,
    ("PUT", "/patterns/{pattern_id}/template"): Scope.DECIDE,
    ("POST", "/incidents"): Scope.INCIDENTS_WRITE,
    ("POST", "/incidents/batch"): Scope.INCIDENTS_WRITE,
    ("GET", "/incidents"): Scope.READ,
    ("GET", "/incidents/{incident_id}"): Scope.READ,
    ("GET", "/loops"): Scope.READ,
    ("GET", "/loops/{loop_id}"): Scope.READ,
    ("GET", "/loops/{loop_id}/events"): Scope.READ,
    ("GET", "/loops/{loop_id}/narrative"): Scope.READ,
    ("POST", "/loops/{loop_id}/retry"): Scope.DECIDE,
    ("GET", "/loops/{loop_id}/revert"): Scope.READ,
    ("POST", "/loops/{loop_id}/revert"): Scope.DECIDE,
    ("POST", "/loops/{loop_id}/revert/ask"): Scope.DECIDE,
    ("GET", "/checkpoint-config"): Scope.READ,
    ("PUT", "/checkpoint-config"): Scope.DECIDE,
    ("GET", "/saved-views"): Scope.READ,
    ("POST", "/saved-views"): Scope.DECIDE,
    ("PATCH", "/saved-views/{view_id}"): Scope.DECIDE,
    ("DELETE", "/saved-views/{view_id}"): Scope.DECIDE,
    ("GET", "/checkpoints"): Scope.READ,
    ("GET", "/checkpoints/{checkpoint_id}"): Scope.READ,
    ("POST", "/checkpoints/{checkpoint_id}/resolve"): Scope.DECIDE,
    ("POST", "/checkpoints/{checkpoint_id}/claim"): Scope.DECIDE,
    ("POST", "/checkpoints/{checkpoint_id}/release"): Scope.DECIDE,
    ("POST", "/checkpoints/{checkpoint_id}/snooze"): Scope.DECIDE,
    ("DELETE", "/checkpoints/{checkpoint_id}/snooze"): Scope.DECIDE,
    ("POST", "/checkpoints/bulk"): Scope.DECIDE,
    ("GET", "/checkpoints/bulk/{bulk_number}"): Scope.READ,
    ("GET", "/delegations"): Scope.READ,
    ("POST", "/delegations"): Scope.DECIDE,
    ("DELETE", "/delegations/{delegation_id}"): Scope.DECIDE,
    ("GET", "/checkpoints/{checkpoint_id}/comments"): Scope.READ,
    ("POST", "/checkpoints/{checkpoint_id}/comments"): Scope.DECIDE,
    ("GET", "/patterns"): Scope.READ,
    ("GET", "/patterns/{pattern_id}/merge"): Scope.READ,
    ("POST", "/patterns/{pattern_id}/merge"): Scope.DECIDE,
    ("POST", "/patterns/{pattern_id}/unmerge"): Scope.DECIDE,
    ("POST", "/patterns/{pattern_id}/split"): Scope.DECIDE,
    ("POST", "/patterns/{pattern_id}/cannot-links"): Scope.DECIDE,
    ("GET", "/cannot-links"): Scope.READ,
    ("POST", "/cannot-links/{link_id}/lift"): Scope.DECIDE,
    ("GET", "/patterns/{pattern_id}"): Scope.READ,
    ("GET", "/policies"): Scope.READ,
    ("GET", "/policies/{policy_id}"): Scope.READ,
    ("GET", "/policies/{policy_id}/versions"): Scope.READ,
    ("GET", "/policies/{policy_id}/confirmations"): Scope.READ,
    ("GET", "/policies/{policy_id}/activation-audit"): Scope.READ,
    ("GET", "/policies/{policy_id}/exceptions"): Scope.READ,
    ("POST", "/policies/{policy_id}/confirm"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/activate"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/disable"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/observe"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/modify"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/propose"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/exceptions"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/exceptions/{exception_id}/end"): Scope.DECIDE,
    ("POST", "/policies/{policy_id}/regret"): Scope.DECIDE,
    ("GET", "/policies/{policy_id}/regrets"): Scope.READ,
    ("POST", "/agents/traffic"): Scope.USAGE_WRITE,
    ("GET", "/agents"): Scope.READ,
    ("GET", "/agents/{path:agent_id}"): Scope.READ,
    ("GET", "/routing/{path:agent_id}"): Scope.EVALUATE,
    ("GET", "/graduation"): Scope.READ,
    ("GET", "/graduation/history"): Scope.READ,
    ("POST", "/graduation/re-evaluate"): Scope.DECIDE,
    ("POST", "/graduation/simulate/prevention"): Scope.DECIDE,
    ("POST", "/graduation/simulate/regret"): Scope.DECIDE,
    ("POST", "/graduation/simulate/timeline-view"): Scope.DECIDE,
    ("GET", "/adjustments"): Scope.READ,
    ("GET", "/adjustments/{adjustment_id}"): Scope.READ,
    ("POST", "/adjustments/{adjustment_id}/rollback"): Scope.DECIDE,
    ("GET", "/stats"): Scope.READ,
    ("POST", "/runs"): Scope.INCIDENTS_WRITE,
    ("GET", "/runs"): Scope.READ,
    ("GET", "/runs/{run_id}"): Scope.READ,
    ("GET", "/runs/{run_id}/expectations"): Scope.READ,
    ("POST", "/runs/{run_id}/expectations"): Scope.INCIDENTS_WRITE,
    ("GET", "/runs/{run_id}/acks"): Scope.READ,
    ("POST", "/runs/{run_id}/acks"): Scope.INCIDENTS_WRITE,
    ("POST", "/runs/{run_id}/phase"): Scope.INCIDENTS_WRITE,
    ("POST", "/runs/{run_id}/close"): Scope.INCIDENTS_WRITE,
    ("GET", "/runs/{run_id}/reconciliation"): Scope.READ,
    ("GET", "/timeline/{incident_id}"): Scope.READ,
    ("POST", "/timeline/{incident_id}/view"): Scope.DECIDE,
    ("POST", "/evaluate"): Scope.EVALUATE,
    ("POST", "/evaluations/{evaluation_id}/outcome"): Scope.EVALUATE,
    ("GET", "/evaluations"): Scope.READ,
    ("GET", "/evaluations/{evaluation_id}"): Scope.READ,
    ("GET", "/prevention-records"): Scope.READ,
    ("GET", "/prevention-records/{prevention_id}"): Scope.READ,
    ("GET", "/policies/{policy_id}/replay"): Scope.READ,
}
CHANGES = [
    (route, probe)
    for route, probes in ROUTES.items()
    for probe in probes
    if probe.method == "POST" and not (probe.for_machines or probe.is_own or probe.for_viewers)
]


def pages(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    """Every address outside the API and the administration, with its view."""
    found: list[tuple[str, URLPattern]] = []
    for one in resolver.url_patterns:
        address = f"{prefix}{one.pattern}"
        if isinstance(one, URLResolver):
            found += pages(one, address)
        elif not address.startswith(("api/", "admin/")):
            found.append((address, one))
    return found


def test_no_page_is_open_that_should_not_be():
    everyone = {
        address
        for address, one in pages(get_resolver())
        if not getattr(one.callback, "login_required", True)
    }
    assert everyone == OPEN


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_are_sent_to_sign_in_from_every_page(method):
    client = Client()
    for address, _ in pages(get_resolver()):
        if address not in OPEN:
            answer = client.generic(method, "/" + PARAMETER.sub("1", address))
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/sign-in/"), address


def test_every_route_of_the_api_wants_one_scope():
    found = {
        (method, path): [
            one.scope for one in operation.auth_callbacks if isinstance(one, ApiToken | KeyOrToken)
        ]
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert found == {route: [scope] for route, scope in SCOPES.items()}


@pytest.mark.django_db
def test_a_token_with_every_other_scope_is_not_enough():
    tenant = factories.make_tenant()
    person = factories.make_actor(tenant, role=Role.ADMIN).user
    for (method, path), scope in SCOPES.items():
        machine = machine_of(tenant, scopes=set(Scope) - {scope}, decides_for=person)
        address = path.replace("{", "").replace("}", "")
        answer = machine.get(address) if method == "GET" else machine.ask(method, address, {})
        assert answer.status_code == 403, (method, path)


@pytest.fixture(scope="module")
def parties(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Party]]:
    """Made once for all tests, each of which takes back what it does to it."""
    yield from made_once(lambda: [a_party()], django_db_blocker)


@pytest.fixture
def owner(parties: list[Party], db: None) -> Party:
    return parties[0]


def colleague_of(owner: Party, role: Role) -> Party:
    """A member of the same tenant in another role, and the tokens they once made."""
    actor = factories.make_actor(owner.tenant, role=role)
    assert actor.user is not None
    browser = Client(raise_request_exception=False)
    browser.force_login(actor.user)
    machine = machine_of(owner.tenant, scopes=Scope, decides_for=actor.user)
    return Party(owner.tenant, browser, machine, owner.ids)


def needed(route: str, method: str) -> Permission:
    """The permission that an address asks for, by how it begins."""
    place = route.removeprefix("api/v1/")
    for beginning, reads, changes in AREAS:
        if re.match(beginning, place):
            return reads if method == "GET" else changes
    return Permission.READ_RUNS if method == "GET" else Permission.DECIDE_RUNS


def asked_by_role() -> Iterator[tuple[str, Probe]]:
    """Every address that a person or their token asks for, but for platform staff's."""
    for address, _ in pages(get_resolver()):
        if not PARAMETER.search(address) and address not in OPEN:
            yield address, READ
    for (method, path), scope in SCOPES.items():
        if method == "GET" and scope == Scope.READ and "{" not in path:
            yield f"api/v1{path}", READ
    for route, probes in ROUTES.items():
        if not route.startswith("tenant/"):
            yield from ((route, probe) for probe in probes if not probe.for_machines)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_the_permission_matrix_tells_the_truth_about_every_address(owner: Party, role: Role):
    member = colleague_of(owner, role)
    lies = []
    for route, probe in asked_by_role():
        address = PARAMETER.sub(lambda found: owner.ids[found[1]], route)
        with transaction.atomic():
            status = member.ask(address, probe).status_code
            transaction.set_rollback(True)
        open_to_all = probe.is_own or probe.for_viewers
        permission = Permission.READ_RUNS if open_to_all else needed(route, probe.method)
        if status != 405 and (status != 403) != decide_on([role], permission).allowed:
            lies.append(f"{probe.method} {route}: {status}, though {role} and {permission}")
    assert not lies, "\n".join(lies)


@pytest.mark.parametrize("becomes", [Role.VIEWER, None])
def test_tokens_decide_no_longer_than_their_person_may(owner: Party, becomes: Role | None):
    reviewer = colleague_of(owner, Role.REVIEWER)
    theirs = Membership.objects.filter(tenant=owner.tenant, role=Role.REVIEWER).latest("pk")
    if becomes is None:
        theirs.delete()
    else:
        Membership.objects.filter(pk=theirs.pk).update(role=becomes)
    for route, probe in CHANGES:
        if route.startswith("api/"):
            address = PARAMETER.sub(lambda found: owner.ids[found[1]], route)
            assert reviewer.ask(address, probe).status_code == 403
