from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from loops import models
from loops.actions import (
    audits,
    calibrations,
    circuits,
    pattern_merges,
    pattern_splits,
    regrets,
    timeline_views,
)
from loops.actions.regrets import Harm
from loops.domain.states import RegretType
from loops.engine import graduating, periodic, resuming
from loops.engine.announcing import announce
from loops.engine.audit_checks import check_audits
from loops.engine.figures import count_figures
from loops.engine.tallying import count_evaluations
from m25console.access import Actor
from m25console.models import AuditEntry
from tests import carrying, governing, learned, notifying
from tests.administration import admin_address
from tests.factories import (
    checkpoint_of,
    make_actor,
    make_bulk_run,
    make_exception,
    make_policy,
    make_tenant,
    make_user,
    prevent,
    report,
    run_loop,
    run_loops,
    tell_traffic,
)

pytestmark = pytest.mark.django_db
REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "loops"]
EDITABLE = {models.SuggestionAction}
ACTION: dict[str, Any] = {
    "action_code": "retry_later",
    "name": "Retry later",
    "action_type": "retry",
    "template": "{}",
    "preconditions": "{}",
    "priority": "50",
    "is_active": "on",
    "requires_approval": "on",
}


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(make_user(is_staff=True, is_superuser=True))
    return browser


@pytest.fixture
def reviewer() -> Actor:
    return make_actor(make_tenant())


def decided_loop(reviewer: Actor) -> models.LoopTrace:
    trace = run_loop(reviewer.tenant)
    resuming.resolve(
        checkpoint_id=checkpoint_of(trace).pk,
        resolution="apply",
        note="",
        by=reviewer,
        now=timezone.now(),
    )
    return trace


def fill_every_table(reviewer: Actor) -> None:
    """One row at least of everything platform staff may look at."""
    decided_loop(reviewer)
    run_loops(reviewer.tenant, times=3, agent_id="finder", error_type="tool", message="No 1")
    models.PolicyRule.objects.update(
        mode="active", activated_at=timezone.now(), actions={"type": "route_away"}
    )
    routed = run_loop(reviewer.tenant, agent_id="finder", error_type="tool", message="No 2")
    resuming.resolve(
        checkpoint_id=checkpoint_of(routed).pk,
        resolution="apply",
        note="",
        by=reviewer,
        now=timezone.now(),
    )
    timeline_views.record(incident_id=routed.incident_id, by=reviewer, now=timezone.now())
    make_bulk_run(run_loop(reviewer.tenant, error_type="many"), by=reviewer)
    models.CheckpointConfig.objects.create(tenant=reviewer.tenant)
    notifying.make_channel(reviewer.tenant)
    circuits.note(reviewer.tenant, "hooks.example", is_good=False, now=timezone.now())
    run_loop(reviewer.tenant, error_type="untold")
    announce(timezone.now())
    rule = models.PolicyRule.objects.all()[0]
    models.PolicyActivationAudit.objects.create(
        policy=rule,
        tenant=reviewer.tenant,
        source_pattern_id="pat_1",
        confidence_at_activation=0.9,
        confidence_version="CONFIDENCE_V1",
        approval_path="auto",
        new_mode="active",
        activated_at=timezone.now(),
    )
    models.CapabilityLockout.objects.create(
        tenant=reviewer.tenant, capability="full_auto_routing", requires_gate="all"
    )
    models.Heartbeat.objects.create(name="worker-1", role="worker")
    periodic.prepare()
    models.AdvanceSlot.objects.get_or_create(number=1)
    models.SuggestionAction.objects.get_or_create(
        action_code="known", defaults={"name": "Known", "action_type": "retry"}
    )
    report(reviewer.tenant)
    tell_traffic(reviewer.tenant, decisions=2, successes=1)
    fill_what_was_learned(reviewer)
    fill_what_is_carried_out(reviewer)
    fill_what_was_promised(reviewer)
    fill_what_was_agreed(reviewer)
    fill_what_people_keep(reviewer)
    fill_what_was_merged(reviewer)


def fill_what_was_promised(reviewer: Actor) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    audits.declare(run_id="run-1", by=reviewer, now=long_ago)
    check_audits(timezone.now())


def fill_what_was_agreed(reviewer: Actor) -> None:
    policy = make_policy(reviewer.tenant, error_type="agreed")
    governing.confirm(governing.rename(policy))
    make_exception(policy)
    models.PolicyPromise.objects.create(
        tenant=reviewer.tenant, policy=policy, revision=1, window_days=30, evaluations=0,
        made_at=timezone.now(),
    )  # fmt: skip


