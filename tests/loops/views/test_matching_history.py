"""Editors that say, while one writes, how much of the past would have been met."""

import pytest
from django.test import Client

from loops.engine import matching_history
from loops.models import FailurePattern, PolicyRule
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import ask, make_actor, make_policy, make_tenant, run_loops
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
TYPED = {
    "count": "1", "shape": "rows", "group": "all", "field_0": "error_type",
    "operator_0": "equals", "value_0": "timeout", "name": "Mine", "version": "1",
}  # fmt: skip


@pytest.fixture
def admin() -> Actor:
    return make_actor(make_tenant(), role=Role.ADMIN)


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def test_a_condition_is_counted_against_incidents_and_requests_and_nothing_is_saved(browser, admin):
    policy = make_policy(admin.tenant)
    ask(admin.tenant)
    ask(admin.tenant, error_type="another")

    page = browser.post(f"/policies/{policy.pk}/edit", TYPED).text

    assert "In the last 30 days it met 3 incidents and 1 request." in page
    assert 'value="Mine"' in page
    assert PolicyRule.objects.get().revision == 1


def test_of_too_many_the_least_is_told(browser, admin, monkeypatch):
    monkeypatch.setattr(matching_history, "LOOKED_AT", 2)
    policy = make_policy(admin.tenant)

    assert "at least 2 incidents" in browser.post(f"/policies/{policy.pk}/edit", TYPED).text


def test_what_is_no_condition_yet_is_said_to_be_none(browser, admin):
    policy = make_policy(admin.tenant)
    unfinished = TYPED | {"shape": "json", "json": '{"all": [{"field": '}

    page = browser.post(f"/policies/{policy.pk}/edit", unfinished).text

    assert "This is no condition yet" in page


def test_a_remedy_is_counted_against_what_was_suggested_before(browser, admin):
    run_loops(admin.tenant, times=2)
    pattern = FailurePattern.objects.get()
    before = pattern.recovery_template

    page = browser.post(
        f"/patterns/{pattern.pk}/remedy", {"count": "1", "action_type": "block", "params": "{}"}
    ).text

    assert "it would have been suggested for 2 incidents; it was, just so, 0 times." in page
    pattern.refresh_from_db()
    assert pattern.recovery_template == before
