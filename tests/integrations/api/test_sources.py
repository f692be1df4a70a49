import pytest
from django.utils import timezone

from integrations.actions import source_states
from integrations.actions.looks import Looked
from integrations.actions.source_looks import keep
from integrations.domain.sources import SourceStatus, SourceType
from integrations.drivers.looking import Seen
from integrations.models import Credential, DataSource
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.vocabulary import Role, Scope
from tests.factories import make_actor
from tests.integrations.sourcing import GOOD, a_source, found_good, in_status
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
SECRETS = ("canary-password", "canary-key", "canary-client", "canary-token")
CONFIG = {
    "host": "db.example.org", "port": 5432, "username": "reader", "password": SECRETS[0],
    "api_key": SECRETS[1], "oauth_config": {"client_secret": SECRETS[2]},
    "options": {"session_token": SECRETS[3], "region": "eu"},
}  # fmt: skip


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)


@pytest.fixture
def stranger(other_admin: Actor) -> Machine:
    return machine_of(other_admin.tenant, scopes=Scope, decides_for=other_admin.user)


def registered(machine: Machine, **rest) -> dict:
    given = {"name": "Orders", "source_type": "database", "config": CONFIG} | rest
    answer = machine.ask("POST", "/datasources", given)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_int_50_a_new_source_is_pending_and_unknown_words_are_400(machine: Machine):
    assert registered(machine)["status"] == "pending"
    foo = machine.ask("POST", "/datasources", {"name": "x", "source_type": "foo"})
    assert (foo.status_code, foo.json()["error"]["code"]) == (400, "bad_request")
    for query in ({"status": "foo"}, {"source_type": "foo"}, {"limit": "1001"}, {"colour": "x"}):
        assert machine.get("/datasources", **query).status_code == 400
    assert (
        machine.ask("POST", "/datasources", {"name": "Orders", "source_type": "api"}).status_code
        == 409
    )


def test_int_52_secrets_are_marked_and_a_mark_given_back_keeps_them(machine: Machine):
    told = registered(machine)
    source = f"/datasources/{told['source_id']}"
    shown = machine.get(source).json()["config"]
    for name in ("password", "api_key"):
        assert shown[name] == "***"
    assert shown["oauth_config"] == {"client_secret": "***"}
    assert shown["options"] == {"session_token": "***", "region": "eu"}
    assert (shown["pool_size"], shown["ssl_verify"], shown["connection_string"]) == (5, True, None)

    changes = {"config": {"password": "***", "port": 5433}}
    changed = machine.ask("PUT", source, changes).json()
    assert (changed["config"]["port"], changed["status"]) == (5433, "configuring")
    row = DataSource.objects.get()
    assert Credential.objects.get().name == "Orders, secrets"
    assert not any(one in str(row.__dict__) for one in SECRETS)
    trail = "".join(str((one.before, one.after, one.note)) for one in AuditEntry.objects.all())
    assert not any(one in trail for one in SECRETS)


def test_int_52_a_new_secret_is_sealed_and_null_takes_one_away(machine: Machine):
    source = f"/datasources/{registered(machine)['source_id']}"
    new = {"config": {"password": "another", "api_key": None, "connection_string": None}}
    shown = machine.ask("PUT", source, new).json()["config"]
    assert (shown["password"], shown["api_key"]) == ("***", None)
    old, new_one = Credential.objects.order_by("created_at")
    assert (old.sealed_secret, new_one.deleted_at) == (None, None)
    none = {"config": dict.fromkeys(("password", "oauth_config", "options"))}
    machine.ask("PUT", source, none)
    assert not Credential.objects.filter(deleted_at__isnull=True).exists()
    assert DataSource.objects.get().credential_ref == ""
    nothing = machine.ask("PUT", source, {"config": {"password": "***"}})
    assert nothing.status_code == 422


def test_int_53_an_error_is_counted_and_left_by_switching_on(admin: Actor, machine: Machine):
    row = found_good(a_source(admin), by=admin)
    keep(Looked(row, admin), Seen("No.", "auth"), now=timezone.now())
    source = f"/datasources/{row.pk}"
    told = machine.get(source).json()
    assert (told["status"], told["error_count"], told["last_error"]) == ("error", 1, "No.")
    told = machine.ask("POST", f"{source}/activate").json()
    assert (told["status"], told["last_error"]) == ("active", "")
    assert machine.ask("POST", f"{source}/deprecate").json()["status"] == "deprecated"
    assert machine.ask("POST", f"{source}/activate").status_code == 409
    assert machine.ask("PUT", source, {"config": {"port": 1}}).status_code == 409


def test_what_was_not_found_to_work_as_it_is_now_is_not_switched_on(admin: Actor, machine: Machine):
    row = a_source(admin)
    assert machine.ask("POST", f"/datasources/{row.pk}/activate").status_code == 409
    found_good(row, by=admin)
    assert machine.ask("POST", f"/datasources/{row.pk}/activate").status_code == 200
    machine.ask("PUT", f"/datasources/{row.pk}", {"config": {"port": 5433}})
    assert machine.ask("POST", f"/datasources/{row.pk}/activate").status_code == 409


