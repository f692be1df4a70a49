import pytest
from django.db import IntegrityError
from django.utils import timezone

from loops.domain.states import ChannelKind
from loops.engine.announcing import announce
from loops.engine.figures import count_figures
from loops.models import Delivery, Notification, NotificationChannel
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role, Scope
from tests import factories, notifying
from tests.endpoints import answers
from tests.m25console.builders import signed_in
from tests.machines import machine_of

pytestmark = pytest.mark.django_db
WANTED = {
    "kind": "email",
    "name": "My mail",
    "address": "rita@example.org",
    "events": ["asked", "mentioned"],
    "least_risk": "1",
    "is_enabled": "on",
}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def told(tenant: Tenant, *, questions: int = 1) -> None:
    for number in range(questions):
        factories.run_loop(tenant, error_type=f"kind_{number}")
    announce(timezone.now())


def test_the_centre_shows_the_unread_first_and_reading_is_a_post(tenant):
    rita = factories.make_actor(tenant)
    browser = signed_in(rita)
    assert "Nothing to tell yet" in browser.get("/notifications").text
    told(tenant, questions=2)

    page = browser.get("/notifications").text
    assert page.index("Unread") < page.index("Read before")
    assert "<span>Notifications</span>" in page
    assert Notification.objects.unread().count() == 2

    first = Notification.objects.latest("pk")
    assert browser.post(f"/notifications/{first.pk}/read").status_code == 302
    assert Notification.objects.unread().count() == 1
    answer = browser.post("/notifications/read", follow=True)
    assert "1 marked as read." in answer.text
    assert Notification.objects.unread().count() == 0


def test_the_number_of_the_unread_is_in_the_navigation(tenant):
    browser = signed_in(factories.make_actor(tenant))
    told(tenant, questions=3)
    link = browser.get("/navigation/").text.split("nav-loopsnotifications")[1].split("</a>")[0]
    assert "3 unread" in link


def test_the_centre_costs_the_same_at_any_size(tenant, django_assert_max_num_queries):
    browser = signed_in(factories.make_actor(tenant))
    told(tenant, questions=4)
    Notification.objects.filter(pk__in=Notification.objects.values("pk")[:2]).update(
        read_at=timezone.now()
    )
    with django_assert_max_num_queries(8):
        page = browser.get("/notifications")
    assert "Questions" not in page.text
    narrowed = browser.get("/notifications?kind=decided").text
    assert "Nothing of this kind was read" in narrowed


def test_another_persons_notification_does_not_exist(tenant):
    factories.make_actor(tenant)
    told(tenant)
    other = signed_in(factories.make_actor(tenant))
    number = Notification.objects.get().pk
    assert other.post(f"/notifications/{number}/read").status_code == 404


def test_a_person_sets_up_their_own_channel_which_admins_do_not_see(tenant):
    rita = factories.make_actor(tenant)
    browser = signed_in(rita)
    assert "You are told only here" in browser.get("/account/notifications").text
    answer = browser.post("/account/notifications", WANTED, follow=True)
    assert "was added" in answer.text
    assert "M25_SMTP_URL" in answer.text
    row = NotificationChannel.objects.get()
    assert (row.person, row.events) == (rita.user, ["asked", "mentioned"])
    assert AuditEntry.objects.get(action="channel.created").after["address"] == "rita@example.org"

    admin = signed_in(factories.make_actor(tenant, role=Role.ADMIN))
    assert "My mail" not in admin.get("/settings/notifications").text
    assert admin.get(f"/channels/{row.pk}").status_code == 404
    assert browser.get("/settings/notifications").status_code == 403


def test_the_tenants_webhook_shows_its_secret_once(tenant):
    browser = signed_in(factories.make_actor(tenant, role=Role.ADMIN))
    hook = WANTED | {
        "kind": "webhook", "address": "https://example.org/hook", "events": ["asked"],
    }  # fmt: skip
    answer = browser.post("/settings/notifications", hook)
    assert "whsec_" in answer.text
    assert "whsec_" not in browser.get("/settings/notifications").text


def test_a_webhooks_secret_is_replaced_and_shown_once(tenant):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    browser = signed_in(admin)
    hook = notifying.make_channel(
        tenant, by=admin, kind=ChannelKind.WEBHOOK, address="https://example.org/hook"
    )
    assert "Replace the secret" in browser.get(f"/channels/{hook.pk}").text
    answer = browser.post(f"/channels/{hook.pk}/secret")
    assert (answer.text.count("whsec_"), answer["Cache-Control"].count("no-store")) == (1, 1)
    page = browser.get(f"/channels/{hook.pk}").text
    assert "whsec_" not in page
    assert "signs as well and ends" in page

    mail = notifying.make_channel(tenant, by=admin)
    assert "Replace the secret" not in browser.get(f"/channels/{mail.pk}").text
    assert browser.post(f"/channels/{mail.pk}/secret").status_code == 409
    machine = machine_of(tenant, scopes=Scope, decides_for=admin.user)
    told = machine.post(f"/notification-channels/{hook.pk}/secret").json()
    assert told["secret"].startswith("whsec_")
    reviewer = signed_in(factories.make_actor(tenant))
    assert reviewer.post(f"/channels/{hook.pk}/secret").status_code == 403


