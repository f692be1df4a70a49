"""The pages of policies: what they say, who may do what, and what an edit becomes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import proposals
from loops.domain.states import PolicyMode
from loops.models import (
    HumanCheckpoint,
    PolicyConfirmation,
    PolicyException,
    PolicyRule,
    PolicyTally,
)
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return factories.make_policy(tenant)


@pytest.fixture
def admin(tenant: Tenant) -> Client:
    return browser_of(factories.make_actor(tenant, role=Role.ADMIN))


@pytest.fixture
def reviewer(tenant: Tenant) -> Client:
    return browser_of(factories.make_actor(tenant))


def browser_of(actor: Actor) -> Client:
    assert actor.user is not None
    browser = Client()
    browser.force_login(actor.user)
    return browser


def act(browser: Client, policy: PolicyRule, what: str, note: str = "", **more: Any) -> Any:
    return browser.post(f"/policies/{policy.pk}", {"act": what, "note": note, **more})


def edited(policy: PolicyRule, **changes: Any) -> dict[str, Any]:
    """What the form sends that narrows a policy to one endpoint."""
    return {
        "version": policy.version,
        "name": policy.name,
        "shape": "rows",
        "group": "all",
        "field_0": "error_type", "operator_0": "equals", "value_0": "timeout",
        "field_1": "status_code", "operator_1": "at_least", "value_1": "500",
        "field_2": "", "operator_2": "equals", "value_2": "",
        "action_type": "block",
        "action_params": '{"reason": "timeouts"}',
        "scope_type": "tenant",
        "agent_id": "",
        "reason": "too wide",
    } | changes  # fmt: skip


def test_the_list_says_what_each_policy_does(reviewer, policy, tenant):
    other = factories.make_policy(tenant, error_type="rate_limit", mode=PolicyMode.DISABLED)

    page = reviewer.get("/policies").text
    assert policy.name in page
    assert other.name in page
    assert "error type is “timeout”" in page
    assert "0 of 3" in page

    assert policy.name not in reviewer.get("/policies?mode=disabled").text
    assert other.name not in reviewer.get("/policies?q=TIMEOUT").text
    assert policy.name in reviewer.get(f"/policies?q={policy.source_pattern_id}").text
    assert "No policy matches" in reviewer.get("/policies?q=nothing+such").text
    assert "No policy is in this mode" in reviewer.get("/policies?mode=active").text


def test_an_empty_list_teaches(reviewer):
    assert "No policies yet" in reviewer.get("/policies").text


def test_the_page_tells_its_record(reviewer, policy):
    PolicyRule.objects.update(shadow_evaluations=8, shadow_would_block=2)
    today = timezone.now().date()
    for day, evaluations in ((today, 5), (today - timedelta(days=3), 3)):
        PolicyTally.objects.create(
            tenant=policy.tenant, policy=policy, day=day, mode="shadow",
            evaluations=evaluations, matched=1,
        )  # fmt: skip

    page = reviewer.get(f"/policies/{policy.pk}").text

    assert "2 of 8 (25.0%)" in page
    for told in ("20.0%", "25.0%", "3 more people must confirm it", "all of these:"):
        assert told in page


def test_three_people_activate_it_from_the_page(policy, tenant):
    told = []
    for _ in range(3):
        browser = browser_of(factories.make_actor(tenant))
        answer = act(browser, policy, "confirm", "seen it", revision=1)
        assert answer.status_code == 302
        told.append(browser.get(answer["Location"]).text)

    assert "once 2 more people confirmed it" in told[0]
    assert "The policy is active." in told[2]
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.ACTIVE
    assert "by the confirmations it needed" in told[2]


def test_who_has_confirmed_is_told_why_they_cannot_again(reviewer, policy):
    act(reviewer, policy, "confirm")

    page = reviewer.get(f"/policies/{policy.pk}").text
    assert "You have confirmed this revision already" in page
    refused = act(reviewer, policy, "confirm")
    assert refused.status_code == 409
    assert "Not done." in refused.text
    assert PolicyConfirmation.objects.count() == 1


def test_what_a_reviewer_may_not_do_is_disabled_with_its_reason(reviewer, policy):
    page = reviewer.get(f"/policies/{policy.pk}").text

    assert 'id="why-not-override"' in page
    assert 'id="why-not-disable"' in page
    assert act(reviewer, policy, "disable", "because").status_code == 403
    assert reviewer.get(f"/policies/{policy.pk}/edit").status_code == 403


def test_an_admin_overrides_observes_and_disables_with_a_reason(admin, policy):
    assert act(admin, policy, "override").status_code == 422
    for what, note, mode in [
        ("override", "seen enough", "active"),
        ("observe", "look again", "shadow"),
        ("disable", "too loud", "disabled"),
        ("observe", "once more", "shadow"),
    ]:
        assert act(admin, policy, what, note).status_code == 302
        policy.refresh_from_db()
        assert policy.mode == mode
    page = admin.get(f"/policies/{policy.pk}").text
    for told in ("seen enough", "look again", "too loud", "once more"):
        assert told in page


def test_nothing_else_can_be_done(admin, policy):
    assert act(admin, policy, "explode").status_code == 422
    assert act(admin, policy, "confirm", revision="x").status_code == 422


def test_a_proposal_leads_to_its_checkpoint_and_back(reviewer, policy):
    act(reviewer, policy, "propose")

    checkpoint = HumanCheckpoint.objects.get(target_id=policy.pk)
    assert f"/checkpoints/{checkpoint.pk}" in reviewer.get(f"/policies/{policy.pk}").text
    decision = reviewer.get(f"/checkpoints/{checkpoint.pk}").text
    assert f"/policies/{policy.pk}" in decision
    assert "error type is “timeout”" in decision
    assert "0 of 3" in decision
    assert act(reviewer, policy, "propose").status_code == 409


def test_the_checkpoint_of_a_policy_counts_and_closes(tenant, policy):
    asker = factories.make_actor(tenant)
    checkpoint = proposals.propose(policy_id=policy.pk, by=asker, now=timezone.now())
    told = []
    for _ in range(3):
        browser = browser_of(factories.make_actor(tenant))
        page = browser.get(f"/checkpoints/{checkpoint.pk}")
        answer = browser.post(
            f"/checkpoints/{checkpoint.pk}",
            {
                "resolution": "approve",
                "note": "",
                "contract_digest": page.context["page"].digest,
            },
        )
        assert answer.status_code == 302, answer.text[:2000]
        told.append(browser.get(answer["Location"]).text)
    assert "1 of 3 agreed" in told[0]
    assert "the policy has the confirmations it needs" in told[2]
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.ACTIVE


def test_an_edit_in_rows_becomes_a_revision(admin, policy):
    assert 'value="timeout"' in admin.get(f"/policies/{policy.pk}/edit").text

    answer = admin.post(f"/policies/{policy.pk}/edit", edited(policy))

    assert answer.status_code == 302
    policy.refresh_from_db()
    assert policy.revision == 2
    assert policy.conditions["all"][1] == {
        "field": "status_code",
        "operator": "at_least",
        "value": 500,
    }
    assert policy.actions == {"type": "block", "params": {"reason": "timeouts"}}
    page = admin.get(f"/policies/{policy.pk}").text
    assert "Revision 2" in page
    assert "and status code is at least 500" in page
    assert "You wrote this revision" in page


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"value_1": "many"}, "must be a number"),
        ({"field_1": "colour"}, "must be one of error_type"),
        ({"field_0": "", "value_0": "", "field_1": "", "value_1": ""}, "at least one condition"),
        ({"action_params": "{"}, "This is not JSON"),
        ({"action_params": "[]"}, "Must be an object"),
        ({"action_params": '{"a": {}}'}, "Must be a number, a short text"),
        ({"scope_type": "agent"}, "say which"),
        ({"shape": "json", "json": "{"}, "This is not JSON"),
        ({"shape": "json", "json": '{"not": {"field": "x"}}'}, "exactly a field"),
        ({"reason": " "}, "This field is required"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_is_kept(admin, policy, change, told):
    answer = admin.post(f"/policies/{policy.pk}/edit", edited(policy, name="Mine", **change))

    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="Mine"' in answer.text
    policy.refresh_from_db()
    assert policy.revision == 1


def test_a_nested_condition_is_edited_as_json(admin, policy):
    PolicyRule.objects.update(conditions={"not": policy.conditions})

    assert "Condition, in JSON" in admin.get(f"/policies/{policy.pk}/edit").text
    nested = '{"any": [{"not": {"field": "agent_id", "operator": "exists", "value": true}}]}'
    answer = admin.post(f"/policies/{policy.pk}/edit", edited(policy, shape="json", json=nested))
    assert answer.status_code == 302
    policy.refresh_from_db()
    assert "not" in policy.conditions["any"][0]


def test_an_edit_that_comes_too_late_shows_what_changed(admin, policy):
    admin.post(f"/policies/{policy.pk}/edit", edited(policy))

    late = admin.post(f"/policies/{policy.pk}/edit", edited(policy, name="Mine"))

    assert late.status_code == 409
    assert "Somebody changed this policy while you edited it" in late.text
    assert "What the last revision changed meanwhile" in late.text
    assert 'value="Mine"' in late.text
    policy.refresh_from_db()
    assert f'name="version" value="{policy.version}"' in late.text


def test_an_exception_is_made_and_ended(admin, policy):
    form = {
        "shape": "rows", "group": "all", "hours": "8", "reason": "a load test",
        "field_0": "agent_id", "operator_0": "equals", "value_0": "canary",
    }  # fmt: skip
    assert admin.get(f"/policies/{policy.pk}/except").status_code == 200
    assert admin.post(f"/policies/{policy.pk}/except", form | {"field_0": "x"}).status_code == 422
    assert admin.post(f"/policies/{policy.pk}/except", form).status_code == 302

    made = PolicyException.objects.get()
    assert timedelta(hours=7) < made.expires_at - made.created_at <= timedelta(hours=8)
    page = admin.get(f"/policies/{policy.pk}").text
    assert "agent is “canary”" in page
    assert "Ends soon" in page
    ended = admin.post(f"/policies/{policy.pk}/exceptions/{made.pk}/end")
    assert ended.status_code == 302
    assert "Over" in admin.get(f"/policies/{policy.pk}").text


def test_text_from_outside_is_shown_as_text(admin, policy):
    PolicyRule.objects.update(name="<script>\u202ealert(1)</script>")

    page = admin.get(f"/policies/{policy.pk}").text

    assert "<script>\u202e" not in page
    assert "⟨U+202E⟩" in page
