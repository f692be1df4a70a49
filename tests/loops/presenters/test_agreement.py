"""What the page of a pattern says about how often people agreed."""

import pytest
from django.utils import timezone

from loops.engine import resuming
from loops.models import FailurePattern
from loops.presenters.agreement import agreement_with
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


def answer(tenant: Tenant, option: str, **more: str) -> None:
    checkpoint = factories.checkpoint_of(factories.run_loop(tenant))
    resuming.resolve(
        checkpoint_id=checkpoint.pk, resolution=option, note="Because.",
        by=factories.make_actor(tenant), now=timezone.now(), **more,
    )  # fmt: skip


def test_yeses_and_noes_to_a_patterns_recoveries_are_counted_with_their_reasons():
    tenant = factories.make_tenant()
    answer(tenant, "apply")
    answer(tenant, "reject", reason_code="unsafe")

    with_it = agreement_with(FailurePattern.objects.get())

    counts = with_it.counts
    assert (counts.unchanged, counts.changed, counts.rejected, counts.share) == (1, 0, 1, None)
    assert [times for _, times in with_it.reasons] == [1]
