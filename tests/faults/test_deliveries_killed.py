import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import endpoints
from tests.faults.rig import CHILDREN, LEADER, Rig, until
from tests.faults.sending import Ledger, Sender, documents

pytestmark = pytest.mark.faults

INCIDENTS = 120
KILLS = 6
UNDER_WAY = "SELECT count(*) FROM notification_deliveries WHERE next_try_at IS NOT NULL"
UNTOLD = """
SELECT count(*) FROM human_checkpoints c WHERE c.resolved_at IS NULL AND NOT EXISTS (
    SELECT FROM notification_delivery_items i JOIN happenings h ON h.id = i.happening_id
    WHERE h.checkpoint_id = c.id AND h.event = 'asked'
) AND c.tenant_id = (SELECT id FROM tenants WHERE slug = 'told')
"""


def slowly(request: BaseHTTPRequestHandler) -> None:
    """Long enough for a kill to come in between."""
    time.sleep(0.2)
    endpoints.answers(200)(request)


def test_messages_whose_workers_are_killed_arrive(rig: Rig, tmp_path: Path) -> None:
    tokens = rig.populate("told")
    ledger = Ledger(tmp_path / "told.jsonl")
    with endpoints.running(port=rig.hook_port) as endpoint:
        endpoint.behaviour = slowly
        set_up(rig, tokens["deciders"][-1], address=endpoint.url)
        with Sender(rig.console.url, token=tokens["sender"], ledger=ledger) as sender:
            for number in range(KILLS):
                sender.report_all(documents(INCIDENTS // KILLS, prefix=f"told-{number}"))
                until(lambda: bool(rig.ask(UNDER_WAY)[0][0]) or told(rig), wanted="a delivery")
                rig.pause_up_to(0.3)
                rig.kill("external", CHILDREN if number % 3 else LEADER)
            rig.wait_until_rest()
        until(lambda: told(rig) and rig.ask(UNDER_WAY)[0][0] == 0, wanted="every delivery")
        arrived = {one.headers["webhook-id"] for one in endpoint.received}

    sent = dict(rig.ask("SELECT id, status FROM notification_deliveries"))
    assert sent
    assert set(sent.values()) == {"sent"}
    assert arrived == set(sent)
    rig.check(ledger)
    ledger.close()


def told(rig: Rig) -> bool:
    return bool(rig.ask(UNTOLD)[0][0] == 0)


def set_up(rig: Rig, token: str, *, address: str) -> None:
    """Every question is critical, so that it is told at once, by a signed webhook."""
    hook: dict[str, Any] = {
        "kind": "webhook", "name": "Told", "address": address, "events": ["asked"],
    }  # fmt: skip
    rules = {"priority_overrides": {"approve_recovery": "critical"}}
    with httpx.Client(
        base_url=f"{rig.console.url}/api/v1", headers={"Authorization": f"Bearer {token}"}
    ) as machine:
        assert machine.put("/checkpoint-config", json=rules).status_code == 200
        assert machine.post("/notification-channels", json=hook).status_code == 201
