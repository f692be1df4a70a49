import gzip
import zlib
from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from loops.models import Incident
from m25console.models import ApiToken
from m25console.vocabulary import Scope
from tests.machines import Machine, machine_of

GOOD = {"error_type": "timeout"}


def error_of(answer):
    assert answer["Content-Type"].startswith("application/json")
    error = answer.json()["error"]
    assert error["message"]
    assert set(error) <= {"code", "message", "fields"}
    return answer.status_code, error["code"]


@pytest.mark.parametrize("token", ["", "nonsense", "m25_12345678_" + "a" * 40, "m25_\0"])
def test_without_a_good_token_the_answer_is_401(db, token):
    answer = Machine(token).post("/incidents", GOOD)
    assert error_of(answer) == (401, "unauthorized")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert token == "" or token not in answer.text


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer-ish"])
def test_another_scheme_than_bearer_is_401(machine, scheme):
    answer = machine.send("/incidents", b"{}", Authorization=f"{scheme} {machine.token}")
    assert error_of(answer) == (401, "unauthorized")


def test_the_scheme_may_be_written_in_any_case(machine):
    answer = machine.post("/incidents", GOOD, Authorization=f"BEARER {machine.token}")
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
)
def test_a_token_that_ended_is_401(machine, change):
    ApiToken.objects.update(**change)
    assert error_of(machine.post("/incidents", GOOD)) == (401, "unauthorized")


def test_the_tokens_of_an_inactive_tenant_are_401(machine, tenant):
    tenant.is_active = False
    tenant.save()
    assert error_of(machine.post("/incidents", GOOD)) == (401, "unauthorized")


def test_a_session_opens_nothing(client, admin_user):
    client.force_login(admin_user)
    assert client.get("/api/v1/incidents").status_code == 401


@pytest.mark.parametrize(
    ("scope", "path"), [(Scope.READ, "/incidents"), (Scope.USAGE_WRITE, "/incidents/batch")]
)
def test_a_token_without_the_scope_is_403(tenant, scope, path):
    machine = machine_of(tenant, scopes=[scope])
    assert error_of(machine.post(path, GOOD)) == (403, "forbidden")
    assert Incident.objects.count() == 0


def test_a_writing_token_cannot_read(tenant):
    machine = machine_of(tenant, scopes=[Scope.INCIDENTS_WRITE])
    assert error_of(machine.get("/incidents")) == (403, "forbidden")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/incidents/",
        "/incidents/inc_0",
        "/incidents/inc_0/more",
        "/loops/loop_0",
        "/loops/inc_0/narrative",
        "/loops/%00",
        "/checkpoints/" + "c" * 5000,
        "/patterns/%F0%9F%98%80",
        "/patterns/%ff",
    ],
)
def test_what_does_not_exist_is_404(machine, path):
    assert error_of(machine.get(path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/incidents", "GET, POST"),
        ("DELETE", "/incidents/inc_0", "GET"),
        ("GET", "/incidents/batch", "POST"),
        ("PATCH", "/loops/loop_0", "GET"),
        ("GET", "/checkpoints/chk_0/resolve", "POST"),
        ("BREW", "/stats", "GET"),
    ],
)
def test_another_method_is_405_and_says_which_are_allowed(machine, method, path, allowed):
    answer = machine.client.generic(
        method, f"/api/v1{path}", headers={"Authorization": f"Bearer {machine.token}"}
    )
    assert error_of(answer) == (405, "method_not_allowed")
    assert answer["Allow"] == allowed


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/json",
        "application/jsonlines",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "",
    ],
)
def test_what_is_not_announced_as_json_is_415(machine, content_type):
    answer = machine.send("/incidents", orjson.dumps(GOOD), content_type=content_type)
    assert error_of(answer) == (415, "unsupported_media_type")
    assert Incident.objects.count() == 0


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON", "application/vnd.incident+json"],
)
def test_json_may_be_announced_in_several_ways(machine, content_type):
    answer = machine.send("/incidents", orjson.dumps(GOOD), content_type=content_type)
    assert answer.status_code == 202


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_an_unknown_packing_is_415(machine, encoding):
    answer = machine.send("/incidents", orjson.dumps(GOOD), **{"Content-Encoding": encoding})
    assert error_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (orjson.dumps(GOOD), "gzip"),
        (gzip.compress(orjson.dumps(GOOD))[:-4], "gzip"),
        (gzip.compress(orjson.dumps(GOOD)) + b"more", "gzip"),
        (b"", "gzip"),
        (zlib.compress(orjson.dumps(GOOD))[:-2], "deflate"),
    ],
    ids=["not packed", "cut short", "with more behind", "empty", "deflate cut short"],
)
def test_a_damaged_packing_is_400(machine, packed, encoding):
    answer = machine.send("/incidents", packed, **{"Content-Encoding": encoding})
    assert error_of(answer) == (400, "bad_request")
    assert Incident.objects.count() == 0


def test_a_body_of_256_kib_is_taken_and_one_byte_more_is_413(machine):
    body = orjson.dumps(GOOD)
    full = body + b" " * (256 * 1024 - len(body))
    assert machine.send("/incidents", full).status_code == 202
    assert error_of(machine.send("/incidents", full + b" ")) == (413, "too_large")


def test_a_batch_of_more_than_4_mib_is_413(machine):
    answer = machine.send("/incidents/batch", b" " * (4 * 1024 * 1024 + 1))
    assert error_of(answer) == (413, "too_large")


@pytest.mark.parametrize("size", [256 * 1024 + 1, 100 * 1024 * 1024])
def test_a_body_that_unpacks_to_too_much_is_413(machine, size):
    packed = gzip.compress(bytes(size))
    assert len(packed) < 256 * 1024
    answer = machine.send("/incidents", packed, **{"Content-Encoding": "gzip"})
    assert error_of(answer) == (413, "too_large")


def test_a_length_that_lies_is_not_believed(machine):
    answer = machine.send("/incidents", b"{}", **{"Content-Length": "999999999"})
    assert error_of(answer) == (413, "too_large")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_went_away_is_503_and_worth_trying_again(machine):
    connection.ensure_connection()
    other = connection.copy()
    with other.cursor() as cursor:
        backend = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    other.close()
    answer = machine.post("/incidents", GOOD)
    assert error_of(answer) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    connection.close()
    assert machine.post("/incidents", GOOD).status_code == 202


def test_answers_are_not_kept_on_the_way(machine):
    for answer in (machine.get("/incidents"), machine.get("/loops/x"), machine.post("/incidents")):
        assert answer["Cache-Control"] == "no-store"
