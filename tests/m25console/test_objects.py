"""What a row is called, and where it is shown: one table for the audit and for administration."""

import pytest
from django.apps import apps
from django.test import Client

from integrations.models import Integration
from m25console import objects
from m25console.access import Actor
from m25console.models import User
from m25console.vocabulary import Role
from tests.administration import admin_address
from tests.factories import make_actor, make_tenant
from tests.integrations.building import an_integration
from tests.integrations.mcp_building import a_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Actor:
    return make_actor(make_tenant(), role=Role.ADMIN)


def test_every_kind_is_of_a_table_that_is_there():
    tables = {model._meta.db_table for model in apps.get_models()}
    assert set(objects.declared()) - tables == set()


def test_a_page_takes_the_rows_id_or_nothing():
    assert objects.page_of("mcp_servers", "mcp_1") == "/mcp-servers/mcp_1"
    assert objects.page_of("memberships", "7") == "/members/"
    assert objects.page_of("api_tokens", "tok_1") == ""
    assert objects.page_of("no_such_table", "x") == ""


def test_a_table_that_nobody_named_is_told_as_it_is():
    assert objects.kind_of("mcp_looks").word == "MCP looks"


def test_the_audit_names_what_was_changed_and_leads_there(admin: Actor):
    row, server = an_integration(admin), a_server(admin)
    browser = Client()
    assert admin.user is not None
    browser.force_login(admin.user)
    page = browser.get("/audit").content.decode()
    assert f'<a href="/integrations/{row.pk}">integration</a>' in page
    assert f'<a href="/mcp-servers/{server.pk}">MCP server</a>' in page
    assert "MCP server registered" in page


def test_administration_leads_to_the_page_of_a_row(admin: Actor):
    row = an_integration(admin)
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    page = browser.get(admin_address(Integration, "change", row.pk)).content.decode()
    assert f'<a href="/integrations/{row.pk}">In the console</a>' in page