def test_what_is_wrong_is_said_at_its_place(tenant):
    browser = signed_in(factories.make_actor(tenant, role=Role.ADMIN))
    wrong = browser.post("/settings/notifications", WANTED | {"events": ["asked"], "address": "x"})
    assert (wrong.status_code, "Enter an e-mail address" in wrong.text) == (422, True)
    local = WANTED | {"kind": "webhook", "address": "http://10.0.0.1/", "events": ["asked"]}
    assert browser.post("/settings/notifications", local).status_code == 422
    # What mentions people is told to them alone.
    assert browser.post("/settings/notifications", WANTED).status_code == 422
    assert not NotificationChannel.objects.exists()


def test_a_channel_is_changed_and_removed_and_its_log_stays(tenant):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    browser = signed_in(admin)
    row = notifying.make_channel(
        tenant, by=admin, kind=ChannelKind.SLACK, address="https://hooks.slack.com/services/secret"
    )
    page = browser.get(f"/channels/{row.pk}").text
    assert "secret" not in page
    changed = {"name": "Ops", "address": "", "events": ["escalated"], "least_risk": "3"}
    assert browser.post(f"/channels/{row.pk}", changed).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.is_enabled, row.events) == ("Ops", False, ["escalated"])
    browser.post(f"/channels/{row.pk}/remove")
    assert browser.get(f"/channels/{row.pk}").status_code == 404


def test_the_log_shows_what_failed_and_sends_it_again(tenant):
    browser = signed_in(factories.make_actor(tenant, role=Role.ADMIN))
    assert "Nothing was sent yet" in browser.get("/settings/deliveries").text
    notifying.make_channel(tenant)
    told(tenant)
    Delivery.objects.update(
        status="failed", error="550 no", next_try_at=None, finished_at=timezone.now()
    )
    page = browser.get("/settings/deliveries?state=failed").text
    assert "550 no" in page
    assert "No delivery is in this state" in browser.get("/settings/deliveries?state=sent").text
    row = Delivery.objects.get()
    browser.post(f"/settings/deliveries/{row.pk}/retry")
    row.refresh_from_db()
    assert row.status == "waiting"
    reviewer = signed_in(factories.make_actor(tenant))
    assert reviewer.get("/settings/deliveries").status_code == 403
    assert reviewer.post(f"/settings/deliveries/{row.pk}/retry").status_code == 403


def test_a_channel_that_keeps_failing_is_shown_and_one_button_tries_again(
    tenant, settings, django_assert_max_num_queries
):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    browser = signed_in(admin)
    with notifying.hook_of(tenant, settings) as endpoint:
        row = NotificationChannel.objects.get()
        endpoint.behaviour = answers(404)
        for number in range(3):
            factories.run_loop(tenant, error_type=f"kind_{number}")
            notifying.tell()
            notifying.send_what_is_due()
        count_figures(timezone.now())
        assert 'id="home-channels"' in browser.get("/").text
        assert "The last 3 messages did not arrive" in browser.get("/settings/notifications").text
        with django_assert_max_num_queries(8):
            page = browser.get("/settings/deliveries").text
        assert "3 messages: 3 not sent." in page
        assert "0 of 3" in page
        assert "too few to say" in page
        assert "Nothing is at this address any more" in page

        endpoint.behaviour = answers(200)
        answer = browser.post(f"/channels/{row.pk}/retry", follow=True)
        assert "3 messages are being sent again." in answer.text
        assert notifying.send_what_is_due() == 3
    count_figures(timezone.now())
    page = browser.get("/settings/deliveries").text
    assert "3 messages: 3 sent." in page
    assert "Send what failed again" not in page
    assert 'id="home-channels"' not in browser.get("/").text
    assert browser.post(f"/channels/{row.pk}/retry").status_code == 409
    reviewer = signed_in(factories.make_actor(tenant))
    assert reviewer.post(f"/channels/{row.pk}/retry").status_code == 403


@pytest.mark.parametrize("events", [[], "asked", {"asked": 1}, ["asked", "unheard_of"]])
def test_a_channel_tells_of_some_of_what_is_known(tenant, events):
    row = notifying.make_channel(tenant)
    with pytest.raises(IntegrityError, match="channel_events_known"):
        NotificationChannel.objects.filter(pk=row.pk).update(events=events)


def test_machines_do_the_same(tenant):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    machine = machine_of(tenant, scopes=Scope, decides_for=admin.user)
    made = machine.post("/notification-channels", {
        "kind": "webhook", "name": "Bot", "address": "https://example.org/", "events": ["asked"],
    })  # fmt: skip
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    channel = made.json()["channel"]["id"]
    [listed] = machine.get("/notification-channels").json()["items"]
    assert (listed["id"], "secret" in listed) == (channel, False)

    told(tenant)
    [one] = machine.get("/notifications", unread="true").json()["items"]
    assert one["page"].startswith("/checkpoints/chk_")
    assert machine.post(f"/notifications/{one['id']}/read").json()["read_at"]
    assert machine.post("/notifications/read").json() == {"marked": 0}
    [sent] = machine.get("/deliveries").json()["items"]
    assert machine.post(f"/deliveries/{sent['id']}/retry").status_code == 409
    changed = {"kind": "webhook", "name": "Bot 2", "events": ["escalated"]}
    assert machine.ask("PUT", f"/notification-channels/{channel}", changed).status_code == 200
    assert machine.ask("DELETE", f"/notification-channels/{channel}").status_code == 204
    nobody = machine_of(tenant)
    assert nobody.get("/notifications").json()["items"] == []
