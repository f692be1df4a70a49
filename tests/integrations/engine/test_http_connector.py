from datetime import timedelta

import pytest

from integrations.domain.connectors import Outcome
from integrations.engine.connectors import calling
from integrations.models import Connector, ConnectorCall, CredentialAccess
from loops.models import Incident
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import NotFound, NotPermitted, TooMany, WrongState
from m25console.vocabulary import Role
from tests.endpoints import Endpoint, answers
from tests.factories import make_actor
from tests.integrations.building import NOW
from tests.integrations.connecting import a_connector, an_action

pytestmark = pytest.mark.django_db
SECRET = "tok-canary-31337"


@pytest.fixture
def connector(admin: Actor, endpoint: Endpoint) -> Connector:
    config = {"base_url": f"http://{endpoint.host}/v1", "auth_type": "bearer"}
    row = a_connector(admin, config=config, secret={"token": SECRET}, is_connected=True)
    an_action(row, admin)
    return row


def call(row: Connector, by: Actor, *, action: str = "find", is_dry: bool = False, **payload):
    return calling.invoke(row, action=action, payload=payload, by=by, now=NOW, is_dry=is_dry)


def test_a_call_carries_the_secret_and_tells_what_came_without_it(connector, admin, endpoint):
    endpoint.behaviour = answers(200, b'{"echo": "' + SECRET.encode() + b'"}')
    called = call(connector, admin, id="7", expand="orders", password="hush")
    got = endpoint.received[-1]
    assert got.path == "/v1/customers/7?expand=orders&password=hush"
    assert got.headers["authorization"] == f"Bearer {SECRET}"
    assert called.data == {"echo": "•••"}
    assert called.shown["headers"]["Authorization"] == "Bearer •••"
    kept = ConnectorCall.objects.get()
    assert (kept.outcome, kept.status_code, kept.response_bytes) == ("ok", 200, 28)
    assert "hush" not in str(kept.sent)
    assert SECRET not in str(kept.sent)


def test_a_dry_run_shows_the_request_and_neither_leaves_nor_reads_the_secret(
    connector, admin, endpoint
):
    called = call(connector, admin, id="7", is_dry=True)
    assert called.shown["url"].endswith("/v1/customers/7")
    assert called.call.outcome == Outcome.DRY_RUN
    assert endpoint.received == []
    assert not CredentialAccess.objects.filter(action="get").exists()


def test_int_58_the_61st_call_in_a_minute_is_refused_and_those_that_failed_count(
    connector, admin, endpoint
):
    endpoint.behaviour = answers(500)
    for _ in range(60):
        call(connector, admin, id="7")
    with pytest.raises(TooMany) as refused:
        call(connector, admin, id="7")
    assert refused.value.retry_after == 60
    later = NOW + timedelta(seconds=60)
    calling.invoke(connector, action="find", payload={"id": 1}, by=admin, now=later)
    assert len(endpoint.received) == 61


def test_int_58_an_action_nobody_knows_is_told_which_there_are(connector, admin, endpoint):
    called = call(connector, admin, action="drop")
    assert (called.call.outcome, called.call.error_code) == ("refused", "unknown_action")
    assert "find" in called.call.error
    assert endpoint.received == []


def test_int_58_a_method_that_is_not_allowed_is_refused(connector, admin, endpoint):
    an_action(connector, admin, name="remove", method="DELETE", path="/customers/{id}")
    assert call(connector, admin, action="remove", id="7").call.error_code == "method_not_allowed"
    assert endpoint.received == []


def test_int_58_a_body_of_6_mib_is_too_large_and_not_read_as_json(connector, admin, endpoint):
    endpoint.behaviour = answers(200, b'"' + b"x" * 6 * 1024 * 1024 + b'"')
    called = call(connector, admin, id="7")
    assert (called.call.error_code, called.data) == ("response_too_large", None)


def test_int_58_a_value_that_climbs_out_of_the_path_is_refused(connector, admin, endpoint):
    assert call(connector, admin, id="../admin").call.error_code == "invalid_payload"
    assert endpoint.received == []


@pytest.mark.parametrize(
    ("there", "code"),
    [
        ("http://127.0.0.1/", "forbidden"),
        ("https://example.com/", "redirect_refused"),
        ("//169.254.169.254/latest", "forbidden"),
    ],
)
def test_int_58_a_redirect_to_elsewhere_is_not_followed(connector, admin, endpoint, there, code):
    endpoint.behaviour = answers(302, Location=there)
    assert call(connector, admin, id="7").call.error_code == code
    assert len(endpoint.received) == 1


def test_a_redirect_within_the_server_is_followed(connector, admin, endpoint):
    def behave(request):
        found = answers(200, b'{"moved": true}')
        (answers(302, Location="/v2/x") if request.path.startswith("/v1") else found)(request)

    endpoint.behaviour = behave
    assert call(connector, admin, id="7").data == {"moved": True}
    assert [one.path for one in endpoint.received] == ["/v1/customers/7", "/v2/x"]


