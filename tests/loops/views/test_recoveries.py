"""Pages about recoveries: the list, each in full, the endpoint, a pattern's remedy."""

import pytest
from django.test import Client

from loops.models import FailurePattern, RecoveryCandidate, WebhookEndpoint
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role
from tests import carrying, endpoints, factories
from tests.endpoints import answers

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def browser_of(tenant: Tenant, role: Role = Role.ADMIN) -> Client:
    browser = Client()
    browser.force_login(factories.make_actor(tenant, role=role).user)
    return browser


def test_the_list_tells_decided_done_and_helped_apart(tenant):
    carrying.applied(tenant)
    page = browser_of(tenant, Role.VIEWER).get("/recoveries").text
    for words in ("Applied", "Recorded only", "Watched"):
        assert words in page
    assert "Carried out</span>" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("status=applied", True), ("status=rejected", False), ("verification=watching", True),
     ("execution_status=failed", False), ("status=nonsense", True)],
)  # fmt: skip
def test_the_list_is_narrowed_by_the_address(tenant, query, found):
    recovery = carrying.applied(tenant)
    page = browser_of(tenant).get(f"/recoveries?{query}").text
    assert (f"row-{recovery.pk}" in page) is found


def test_an_empty_list_says_what_brings_the_first(tenant):
    assert "No recoveries yet" in browser_of(tenant).get("/recoveries").text


def test_a_page_shows_what_is_sent_and_every_attempt(tenant, settings):
    with carrying.endpoint_of(tenant, settings) as endpoint:
        endpoint.behaviour = answers(503, b"busy")
        recovery = carrying.applied(tenant)
        carrying.carry_out_what_is_due()
    page = browser_of(tenant).get(f"/recoveries/{recovery.pk}").text
    assert "attempt 1 of 5" in page
    assert "The endpoint answered 503." in page
    assert "recovery.execute" in page
    assert "timeout_retry" in page


@pytest.mark.django_db
def test_a_suggested_recovery_leads_to_its_question(tenant):
    question = factories.checkpoint_of(factories.run_loop(tenant))

    page = browser_of(tenant, Role.REVIEWER).get(f"/recoveries/{question.target_id}").text

    assert f'href="/checkpoints/{question.pk}">Open to decide' in page
    applied = carrying.applied(tenant)
    assert "Open to decide" not in browser_of(tenant).get(f"/recoveries/{applied.pk}").text


def test_the_list_asks_as_often_however_long_it_is(tenant, django_assert_max_num_queries):
    browser = browser_of(tenant)
    for number in range(6):
        factories.run_loop(tenant, error_type=f"timeout_{number}")
    with django_assert_max_num_queries(8):
        browser.get("/recoveries")


def test_the_catalogue_says_how_actions_went_here(tenant, settings):
    with carrying.endpoint_of(tenant, settings):
        carrying.applied(tenant)
        carrying.carry_out_what_is_due()
    assert "1 of 1" in browser_of(tenant).get("/recoveries/actions").text
    other = browser_of(factories.make_tenant()).get("/recoveries/actions").text
    assert "1 of 1" not in other


def test_a_secret_is_shown_once_and_stored_sealed(tenant):
    browser = browser_of(tenant)
    setting = {"url": "https://example.com/recover", "is_enabled": "on"}
    first = browser.post("/settings/recoveries", setting)
    assert "whsec_" in first.text
    assert "whsec_" not in browser.get("/settings/recoveries").text
    again = browser.post("/settings/recoveries", setting | {"url": "https://example.com/other"})
    assert again.status_code == 302
    secret = first.text.split("whsec_")[1].split('"')[0]
    assert secret.encode() not in bytes(WebhookEndpoint.objects.get().sealed_secret)
    told = [entry.after for entry in AuditEntry.objects.all()]
    assert secret not in str(told)


@pytest.mark.parametrize("url", ["http://example.com/", "https://user:pw@example.com/", "ftp://x"])
def test_an_address_that_may_not_be_called_is_refused(tenant, url):
    answer = browser_of(tenant).post("/settings/recoveries", {"url": url})
    assert answer.status_code == 422
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
@pytest.mark.parametrize("path", ["", "/secret", "/test"])
def test_the_endpoint_is_for_admins(tenant, role, path):
    browser = browser_of(tenant, role)
    ask = browser.post if path else browser.get
    assert ask(f"/settings/recoveries{path}").status_code == 403


def test_a_test_is_sent_and_its_answer_told(tenant, settings):
    browser = browser_of(tenant)
    with carrying.endpoint_of(tenant, settings) as endpoint:
        page = browser.post("/settings/recoveries/test", follow=True).text
        assert "The endpoint took the test." in page
        assert endpoint.received[0].headers["webhook-signature"].startswith("v1,")
        assert browser.post("/settings/recoveries/test").status_code == 429
    assert WebhookEndpoint.objects.get().test_result["status"] == 200


def test_while_a_secret_is_replaced_both_sign(tenant, settings):
    browser = browser_of(tenant)
    with carrying.endpoint_of(tenant, settings) as endpoint:
        assert "whsec_" in browser.post("/settings/recoveries/secret").text
        browser.post("/settings/recoveries/test")
        assert len(endpoint.received[0].headers["webhook-signature"].split()) == 2


def test_an_endpoint_nobody_allows_any_more_is_told_so(tenant):
    with endpoints.running() as running:
        WebhookEndpoint.objects.create(tenant=tenant, url=running.url, sealed_secret=b"x")
        page = browser_of(tenant).post("/settings/recoveries/test", follow=True).text
    assert "The test did not arrive." in page


def test_a_remedy_is_changed_on_its_page(tenant):
    trace = factories.run_loop(tenant)
    pattern = FailurePattern.objects.get()
    browser = browser_of(tenant)
    page = browser.get(f"/patterns/{pattern.pk}/remedy")
    assert "Still open: 1" in page.text
    seen = page.context["form"]["seen"].value()
    wanted = {"action_type": "notify", "params": '{"channel": "ops"}', "seen": seen}
    assert browser.post(f"/patterns/{pattern.pk}/remedy", wanted).status_code == 302
    pattern.refresh_from_db()
    assert pattern.recovery_template["action_type"] == "notify"
    assert RecoveryCandidate.objects.get(trace=trace).action_type == "retry"
    assert browser.post(f"/patterns/{pattern.pk}/remedy", wanted).status_code == 409


@pytest.mark.parametrize("params", ["[1]", "no json", '"\\u0000"', '{"a": "\\u0000"}'])
def test_parameters_that_are_none_are_refused(tenant, params):
    factories.run_loop(tenant)
    pattern = FailurePattern.objects.get()
    wanted = {"action_type": "notify", "params": params}
    answer = browser_of(tenant).post(f"/patterns/{pattern.pk}/remedy", wanted)
    assert answer.status_code == 422


def test_the_pages_of_loop_and_pattern_show_all_three(tenant):
    recovery = carrying.applied(tenant)
    browser = browser_of(tenant)
    for path in (f"/loops/{recovery.trace_id}", f"/patterns/{recovery.source_pattern_id}"):
        page = browser.get(path).text
        assert "Recorded only" in page
        assert "Watched" in page
