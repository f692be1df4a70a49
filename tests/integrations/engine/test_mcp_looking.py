"""Looks at MCP servers that workers are called to."""

import pytest
from django.utils import timezone

from integrations.engine import mcp_asking
from integrations.engine.mcp_looking import ERRANDS, look
from integrations.models import McpLook, McpServer
from m25console.access import Actor
from tests.endpoints import Endpoint, answers
from tests.integrations.mcp_building import a_server, wanted

pytestmark = pytest.mark.django_db


def test_a_server_is_asked_once_for_its_tools_then_how_it_is(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(401)
    a_server(admin, url=endpoint.url)
    for kind in ("discovery", "health"):
        McpServer.objects.update(next_check_at=timezone.now())
        [call] = ERRANDS.give_out(now=timezone.now())
        assert look(call)
        assert McpLook.objects.latest("pk").kind == kind


def test_one_that_is_asked_by_whoever_registers_it_is_left_to_them(
    admin: Actor, endpoint: Endpoint
):
    mcp_asking.register(wanted=wanted(url=endpoint.url), by=admin, now=timezone.now())
    assert ERRANDS.give_out(now=timezone.now()) == []
