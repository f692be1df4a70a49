"""Looks at MCP servers that workers are called to: each made once, none lost, none held up."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from integrations.actions import mcp_looks, mcp_servers
from integrations.domain.mcp_servers import McpServerStatus
from integrations.engine import mcp_asking
from integrations.engine.mcp_looking import ERRANDS, look
from integrations.models import McpLook, McpServer
from m25console.access import Actor
from m25console.errands import LOST_AFTER, Call
from tests.endpoints import Endpoint, answers
from tests.integrations.mcp_building import a_server, wanted

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_server_is_asked_once_for_its_tools_then_how_it_is(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(401)
    row = a_server(admin, url=endpoint.url)
    for kind in ("discovery", "health"):
        McpServer.objects.update(next_check_at=timezone.now())
        [call] = ERRANDS.give_out(now=timezone.now())
        assert ERRANDS.give_out(now=timezone.now()) == []
        assert look(call)
        assert not look(call)
        assert McpLook.objects.latest("pk").kind == kind
    row.refresh_from_db()
    assert 4 * MINUTE <= row.next_check_at - row.last_health_check_at <= 5 * MINUTE
    assert (row.ticket, row.lease_until) == ("", None)


def test_a_look_whose_message_or_worker_is_lost_is_made_by_another(
    admin: Actor, endpoint: Endpoint
):
    endpoint.behaviour = answers(401)
    row, now = a_server(admin, url=endpoint.url), timezone.now()
    [lost] = ERRANDS.give_out(now=now)
    later = now + LOST_AFTER + timedelta(seconds=1)
    [killed] = ERRANDS.give_out(now=later)
    assert not look(lost)
    begun = mcp_looks.begin(server_id=row.pk, ticket=killed.ticket, now=later)
    assert begun is not None
    assert ERRANDS.give_out(now=later + mcp_looks.LEASE - timedelta(seconds=1)) == []
    [third] = ERRANDS.give_out(now=later + mcp_looks.LEASE)
    mcp_asking.discover(begun, by=None, ticket=killed.ticket)
    assert not McpLook.objects.exists()
    assert look(third)
    assert McpLook.objects.count() == 1


def test_what_is_taken_away_or_asked_by_whoever_registers_it_is_left_to_them(
    admin: Actor, endpoint: Endpoint
):
    asked = wanted(url=endpoint.url)
    row, _ = mcp_asking.register(wanted=asked, by=admin, now=timezone.now())
    assert ERRANDS.give_out(now=timezone.now()) == []
    McpServer.objects.update(next_check_at=timezone.now())
    [call] = ERRANDS.give_out(now=timezone.now())
    mcp_servers.disable(server_id=row.pk, by=admin, now=timezone.now())
    assert not look(call)
    assert McpLook.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_never_answers_delays_no_other(admin: Actor, endpoint: Endpoint):
    released = threading.Event()

    def behave(request) -> None:
        if request.path.endswith("/silent"):
            released.wait(20)
        answers(401)(request)

    endpoint.behaviour = behave
    silent = a_server(admin, url=f"{endpoint.url}/silent")
    others = [a_server(admin, url=f"{endpoint.url}/{number}") for number in range(5)]

    def looked(call: Call) -> None:
        try:
            look(call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as workers:
        try:
            for _ in range(3):
                calls = ERRANDS.give_out(now=timezone.now())
                list(workers.map(looked, [one for one in calls if one.id != silent.pk]))
                for one in calls:
                    if one.id == silent.pk:
                        workers.submit(looked, one)
            told = McpServer.objects.filter(pk__in=[one.pk for one in others])
            assert set(told.values_list("status", flat=True)) == {McpServerStatus.ERROR}
            silent.refresh_from_db()
            assert silent.status == McpServerStatus.PENDING
        finally:
            released.set()
