"""Looks that workers are called to: each made once, none lost, none held up by another."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.db import connections, models
from django.utils import timezone

from integrations.actions import (
    integration_looks,
    integrations,
    looks,
    mcp_looks,
    mcp_servers,
    source_looks,
    source_states,
)
from integrations.domain.health import Finding
from integrations.domain.states import HealthState
from integrations.engine import checking, mcp_asking, mcp_looking
from integrations.engine import source_looks as asking_sources
from integrations.models import (
    HealthCheck,
    Integration,
    McpLook,
    SourceCheck,
)
from integrations.models.watched import Watched
from integrations.probes import Probed
from m25console.access import Actor
from m25console.errands import LOST_AFTER, Call, Errands
from tests.endpoints import Endpoint, answers
from tests.integrations.building import reached
from tests.integrations.mcp_building import a_server
from tests.integrations.sourcing import GOOD, in_use
from tests.races import at_once, meeting

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
MODELS = b'{"object": "list", "data": [{"id": "a-model"}]}'


@dataclass(frozen=True)
class Kind:
    """What workers are called to look at. `made` is one at a path of the endpoint, `late` what a
    worker says that was taken for dead, `stopped` how somebody has it looked at no more."""

    errands: Errands
    look: Callable[[Call], bool]
    history: type[models.Model]
    made: Callable[[Actor, Endpoint, str], Watched]
    begin: Callable[..., Any]
    late: Callable[[Any], object]
    stopped: Callable[[Watched, Actor], object]
    wait: tuple[timedelta, timedelta]
    lease: timedelta = looks.LEASE

    def looked_at(self, row: Watched) -> int:
        """How many looks at it were kept."""
        name = next(one.name for one in self.history._meta.fields if one.related_model is type(row))
        return self.history._default_manager.filter(**{name: row}).count()


KINDS = {
    "integration": Kind(
        checking.ERRANDS, checking.look, HealthCheck,
        made=lambda admin, endpoint, path: reached(admin, endpoint, path=path),
        begin=integration_looks.begin,
        late=lambda begun: integration_looks.keep(
            begun, Probed(Finding(HealthState.FAILING, "No.", "dns")), now=timezone.now()
        ),
        stopped=lambda row, admin: integrations.disable(
            integration_id=row.pk, by=admin, now=timezone.now()
        ),
        wait=(4.5 * MINUTE, 5.5 * MINUTE),
    ),
    "source": Kind(
        asking_sources.ERRANDS, asking_sources.look, SourceCheck,
        made=lambda admin, endpoint, path: in_use(admin, endpoint, path=path),
        begin=source_looks.begin,
        late=lambda begun: source_looks.keep(begun, GOOD, now=timezone.now()),
        stopped=lambda row, admin: source_states.deactivate(
            source_id=row.pk, by=admin, now=timezone.now()
        ),
        wait=(4.5 * MINUTE, 5.5 * MINUTE),
    ),
    "MCP server": Kind(
        mcp_looking.ERRANDS, mcp_looking.look, McpLook,
        made=lambda admin, endpoint, path: a_server(admin, url=f"http://{endpoint.host}/{path}"),
        begin=mcp_looks.begin,
        late=mcp_asking.discover,
        stopped=lambda row, admin: mcp_servers.disable(
            server_id=row.pk, by=admin, now=timezone.now()
        ),
        wait=(4 * MINUTE, 5 * MINUTE),
        lease=mcp_looks.LEASE,
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, endpoint: Endpoint) -> Kind:
    endpoint.behaviour = answers(200, MODELS)
    return KINDS[request.param]


def test_a_look_is_made_once_and_the_next_is_about_its_interval_away(
    admin: Actor, endpoint: Endpoint, kind: Kind
):
    row = kind.made(admin, endpoint, "once")
    [call] = kind.errands.give_out(now=timezone.now())
    assert kind.errands.give_out(now=timezone.now()) == []
    began, before = timezone.now(), kind.looked_at(row)
    assert kind.look(call)
    assert not kind.look(call)
    row.refresh_from_db()
    assert kind.looked_at(row) == before + 1
    soonest, latest = kind.wait
    assert row.next_check_at is not None
    assert began + soonest <= row.next_check_at <= timezone.now() + latest
    assert (row.ticket, row.lease_until) == ("", None)


def test_a_look_whose_message_or_worker_is_lost_is_made_by_another(
    admin: Actor, endpoint: Endpoint, kind: Kind
):
    row, now = kind.made(admin, endpoint, "lost"), timezone.now()
    before = kind.looked_at(row)
    [lost] = kind.errands.give_out(now=now)
    later = now + LOST_AFTER + SECOND
    [killed] = kind.errands.give_out(now=later)
    assert not kind.look(lost)
    begun = kind.begin(killed, now=later)
    assert begun is not None
    assert kind.errands.give_out(now=later + kind.lease - SECOND) == []
    [third] = kind.errands.give_out(now=later + kind.lease)
    kind.late(begun)
    assert kind.looked_at(row) == before
    assert kind.look(third)
    assert kind.looked_at(row) == before + 1


def test_what_is_stopped_meanwhile_is_not_looked_at(admin: Actor, endpoint: Endpoint, kind: Kind):
    row = kind.made(admin, endpoint, "stopped")
    [call] = kind.errands.give_out(now=timezone.now())
    kind.stopped(row, admin)
    assert not kind.look(call)
    assert endpoint.received == []


@pytest.mark.django_db(transaction=True)
def test_one_that_never_answers_delays_no_other(admin: Actor, endpoint: Endpoint, kind: Kind):
    released, at_once = threading.Event(), endpoint.behaviour

    def behave(request: BaseHTTPRequestHandler) -> None:
        if request.path.startswith("/silent"):
            released.wait(20)
        at_once(request)

    endpoint.behaviour = behave
    silent = kind.made(admin, endpoint, "silent")
    others = [kind.made(admin, endpoint, f"quick-{number}") for number in range(5)]
    before = {one.pk: kind.looked_at(one) for one in (silent, *others)}

    def looked(call: Call) -> None:
        try:
            kind.look(call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=16) as workers:
        try:
            for _ in range(3):
                calls = kind.errands.give_out(now=timezone.now())
                list(workers.map(looked, [one for one in calls if one.id != silent.pk]))
                for one in calls:
                    if one.id == silent.pk:
                        workers.submit(looked, one)
            assert all(kind.looked_at(one) > before[one.pk] for one in others)
            assert kind.looked_at(silent) == before[silent.pk]
        finally:
            released.set()


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_with_one_call_exactly_one_looks(
    admin: Actor, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
):
    reached(admin, endpoint)
    [call] = checking.ERRANDS.give_out(now=timezone.now())
    monkeypatch.setattr(Integration, "save", meeting(Integration.save))
    begun = at_once(lambda _: integration_looks.begin(call, now=timezone.now()), times=2)
    assert [one is None for one in begun].count(True) == 1
