"""What the platform's staff see of integrations."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from integrations.actions import mcp_servers
from integrations.models import (
    Connector,
    CredentialAccess,
    Integration,
    McpAuditEvent,
    McpServer,
    McpToolInvocation,
)
from m25console.access import Actor
from tests.administration import admin_address
from tests.factories import make_user
from tests.integrations import connecting
from tests.integrations.building import NOW, a_credential, an_integration
from tests.integrations.calling import furnished

pytestmark = pytest.mark.django_db
REGISTERED = [one for one in admin.site._registry if one._meta.app_label == "integrations"]


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(make_user(is_staff=True, is_superuser=True))
    return browser


def test_every_table_is_registered_can_be_searched_and_narrowed(staff: Client, admin: Actor):
    assert set(REGISTERED) == set(apps.get_app_config("integrations").get_models())
    for model in REGISTERED:
        narrowed = {"q": "x_1"} | (
            {"tenant__id__exact": admin.tenant.pk} if "tenant" in narrowing(model) else {}
        )
        answer = staff.get(admin_address(model, "changelist"), narrowed)
        assert answer.status_code == 200, model
        assert answer.context["cl"].search_fields, model


def narrowing(model: type) -> tuple:
    return tuple(admin.site._registry[model].list_filter)


def test_a_row_leads_to_the_page_of_what_it_is_about(staff: Client, admin: Actor):
    ids = furnished(admin, name="a tenant")
    integration, credential = an_integration(admin), a_credential(admin)
    connector = connecting.reached(admin, name="a tenant")["connector_id"]
    registered = mcp_servers.register(
        wanted=mcp_servers.Wanted("Notes", "https://notes.example/mcp"), by=admin, now=NOW
    )
    pages = {
        Integration: f"/integrations/{integration.pk}",
        Connector: f"/connectors/{connector}",
        CredentialAccess: f"/credentials/{credential.pk}",
        McpServer: f"/mcp-servers/{registered.pk}",
        McpToolInvocation: f"/mcp/invocations/{ids['invocation_id']}",
        McpAuditEvent: f"/mcp/invocations/{ids['invocation_id']}",
    }
    for model, page in pages.items():
        shown = staff.get(admin_address(model, "changelist")).content.decode()
        assert f'href="{page}"' in shown, model
