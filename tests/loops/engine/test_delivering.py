"""Sending what is told, to real servers on loopback."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from loops.actions import channels, deliveries, targets
from loops.actions import circuits as host_circuits
from loops.actions.targets import secrets_of
from loops.domain import circuits
from loops.domain.executions import TryResult, Verdict, secret_text, signed_headers
from loops.domain.states import ChannelKind, Event
from loops.engine import delivering, ledger
from loops.engine.retention import forget, forget_notifications
from loops.engine.target_tests import send_by_channel
from loops.models import Delivery, Happening, HostCircuit, HumanCheckpoint, NotificationChannel
from m25console.models import AuditEntry, Tenant
from m25console.refusals import TooMany, WrongState
from m25console.vocabulary import Role
from tests import factories, notifying
from tests.endpoints import answers
from tests.m25console.builders import signed_in
from tests.races import at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(name="Acme <b>")


@pytest.fixture
def mail(settings):
    with notifying.mail_server(settings) as server:
        yield server


def asked(tenant: Tenant, *, questions: int = 1):
    for number in range(questions):
        factories.run_loop(tenant, error_type=f"kind_{number}")
    notifying.tell()


def due_again() -> None:
    Delivery.objects.filter(status="waiting").update(next_try_at=timezone.now())


def test_a_mail_says_what_is_asked_in_two_shapes_and_leads_to_the_page(tenant, mail):
    notifying.make_channel(tenant)
    asked(tenant)
    assert notifying.send_what_is_due() == 1

    [message] = mail.taken
    sent = Delivery.objects.get()
    checkpoint = sent.items.get().happening.checkpoint
    link = f"https://console.example.org/checkpoints/{checkpoint.pk}"
    assert message["To"] == "oncall@example.org"
    assert message["Subject"].startswith("[m25console] A question: ")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://console.example.org/settings/notifications>"
    assert message["Message-ID"] == f"<{sent.pk}@console.example.org>"
    assert message["In-Reply-To"] == f"<{checkpoint.pk}@console.example.org>"
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    assert link in text
    assert f'href="{link}"' in page
    assert "risk" in text
    assert checkpoint.contract_digest[:12] in text
    assert "Acme &lt;b&gt;" in page
    assert (sent.status, sent.tries, sent.error) == ("sent", 1, "")
    assert list(ledger.violations()) == []


def test_a_burst_is_one_mail_that_counts(tenant, mail):
    notifying.make_channel(tenant)
    asked(tenant, questions=3)
    notifying.send_what_is_due()
    [message] = mail.taken
    assert message["Subject"].startswith("[m25console] 3 new questions")
    assert message["In-Reply-To"] is None
    assert message.get_body(("plain",)).get_content().count("/checkpoints/chk_") == 3


def test_a_mail_server_that_is_busy_is_asked_again_with_the_same_message(tenant, mail):
    notifying.make_channel(tenant)
    asked(tenant)
    mail.refuses = "451 try later"
    notifying.send_what_is_due()
    waits = Delivery.objects.get()
    assert (waits.status, waits.tries) == ("waiting", 1)
    assert "451" in waits.error
    assert waits.next_try_at > timezone.now()

    mail.refuses = ""
    due_again()
    notifying.send_what_is_due()
    assert Delivery.objects.get().status == "sent"
    assert mail.taken[0]["Message-ID"].startswith(f"<{waits.pk}@")
    assert NotificationChannel.objects.get().fault == ""


def test_a_final_no_is_shown_at_the_channel_and_an_admin_may_send_again(tenant, mail):
    channel = notifying.make_channel(tenant)
    asked(tenant)
    mail.refuses = "550 no such mailbox"
    notifying.send_what_is_due()
    failed = Delivery.objects.get()
    assert (failed.status, failed.tries) == ("failed", 1)
    channel.refresh_from_db()
    assert "550" in channel.fault
    assert notifying.send_what_is_due() == 0

    mail.refuses = ""
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    deliveries.retry(delivery_id=failed.pk, by=admin, now=timezone.now())
    notifying.send_what_is_due()
    channel.refresh_from_db()
    assert (Delivery.objects.get().status, channel.fault) == ("sent", "")
    assert AuditEntry.objects.filter(action="delivery.retried").count() == 1
    with pytest.raises(WrongState):
        deliveries.retry(delivery_id=failed.pk, by=admin, now=timezone.now())


def test_without_a_mail_server_the_channel_says_so(tenant):
    channel = notifying.make_channel(tenant)
    asked(tenant)
    notifying.send_what_is_due()
    channel.refresh_from_db()
    assert "M25_SMTP_URL" in channel.fault


def test_what_is_outside_text_cannot_forge_a_header(tenant, mail):
    rita = factories.make_actor(tenant)
    row = notifying.make_channel(tenant, of=rita)
    told = Delivery.objects.create(tenant=tenant, channel=row, next_try_at=timezone.now())
    trace = factories.run_loop(tenant)
    checkpoint = factories.checkpoint_of(trace)
    happening = checkpoint.happenings.create(
        tenant=tenant,
        event=Event.DECIDED,
        key="x",
        sentence="Yes?\r\nBcc: everybody@example.org\u202e",
        details={"by": "Eve\nX-Evil: 1", "option": "apply"},
        at=timezone.now(),
    )
    told.items.create(tenant=tenant, channel=row, happening=happening)
    assert notifying.send_what_is_due() == 1
    [message] = mail.taken
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert "⟨U+202E⟩" in message["Subject"]


def test_a_webhook_gets_a_signed_message_under_one_id(tenant, settings):
    with notifying.hook_of(tenant, settings) as endpoint:
        endpoint.behaviour = answers(503)
        asked(tenant)
        notifying.send_what_is_due()
        endpoint.behaviour = answers(200)
        due_again()
        notifying.send_what_is_due()
        first, second = endpoint.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-id"] == Delivery.objects.get().pk
    secrets = secrets_of(NotificationChannel.objects.get(), now=timezone.now())
    moment = datetime.fromtimestamp(int(second.headers["webhook-timestamp"]), tz=UTC)
    signed = signed_headers(
        message_id=second.headers["webhook-id"], body=second.body, secrets=secrets, at=moment
    )
    assert signed["webhook-signature"] == second.headers["webhook-signature"]
    [item] = json.loads(second.body)["data"]["items"]
    assert item["event"] == "asked"
    assert item["risk"] in ("low", "medium", "high")
    assert "payload" not in json.dumps(item)
    path = item["option_urls"]["reject"].removeprefix(settings.BASE_URL)
    page = signed_in(factories.make_actor(tenant)).get(path).text
    assert page.count("is-suggested") == 1
    assert HumanCheckpoint.objects.get().is_pending


def test_for_a_day_after_a_secret_was_replaced_both_sign(tenant, settings):
    admin, now = factories.make_actor(tenant, role=Role.ADMIN), timezone.now()
    with notifying.hook_of(tenant, settings):
        row = NotificationChannel.objects.get()
        [old] = secrets_of(row, now=now)
        told = channels.rotate_secret(channel_id=row.pk, by=admin, now=now)
        row.refresh_from_db()
        new, before = secrets_of(row, now=now + timedelta(hours=23))
        assert (before, secret_text(new)) == (old, told)
        assert secrets_of(row, now=now + timedelta(hours=24)) == (new,)

        send_by_channel(channel_id=row.pk, by=admin, now=now)
    entry = AuditEntry.objects.get(action="channel.secret_rotated")
    assert told not in str(entry.after)
    assert entry.after["previous_secret_until"]
    assert forget(now + timedelta(hours=25))["secrets"] == 1
    row.refresh_from_db()
    assert row.sealed_previous is None


def test_both_signatures_of_a_replaced_secret_are_in_the_message(tenant, settings):
    admin, now = factories.make_actor(tenant, role=Role.ADMIN), timezone.now()
    with notifying.hook_of(tenant, settings) as endpoint:
        row = NotificationChannel.objects.get()
        channels.rotate_secret(channel_id=row.pk, by=admin, now=now)
        asked(tenant)
        notifying.send_what_is_due()
    [message] = endpoint.received
    moment = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), tz=UTC)
    row.refresh_from_db()
    signed = signed_headers(
        message_id=message.headers["webhook-id"],
        body=message.body,
        secrets=secrets_of(row, now=now),
        at=moment,
    )
    assert message.headers["webhook-signature"].count("v1,") == 2
    assert signed["webhook-signature"] == message.headers["webhook-signature"]


def test_secrets_made_at_once_follow_each_other_and_none_is_told_in_vain(
    tenant, settings, monkeypatch
):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    monkeypatch.setattr(targets, "rotate", meeting(targets.rotate))
    with notifying.hook_of(tenant, settings):
        row = NotificationChannel.objects.get()
        told = at_once(
            lambda _: channels.rotate_secret(channel_id=row.pk, by=admin, now=timezone.now()),
            times=2,
        )
    row.refresh_from_db()
    assert {secret_text(one) for one in secrets_of(row, now=timezone.now())} == set(told)


def test_slack_gets_blocks_in_which_nobody_can_be_called(tenant, settings):
    hook = notifying.hook_of(tenant, settings, kind=ChannelKind.SLACK)
    with hook as endpoint:
        for number in range(2):
            factories.run_loop(tenant, error_type=f"<!channel> {number}")
        notifying.tell()
        notifying.send_what_is_due()
        [message] = endpoint.received
    body = json.loads(message.body)
    assert body["text"].startswith("2 new questions")
    sections = [one["text"] for one in body["blocks"] if one["type"] == "section"]
    assert {one["type"] for one in sections} == {"plain_text"}
    marked = [one["elements"][0]["text"] for one in body["blocks"] if one["type"] == "context"]
    assert all("<!" not in one and "|Open in m25console>" in one for one in marked)


def test_a_delivery_whose_worker_died_goes_to_another_and_the_first_is_not_heard(tenant, settings):
    with notifying.hook_of(tenant, settings):
        asked(tenant)
        [call] = delivering.ERRANDS.give_out(now=timezone.now())
        dead = deliveries.begin(delivery_id=call.id, ticket=call.ticket, now=timezone.now())
        assert dead is not None
        assert not delivering.deliver(call)
        Delivery.objects.update(next_try_at=timezone.now())
        assert notifying.send_what_is_due() == 1
        came_to = TryResult(Verdict.FAILED, error="late")
        assert not deliveries.end(dead, came_to=came_to, wait=timedelta(0), now=timezone.now())
    assert (Delivery.objects.get().status, Delivery.objects.get().tries) == ("sent", 2)


def test_several_relays_give_a_delivery_to_one_worker(tenant, settings):
    with notifying.hook_of(tenant, settings) as endpoint:
        asked(tenant)
        given = at_once(lambda _: delivering.ERRANDS.give_out(now=timezone.now()), times=4)
        calls = [call for some in given for call in some]
        assert len(calls) == 1
        assert delivering.deliver(calls[0])
        assert len(endpoint.received) == 1


def test_a_channel_that_was_removed_is_sent_nothing(tenant, settings):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    with notifying.hook_of(tenant, settings) as endpoint:
        asked(tenant)
        row = NotificationChannel.objects.get()
        channels.remove(channel_id=row.pk, by=admin, now=timezone.now())
        notifying.send_what_is_due()
        assert endpoint.received == []
    assert Delivery.objects.get().status == "skipped"


def test_a_test_is_sent_at_once_and_not_again_within_seconds(tenant, settings):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    with notifying.hook_of(tenant, settings) as endpoint:
        row = NotificationChannel.objects.get()
        came_to = send_by_channel(channel_id=row.pk, by=admin, now=timezone.now())
        assert came_to.verdict == "succeeded"
        assert len(endpoint.received) == 1
        with pytest.raises(TooMany):
            send_by_channel(channel_id=row.pk, by=admin, now=timezone.now())
    assert Delivery.objects.count() == 0


def test_the_log_is_forgotten_after_ninety_days_and_nothing_is_told_again(tenant, settings):
    with notifying.hook_of(tenant, settings):
        asked(tenant)
        notifying.send_what_is_due()
    later = timezone.now() + timedelta(days=91)
    assert forget_notifications(later) == {"happenings": 1}
    assert (Delivery.objects.count(), Happening.objects.count()) == (0, 0)
    assert list(ledger.violations()) == []


def test_metrics_tell_what_waits_and_what_failed(tenant):
    notifying.make_channel(tenant)
    asked(tenant)
    [family] = delivering.metrics(timezone.now())
    told = {sample.labels["status"]: sample.value for sample in family.samples}
    assert told == {"waiting": 1, "sending": 0, "failed": 0}


def fail_by_hook(tenant: Tenant, *, times: int) -> None:
    for _ in range(times):
        due_again()
        notifying.send_what_is_due()


def test_int_100_a_hook_is_tried_four_times_or_once_and_a_host_that_fails_is_left_alone(
    tenant, settings
):
    with notifying.hook_of(tenant, settings) as endpoint:
        endpoint.behaviour = answers(500)
        asked(tenant)
        fail_by_hook(tenant, times=6)
        failed = Delivery.objects.get()
        assert (failed.status, failed.tries, len(endpoint.received)) == ("failed", 4, 4)
        asked(tenant)
        fail_by_hook(tenant, times=3)
        waits = Delivery.objects.exclude(pk=failed.pk).get()
        assert (waits.status, waits.tries, len(endpoint.received)) == ("waiting", 1, 5)
        assert "left alone for a minute" in waits.error
        circuit = HostCircuit.objects.get()
        assert waits.next_try_at == circuit.opened_at + circuits.RESTS

        HostCircuit.objects.update(opened_at=timezone.now() - circuits.RESTS)
        endpoint.behaviour = answers(404)
        fail_by_hook(tenant, times=2)
        waits.refresh_from_db()
        assert (waits.status, waits.tries, len(endpoint.received)) == ("failed", 2, 6)
        endpoint.behaviour = answers(200)
        asked(tenant, questions=2)
        notifying.send_what_is_due()
        assert Delivery.objects.filter(status="sent").count() == 1
        assert not HostCircuit.objects.exists()


def test_of_failures_at_once_none_is_lost(tenant):
    def fails(_number: int) -> None:
        with transaction.atomic():
            host_circuits.note(tenant, "hooks.example:443", is_good=False, now=timezone.now())

    at_once(fails, times=4)
    assert HostCircuit.objects.get().failures == 4
