"""Deciding equivalent questions together, after looking at samples of them."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from loops.domain.states import ItemState, Risk
from loops.engine import answering_many
from loops.models import (
    BulkItem,
    BulkRun,
    CheckpointDecision,
    HumanCheckpoint,
    RecoveryCandidate,
)
from loops.presenters.groups import group_of
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_moment_is_enough(monkeypatch):
    """However slow the machine, what may be done at once is done at once."""
    monkeypatch.setattr(answering_many, "monotonic", lambda: 0.0)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


@pytest.fixture
def browser(vera: Actor) -> Client:
    return signed_in(vera)


@pytest.fixture
def key(tenant: Tenant, vera: Actor) -> str:
    """Of a group of seven."""
    return factories.make_group(tenant, by=vera, times=7)


def proofs(page: str) -> list[str]:
    return re.findall(r'name="opened" value="([^"]+)"', page)


def open_samples(browser: Client, key: str, ids: list[str]) -> list[str]:
    """Open them one after the other, as a person does; the proofs of it."""
    shown: list[str] = []
    for pk in ids:
        page = browser.post(f"/checkpoints/groups/{key}", {"open": pk, "opened": shown})
        shown = proofs(page.text)
    return shown


def test_equals_come_together_and_high_risk_does_not(browser, tenant, key):
    shown = browser.get("/checkpoints/groups").text
    assert f"/checkpoints/groups/{key}" in shown
    HumanCheckpoint.objects.update(risk=Risk.HIGH)

    assert "No two questions are the same now" in browser.get("/checkpoints/groups").text
    assert browser.get(f"/checkpoints/groups/{key}").status_code == 404


def test_the_group_is_decided_only_after_all_samples_were_opened(browser, vera, key):
    samples = group_of(vera, key, now=timezone.now()).samples
    page = browser.get(f"/checkpoints/groups/{key}").text
    assert "You opened 0 of 5 samples." in page
    assert proofs(page) == []
    four = open_samples(browser, key, samples[:4])
    assert len(four) == 4

    refused = browser.post(f"/checkpoints/groups/{key}", {"act": "approve", "opened": four})

    assert refused.status_code == 409
    assert "You opened 4 of 5 samples. Open them all, then decide." in refused.text
    assert not BulkRun.objects.exists()


def test_one_decision_has_a_line_of_history_for_each(browser, vera, key):
    group = group_of(vera, key, now=timezone.now())
    seen = open_samples(browser, key, group.samples)

    answer = browser.post(f"/checkpoints/groups/{key}", {"act": "approve", "opened": seen})

    assert "of 7 done" in browser.get(answer["Location"]).text
    run = BulkRun.objects.get()
    assert (run.group_key, run.total) == (key, 7)
    done = BulkItem.objects.filter(state=ItemState.DONE).count()
    assert done == CheckpointDecision.objects.count() == 7
    assert AuditEntry.objects.filter(action="checkpoint.apply").count() == 7


def test_one_that_changed_is_skipped_and_reported(browser, vera, key):
    group = group_of(vera, key, now=timezone.now())
    seen = open_samples(browser, key, group.samples)
    changed = group.members[3]
    HumanCheckpoint.objects.filter(pk=changed.pk).update(contract_digest="0" * 64)
    RecoveryCandidate.objects.filter(pk=changed.target_id).update(action_params={"times": 99})
    seen = open_samples(browser, key, group_of(vera, key, now=timezone.now()).samples)

    browser.post(f"/checkpoints/groups/{key}", {"act": "approve", "opened": seen})

    item = BulkItem.objects.get(checkpoint=changed)
    told = (item.state, item.told[:28])
    assert told == (ItemState.SKIPPED, "What you were shown has chan")
    assert BulkItem.objects.filter(state=ItemState.DONE).count() == 6


def test_what_a_colleague_opened_proves_nothing_for_oneself(browser, tenant, vera, key):
    samples = group_of(vera, key, now=timezone.now()).samples
    robin = signed_in(factories.make_actor(tenant))
    theirs = open_samples(robin, key, samples)

    answer = browser.post(f"/checkpoints/groups/{key}", {"act": "approve", "opened": theirs})

    assert answer.status_code == 409
    assert "You opened 0 of 5" in answer.text


def test_a_rejected_group_says_why_and_viewers_decide_none(browser, tenant, vera, key):
    seen = open_samples(browser, key, group_of(vera, key, now=timezone.now()).samples)
    answer = browser.post(f"/checkpoints/groups/{key}", {"act": "reject", "opened": seen})
    assert answer.status_code == 422
    assert "Give a reason" in answer.text

    viewer = signed_in(factories.make_actor(tenant, role=Role.VIEWER))
    assert "disabled" in viewer.get(f"/checkpoints/groups/{key}").text
    assert viewer.post(f"/checkpoints/groups/{key}", {"act": "approve"}).status_code == 403