def fill_what_people_keep(reviewer: Actor) -> None:
    tenant, now = reviewer.tenant, timezone.now()
    decision = models.CheckpointDecision.objects.all()[:1].get()
    mine = {"tenant": tenant, "checkpoint": decision.checkpoint, "person": reviewer.user}
    later = now + timedelta(minutes=1)
    models.HeldDecision.objects.create(**mine, option="apply", at=now, effect_at=later)
    models.CheckpointSnooze.objects.create(**mine, at=now, until=later)
    comment = models.CheckpointComment.objects.create(
        tenant=tenant, checkpoint=decision.checkpoint, author=decision.person, text="Why?", at=now
    )
    models.CommentMention.objects.create(tenant=tenant, comment=comment, person=decision.person)
    models.Delegation.objects.create(
        tenant=tenant, delegator=decision.person, delegate=make_user(), reason="Away",
        starts_at=now, ends_at=later,
    )  # fmt: skip
    models.SavedView.objects.create(tenant=tenant, owner=decision.person, name="Mine")
    count_figures(now)
    models.StaleHour.objects.create(tenant=tenant, hour=now)


def fill_what_was_merged(reviewer: Actor) -> None:
    kinds = ("once", "twice", "thrice")
    one, two, three = (
        models.FailurePattern.objects.get(
            incidents=run_loop(reviewer.tenant, error_type=kind).incident_id
        )
        for kind in kinds
    )
    act: dict[str, Any] = {"reason": "told so", "by": reviewer, "now": timezone.now()}
    for source in (two, three):
        pattern_merges.merge(into=one.pk, pattern_ids=[source.pk], **act)
    pattern_splits.unmerge(pattern_id=two.pk, **act)


def fill_what_is_carried_out(reviewer: Actor) -> None:
    incident = models.Incident.objects.filter(loop__recovery__isnull=False)[:1].get()
    carrying.make_scope(incident)
    models.WebhookEndpoint.objects.create(
        tenant=reviewer.tenant, url="https://example.com/", sealed_secret=b"sealed"
    )
    models.FailureMatch.objects.create(
        tenant=reviewer.tenant, match_id=uuid4(), error_code="TIMEOUT", error_signature="s",
        category="TRANSIENT", recovery_mode="ABORT",
    )  # fmt: skip


def fill_what_was_learned(reviewer: Actor) -> None:
    tenant, now = reviewer.tenant, timezone.now()
    prevent(tenant)
    count_evaluations(now)
    policy = learned.policy_in_force(tenant)
    regrets.report(harm=Harm(RegretType.PERF, 2), policy_id=policy.pk, by=reviewer, now=now)
    judged = run_loop(tenant)
    learned.view_of(models.Incident.objects.get(pk=judged.incident_id))
    calibrations.record_outcome(
        incident_id=judged.incident_id, was_correct=True, reason="It stayed away.", now=now
    )
    graduating.evaluate(tenant, now=now)


def test_every_table_of_the_loop_is_registered() -> None:
    assert set(REGISTERED) == set(apps.get_app_config("loops").get_models())


def test_every_list_and_every_row_opens(staff: Client, reviewer: Actor) -> None:
    fill_every_table(reviewer)

    for model in REGISTERED:
        row = model._default_manager.all()[:1].get()
        assert staff.get(admin_address(model, "changelist")).status_code == 200, model
        assert staff.get(admin_address(model, "change", row.pk)).status_code == 200, model


def test_every_list_can_be_searched(staff: Client, reviewer: Actor) -> None:
    decided_loop(reviewer)

    for model in REGISTERED:
        answer = staff.get(admin_address(model, "changelist"), {"q": "loop_1"})
        assert answer.status_code == 200, model


