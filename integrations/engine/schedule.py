"""The integrations' periodic jobs by name: how often each runs, and what it does."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Final

from integrations.actions import daily
from integrations.engine import (
    keeping,
    mcp_calling,
    repricing,
    retention,
    troubles,
    warning,
)
from m25console.jobs import Job

JOBS: Final[Mapping[str, Job]] = {
    "erase_secrets": Job(keeping.erase_left, every=timedelta(minutes=1)),
    "end_mcp_calls": Job(mcp_calling.tidy, every=timedelta(seconds=30)),
    "sum_up_usage": Job(daily.sum_up_recent, every=timedelta(minutes=5)),
    "warn_of_limits": Job(warning.warn, every=timedelta(minutes=1)),
    "reprice_usage": Job(repricing.go_on, every=timedelta(seconds=5)),
    "report_unpriced": Job(troubles.report_unpriced, every=timedelta(hours=1)),
    "forget_checks": Job(retention.forget, at=time(2, 50)),
}
