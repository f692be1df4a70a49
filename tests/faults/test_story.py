"""The story of the loop ends the same, whatever is killed while it is told."""

import json
import os
import subprocess
import sys

import pytest

from loops.sample import client
from m25console.runtime import layout
from tests.faults.rig import CHILDREN, LEADER, Rig

pytestmark = pytest.mark.faults

TELLINGS = 2  # the second finds everything done already
STORED = """
SELECT count(*), count(DISTINCT external_id) FROM incidents i JOIN tenants t ON t.id = i.tenant_id
WHERE t.slug = 'story'
"""
LEARNED = """
SELECT p.mode, p.confirmations_received, p.prevention_count,
       (SELECT count(*) FROM prevention_records r WHERE r.policy_id = p.id),
       (SELECT count(*) FROM policy_activation_audit a
        WHERE a.policy_id = p.id AND a.new_mode = 'active')
FROM policy_rules p JOIN tenants t ON t.id = p.tenant_id
WHERE t.slug = 'story' AND p.activated_at IS NOT NULL
"""


def told(rig: Rig, tokens: dict[str, object]) -> subprocess.Popen[bytes]:
    deciders = tokens["deciders"]
    assert isinstance(deciders, list)
    return subprocess.Popen(
        [sys.executable, "-m", client.__name__, rig.console.url],
        cwd=layout.PROJECT_DIR,
        env={
            **os.environ,
            "M25_TOKEN": str(tokens["sender"]),
            "M25_DECIDERS": ",".join(deciders),
        },
        stdout=subprocess.PIPE,
    )


def test_the_story_ends_the_same_whatever_is_killed(rig: Rig) -> None:
    tokens = rig.populate("story", reviewers=3)
    endings = []
    for telling in range(TELLINGS):
        with told(rig, tokens) as teller:
            while telling == 0 and teller.poll() is None:
                rig.pause_up_to(2.0)
                role = rig.draw.choice(("worker", "relay", "postgres", "web"))
                whom = rig.draw.choice((LEADER, CHILDREN)) if role == "worker" else LEADER
                rig.kill(role, whom)
                rig.console.wait_ready()
            said, _ = teller.communicate(timeout=420)
        assert teller.returncode == 0
        endings.append(json.loads(said.splitlines()[-1]))
    rig.wait_until_rest()

    assert endings[0] == endings[1]
    assert endings[0]["gate 1"] == "passed"
    assert rig.ask(LEARNED) == [("active", 3, 1, 1, 1)]
    [(incidents, names)] = rig.ask(STORED)
    assert incidents == names == len(client.sample()) - 1
    rig.prove()
