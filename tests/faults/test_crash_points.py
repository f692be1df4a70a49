"""A worker dies before each statement and each commit of a batch, one after the other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from loops.engine import dispatcher, ledger, slots
from loops.engine.slots import Message
from loops.models import AdvanceSlot, FailurePattern, LoopEvent, LoopTrace, RecoveryCandidate
from m25console.models import Tenant
from m25console.runtime import layout
from tests import factories
from tests.faults.rig import until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dying() -> Iterator[subprocess.Popen[str]]:
    """The program that lets workers die; see dying.py."""
    database = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.dying", database],
        cwd=layout.PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def given_out() -> Message:
    """A message for what is due, whoever died before."""
    AdvanceSlot.objects.all().delete()
    slots.prepare()
    [message] = slots.give_out(queued=0, now=timezone.now())
    return message


def a_tenant_with_incidents() -> Tenant:
    """Incidents whose loops end in different ways: a known failure, and two new ones."""
    tenant = factories.make_tenant()
    factories.report(tenant, times=5, error_type="timeout", agent_id="agent-1")
    factories.report(tenant, times=2, message="disk 17 of node a3 is full")
    factories.report(tenant, error_type="never_seen", message="the flux is inverted")
    return tenant


def outcome(tenant: Tenant) -> dict[str, Any]:
    """What came of a tenant's incidents, without ids and times."""
    events = LoopEvent.objects.filter(tenant=tenant)
    return {
        "patterns": sorted(
            FailurePattern.objects.filter(tenant=tenant).values_list("occurrence_count", flat=True)
        ),
        "loops": sorted(LoopTrace.objects.for_tenant(tenant).values_list("outcome", "crashes")),
        "events": sorted(events.values_list("stage", "status").annotate(Count("pk"))),
        "recoveries": RecoveryCandidate.objects.filter(tenant=tenant).count(),
    }


def rest() -> None:
    """Another worker takes over as soon as the database has noticed the death."""

    def at_rest() -> bool:
        factories.advance()
        return not LoopTrace.objects.due(timezone.now()).exists()

    until(at_rest)


def test_a_worker_may_die_anywhere(dying: subprocess.Popen[str]) -> None:
    undisturbed = a_tenant_with_incidents()
    dispatcher.advance_due()
    expected = outcome(undisturbed)
    assert dying.stdin is not None
    assert dying.stdout is not None

    said, step = "died\n", 0
    while said == "died\n":
        tenant = a_tenant_with_incidents()
        message = given_out()
        asked = {"slot": message.slot, "ticket": message.ticket, "step": step}
        print(json.dumps(asked), file=dying.stdin, flush=True)
        said = dying.stdout.readline()
        assert list(ledger.violations(tenant_id=tenant.pk)) == []
        rest()
        assert outcome(tenant) == expected
        step += 1

    assert int(said) == step - 1 > 25
    assert list(ledger.violations()) == []