def test_a_good_look_leads_back_to_what_was_before_the_error(admin: Actor):
    row = found_good(a_source(admin), by=admin)
    row = source_states.activate(source_id=row.pk, by=admin, now=timezone.now())
    for seen, status in (
        (Seen("No.", "tcp"), "error"),
        (Seen("No.", "dns"), "error"),
        (GOOD, "active"),
    ):
        kept = keep(Looked(row, admin), seen, now=timezone.now())
        assert kept is not None
        assert kept.status == status
    assert (kept.connection_count, kept.error_count, kept.last_error) == (2, 2, "")


def test_what_was_found_of_another_configuration_says_nothing(admin: Actor, machine: Machine):
    row = a_source(admin)
    machine.ask("PUT", f"/datasources/{row.pk}", {"config": {"port": 5433}})
    assert keep(Looked(row, admin), GOOD, now=timezone.now()) is None


def test_int_54_tags_are_a_set_and_roles_open_and_close(admin: Actor, machine: Machine):
    row = a_source(admin)
    source = f"/datasources/{row.pk}"
    for _twice in range(2):
        assert machine.ask("POST", f"{source}/tags", {"tag": "eu"}).json()["tags"] == ["eu"]
    viewer = machine_of(admin.tenant)
    assert machine.get("/datasources", tag="eu").json()["total"] == 1
    assert viewer.get(source).status_code == 200
    assert machine.ask("POST", f"{source}/roles", {"role": "admin"}).json()["access_roles"] == [
        "admin"
    ]
    assert viewer.get(source).status_code == 404
    assert viewer.get("/datasources").json()["total"] == 0
    assert (
        machine.ask("POST", f"{source}/roles/remove", {"role": "admin"}).json()["access_roles"]
        == []
    )
    assert viewer.get(source).status_code == 200
    assert machine.ask("POST", f"{source}/tags/remove", {"tag": "eu"}).json()["tags"] == []
    assert machine.ask("POST", f"{source}/roles", {"role": "king"}).status_code == 422


def test_int_55_the_counts_of_every_state_sum_up(admin: Actor, machine: Machine):
    for number, status in enumerate(SourceStatus):
        in_status(a_source(admin, source_type=list(SourceType)[number]), status)
    told = machine.get("/datasources/stats").json()
    assert told["total_sources"] == len(SourceStatus)
    assert sum(told[f"{one}_sources"] for one in SourceStatus) == len(SourceStatus)
    assert sum(told["sources_by_type"].values()) == len(SourceStatus)


def test_int_56_another_tenants_source_does_not_exist(machine: Machine, stranger: Machine):
    source = f"/datasources/{registered(machine)['source_id']}"
    asked = [
        ("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/activate"),
        ("POST", "/deactivate"), ("POST", "/deprecate"), ("POST", "/tags"),
        ("POST", "/tags/remove"), ("POST", "/roles"), ("POST", "/roles/remove"),
    ]  # fmt: skip
    for method, rest in asked:
        assert stranger.ask(method, source + rest, {}).status_code == 404, (method, rest)
    assert stranger.get("/datasources").json()["total"] == 0


def test_a_private_server_is_refused_when_it_is_entered(machine: Machine):
    for source_type, host in (("api", "127.0.0.1"), ("database", "10.0.0.7")):
        given = {"name": "x", "source_type": source_type, "config": {"host": host}}
        answer = machine.ask("POST", "/datasources", given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            400, "OUTBOUND_URL_FORBIDDEN"
        )  # fmt: skip


def test_a_look_tells_the_stage_and_is_kept(machine: Machine):
    source = f"/datasources/{registered(machine, config={})['source_id']}"
    told = machine.ask("POST", f"{source}/test").json()
    assert (told["success"], told["error"]) == (False, "settings")
    assert machine.get(source).json()["error_count"] == 1
    assert machine.ask("POST", f"{source}/test").status_code == 429


def test_a_deleted_source_leaves_no_secret(machine: Machine):
    source = f"/datasources/{registered(machine)['source_id']}"
    assert machine.ask("DELETE", source).json()["success"]
    assert machine.get(source).status_code == 404
    assert Credential.objects.get().sealed_secret is None
    registered(machine)  # its name is free again


def test_only_admins_change_sources(admin: Actor):
    row = a_source(admin)
    reviewer = make_actor(admin.tenant, role=Role.REVIEWER)
    theirs = machine_of(admin.tenant, scopes=Scope, decides_for=reviewer.user)
    assert theirs.get(f"/datasources/{row.pk}").status_code == 200
    for method, rest in (("PUT", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/activate")):
        answer = theirs.ask(method, f"/datasources/{row.pk}{rest}", {"name": "Mine"})
        assert answer.status_code == 403, (method, rest)


def test_how_often_a_source_is_looked_at_is_chosen(machine: Machine):
    made = machine.post("/datasources", {"name": "Orders", "source_type": "database"}).json()
    source = f"/datasources/{made['source_id']}"
    assert made["check_every_seconds"] == 300
    told = machine.ask("PUT", source, {"check_every_seconds": 3600}).json()
    assert (told["check_every_seconds"], told["name"]) == (3600, "Orders")
    assert machine.ask("PUT", source, {"check_every_seconds": 59}).status_code == 422
    assert machine.ask("PUT", source, {"name": "Other"}).json()["check_every_seconds"] == 3600
