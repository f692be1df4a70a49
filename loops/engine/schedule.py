"""The periodic jobs by name: how often each runs, and what it does."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Final

from loops.actions import regrets
from loops.domain.graduation import EVALUATED_EVERY
from loops.engine import (
    announcing,
    answering_many,
    audit_checks,
    failure_groups,
    graduating,
    holds,
    known_agents,
    lapsing,
    proposing,
    recovery_watch,
    reminding,
    retention,
    routing_watch,
    stuck_loops,
)
from loops.engine.figures import count_figures
from loops.engine.parity import check_parity
from loops.engine.promises import check_promises, make_promises
from loops.engine.pruning import prune_policy_changes
from loops.engine.tallying import count_evaluations
from m25console.jobs import Job

JOBS: Final[Mapping[str, Job]] = {
    "answer_many": Job(answering_many.carry_on_all, every=timedelta(seconds=2)),
    "carry_out_held": Job(holds.carry_out_due, every=timedelta(seconds=2)),
    "dismiss_checkpoints": Job(lapsing.dismiss, every=timedelta(hours=1)),
    "escalate_checkpoints": Job(lapsing.escalate, every=timedelta(minutes=1)),
    "remind_of_checkpoints": Job(reminding.remind, every=timedelta(minutes=1)),
    "announce": Job(announcing.announce, every=timedelta(seconds=5)),
    "check_parity": Job(check_parity, at=time(3, 30)),
    "check_promises": Job(check_promises, every=timedelta(hours=1)),
    "count_evaluations": Job(count_evaluations, every=timedelta(seconds=5)),
    "count_figures": Job(count_figures, every=timedelta(minutes=1)),
    "check_audits": Job(audit_checks.check_audits, every=timedelta(seconds=10)),
    "watch_loops": Job(stuck_loops.watch_loops, every=timedelta(minutes=1)),
    "decay_regret": Job(regrets.fade, at=time(0)),
    "make_promises": Job(make_promises, every=timedelta(minutes=1)),
    "prune_policy_changes": Job(prune_policy_changes, every=timedelta(minutes=10)),
    "know_agents": Job(known_agents.know, every=timedelta(minutes=5)),
    "forget_traffic_reports": Job(routing_watch.forget_reports, at=time(2, 30)),
    "watch_routing": Job(routing_watch.watch, every=timedelta(minutes=15)),
    "activate_earned": Job(proposing.activate_earned, every=timedelta(minutes=5)),
    "propose_policies": Job(proposing.propose_policies, every=timedelta(minutes=5)),
    "evaluate_graduation": Job(graduating.evaluate_all, every=EVALUATED_EVERY),
    "aggregate_failures": Job(failure_groups.aggregate, at=time(2)),
    "expire_scopes": Job(retention.expire_scopes, every=timedelta(minutes=1)),
    "forget_notifications": Job(retention.forget_notifications, at=time(2, 45)),
    "forget_bulk_runs": Job(retention.forget_bulk_runs, at=time(2, 50)),
    "retention": Job(retention.forget, at=time(2, 30)),
    "verify_recoveries": Job(recovery_watch.run, every=timedelta(minutes=1)),
}
