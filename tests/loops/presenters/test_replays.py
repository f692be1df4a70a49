from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from loops.engine.promises import make_promises
from loops.models import PolicyPromise, PolicyTally
from loops.presenters import replays
from m25console.access import system_actor
from tests import factories

pytestmark = pytest.mark.django_db


def test_promised_and_actual_stand_side_by_side():
    tenant, now = factories.make_tenant(), timezone.now()
    began = now - timedelta(days=5)
    rule = factories.make_rule(tenant, activated_at=began, mode_since=began)
    PolicyPromise.objects.create(
        tenant=tenant, policy=rule, revision=1, window_days=30, evaluations=1000, made_at=began,
        expected_rate=0.1, low=0.08, high=0.12, results={"verdict": "stops 1 of 2 others"},
    )  # fmt: skip
    for days_ago, evaluations, matched in ((3, 100, 10), (2, 100, 40), (1, 29, 20), (0, 100, 90)):
        PolicyTally.objects.create(
            tenant=tenant, policy=rule, mode="active", evaluations=evaluations, matched=matched,
            day=(now - timedelta(days=days_ago)).date(),
        )  # fmt: skip

    _, panel = replays.policy_of(system_actor(tenant), rule.pk, now=now)

    assert panel is not None
    assert [one.look.text for one in panel.days] == ["Inconclusive", "Outside", "As promised"]
    page = render_to_string("components/loops/promise.html", {"panel": panel})
    assert "acts on <strong>10.0%</strong> of the requests: between 8.0% and 12.0%" in page
    assert "Then: stops 1 of 2 others." in page


def test_without_requests_every_day_is_inconclusive():
    rule = factories.make_rule(factories.make_tenant())
    reader, now = system_actor(rule.tenant), timezone.now()
    assert replays.policy_of(reader, rule.pk, now=now)[1] is None
    make_promises(now)
    _, panel = replays.policy_of(reader, rule.pk, now=now)
    page = render_to_string("components/loops/promise.html", {"panel": panel})
    assert "it promised nothing" in page
    assert "No whole day has passed since." in page