def test_an_error_is_echoed_up_to_4_kb_and_without_the_secret(connector, admin, endpoint):
    endpoint.behaviour = answers(404, SECRET.encode() + b"y" * 9000)
    kept = call(connector, admin, id="7").call
    assert (kept.outcome, kept.error_code, kept.status_code) == ("failed", "http_status", 404)
    assert len(kept.error) <= 4096
    assert SECRET not in kept.error


def test_a_payload_that_does_not_fit_its_schema_is_refused(connector, admin, endpoint):
    schema = {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}}}
    an_action(connector, admin, name="pay", method="POST", path="/pay", request_schema=schema)
    assert "amount" in call(connector, admin, action="pay", amount=0).call.error
    call(connector, admin, action="pay", amount=2)
    assert endpoint.received[-1].body == b'{"amount":2}'


def test_a_secret_that_cannot_be_read_is_an_error_and_not_a_request_without_it(
    connector, admin, endpoint
):
    Connector.objects.update(credential_ref="")
    connector.refresh_from_db()
    called = call(connector, admin, id="7")
    assert (called.call.outcome, called.call.error_code) == ("refused", "auth_missing")
    assert endpoint.received == []


def test_int_57_a_test_connects_and_only_then_something_is_called(admin, endpoint):
    row = a_connector(admin, config={"base_url": f"http://{endpoint.host}/"})
    an_action(row, admin)
    with pytest.raises(WrongState, match="Test it first"):
        call(row, admin, id="7")
    endpoint.behaviour = answers(401)
    assert not calling.test(row, by=admin, now=NOW).is_good
    row.refresh_from_db()
    assert (row.status, row.error_count) == ("error", 1)
    with pytest.raises(TooMany):
        calling.test(row, by=admin, now=NOW)
    endpoint.behaviour = answers(200, b"{}")
    assert calling.test(row, by=admin, now=NOW + timedelta(seconds=6)).is_good
    row.refresh_from_db()
    assert (row.status, row.connection_count, row.last_error) == ("connected", 1, "")
    assert call(row, admin, id="7").call.outcome == "ok"


def test_another_tenants_connector_is_not_called(connector, other_admin, endpoint):
    with pytest.raises(NotFound):
        call(connector, other_admin, id="7")
    assert endpoint.received == []


def test_a_call_that_reads_is_sent_again_where_the_server_was_away(
    connector, admin, endpoint, monkeypatch
):
    monkeypatch.setattr(calling, "RETRY_SECONDS", 0.01)
    statuses = [503, 502, 200]

    def comes_back(request) -> None:
        answers(statuses.pop(0))(request)

    endpoint.behaviour = comes_back
    assert call(connector, admin, id="7").call.outcome == Outcome.OK
    assert len(endpoint.received) == 3

    an_action(connector, admin, name="order", method="POST", path="/orders")
    endpoint.behaviour = answers(503)
    assert call(connector, admin, action="order").call.status_code == 503
    assert len(endpoint.received) == 4


def test_there_is_no_second_try_for_which_there_is_no_time(admin, endpoint):
    config = {"base_url": f"http://{endpoint.host}/v1", "timeout_seconds": 1}
    row = a_connector(admin, config=config, is_connected=True)
    an_action(row, admin)
    endpoint.behaviour = answers(503)
    assert call(row, admin, id="7").call.outcome == Outcome.FAILED
    assert len(endpoint.received) == 1


def test_three_failures_in_a_row_are_one_incident_until_a_call_goes_well(
    connector, admin, endpoint
):
    endpoint.behaviour = answers(500)
    for _ in range(2):
        call(connector, admin, id="7")
    assert not Incident.objects.exists()
    for _ in range(3):
        call(connector, admin, id="7")
    [told] = Incident.objects.all()
    assert (told.error_type, told.error_code) == ("connector_failing", "http_status")
    assert told.context["connector_id"] == connector.pk
    assert SECRET not in str(told.__dict__)

    endpoint.behaviour = answers(200)
    call(connector, admin, id="7")
    connector.refresh_from_db()
    assert (connector.failures, connector.failing_since) == (0, None)
    assert AuditEntry.objects.filter(action="connector.recovered").count() == 1


def test_a_reviewer_may_call_and_a_viewer_may_not(connector, admin, endpoint):
    endpoint.behaviour = answers(200)
    assert (
        call(connector, make_actor(admin.tenant, role=Role.REVIEWER), id="7").call.outcome == "ok"
    )
    viewer = make_actor(admin.tenant, role=Role.VIEWER)
    for is_dry in (True, False):
        with pytest.raises(NotPermitted):
            call(connector, viewer, id="7", is_dry=is_dry)
