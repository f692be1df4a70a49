"""What is forgotten, and what is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.engine import answering_many
from loops.engine.retention import INPUTS_KEPT, forget_bulk_runs
from loops.models import BulkItem, BulkRun, HumanCheckpoint
from tests import factories

pytestmark = pytest.mark.django_db


def test_answers_to_many_are_forgotten_once_long_finished_and_what_they_did_stays():
    tenant, now = factories.make_tenant(), timezone.now()
    by = factories.make_actor(tenant)
    done, _open = (
        factories.make_bulk_run(factories.run_loop(tenant, error_type=kind), by=by)
        for kind in ("done", "open")
    )
    answering_many.carry_on(done, now=now)

    assert forget_bulk_runs(now + INPUTS_KEPT - timedelta(minutes=1)) == {"runs": 0}
    assert forget_bulk_runs(now + INPUTS_KEPT + timedelta(minutes=1)) == {"runs": 1}
    assert [one.finished_at for one in BulkRun.objects.all()] == [None]
    assert BulkItem.objects.count() == 1
    assert HumanCheckpoint.objects.filter(claimed_by=by.user).count() == 1