def test_what_the_loop_owns_can_only_be_read(staff: Client, reviewer: Actor) -> None:
    fill_every_table(reviewer)

    for model in set(REGISTERED) - EDITABLE:
        row = model._default_manager.all()[:1].get()
        assert staff.get(admin_address(model, "add")).status_code == 403, model
        assert staff.post(admin_address(model, "change", row.pk), {}).status_code == 403, model
        assert (
            staff.post(admin_address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        )
        assert model._default_manager.filter(pk=row.pk).exists()


def test_no_list_offers_to_delete_in_bulk(staff: Client, reviewer: Actor) -> None:
    trace = decided_loop(reviewer)
    everything = {"action": "delete_selected", "_selected_action": trace.pk, "post": "yes"}

    staff.post(admin_address(models.LoopTrace, "changelist"), everything)

    assert models.LoopTrace.objects.filter(pk=trace.pk).exists()


def test_a_row_leads_to_its_page_in_the_console(staff: Client, reviewer: Actor) -> None:
    trace = decided_loop(reviewer)

    for model in (models.LoopTrace, models.LoopEvent, models.HumanCheckpoint):
        page = staff.get(admin_address(model, "changelist")).content.decode()
        assert f'href="/loops/{trace.pk}"' in page, model


def test_a_list_counts_no_further_than_its_bound(
    staff: Client, reviewer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m25console.admin_base.COUNTED_AT_MOST", 3)
    report(reviewer.tenant, times=5)

    answer = staff.get(admin_address(models.Incident, "changelist"))

    assert answer.context["cl"].result_count == 3


def test_the_catalogue_of_actions_is_kept_here_and_audited(staff: Client) -> None:
    added = staff.post(admin_address(models.SuggestionAction, "add"), ACTION)
    action = models.SuggestionAction.objects.get(action_code="retry_later")
    edit = admin_address(models.SuggestionAction, "change", action.pk)
    changed = staff.post(edit, ACTION | {"priority": "90"})

    assert (added.status_code, changed.status_code) == (302, 302)
    action.refresh_from_db()
    assert (action.priority, action.version) == (90, 2)
    audited = AuditEntry.objects.filter(object_type="suggestion_action").order_by("pk")
    assert [entry.action for entry in audited] == [
        "recovery_action.created", "recovery_action.changed",
    ]  # fmt: skip
    last = audited[1]
    assert last.before is not None
    assert last.after is not None
    assert (last.before["priority"], last.after["priority"]) == (50, 90)


def test_an_action_is_never_deleted(staff: Client) -> None:
    staff.post(admin_address(models.SuggestionAction, "add"), ACTION)
    action = models.SuggestionAction.objects.get(action_code="retry_later")

    refused = staff.post(
        admin_address(models.SuggestionAction, "delete", action.pk), {"post": "yes"}
    )

    assert refused.status_code == 403


def test_a_job_is_run_now_because_staff_say_so(staff: Client) -> None:
    periodic.prepare()
    models.PeriodicJob.objects.update(next_run_at=timezone.now() + timedelta(days=1))
    name = models.PeriodicJob.objects.all()[:1].get().name

    staff.post(
        admin_address(models.PeriodicJob, "changelist"),
        {"action": "run_now", "_selected_action": name},
    )

    due = models.PeriodicJob.objects.filter(next_run_at__lte=timezone.now())
    assert [one.name for one in due] == [name]
    assert AuditEntry.objects.get(action="periodic_job.run_now").object_id == name


def test_a_row_has_its_history_and_leads_to_the_console(staff: Client, reviewer: Actor) -> None:
    trace = decided_loop(reviewer)
    asked = models.HumanCheckpoint.objects.get(trace=trace)

    history = staff.get(admin_address(models.HumanCheckpoint, "history", asked.pk)).text
    row = staff.get(admin_address(models.HumanCheckpoint, "change", asked.pk)).text

    assert "checkpoint." in history
    assert f'href="/checkpoints/{asked.pk}"' in row


def test_two_who_edit_one_action_do_not_overwrite_each_other(staff: Client) -> None:
    staff.post(admin_address(models.SuggestionAction, "add"), ACTION)
    action = models.SuggestionAction.objects.get(action_code="retry_later")
    edit = admin_address(models.SuggestionAction, "change", action.pk)
    seen = staff.get(edit).context["adminform"].form["seen"].value()
    models.SuggestionAction.objects.update(priority=10)

    answer = staff.post(edit, ACTION | {"priority": "90", "seen": seen})

    action.refresh_from_db()
    assert action.priority == 10
    assert "Somebody changed this since you opened it" in answer.text


def test_a_page_of_the_console_leads_staff_to_its_row(reviewer: Actor) -> None:
    trace = decided_loop(reviewer)
    assert reviewer.user is not None
    reviewer.user.is_staff = reviewer.user.is_superuser = True
    reviewer.user.save()
    browser = Client()
    browser.force_login(reviewer.user)

    page = browser.get(f"/loops/{trace.pk}").text

    assert f'href="{admin_address(models.LoopTrace, "change", trace.pk)}"' in page
