"""Other systems at the API, by the tokens this installation signed for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from m25console import services
from m25console.env import env_named_keys
from m25console.models import AuditEntry
from m25console.vocabulary import Scope
from tests.m25console.builders import a_tenant, a_token

pytestmark = pytest.mark.django_db

KEY, OLD = b"k" * 32, b"o" * 32
LOOPS = "/api/v1/loops"


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.SERVICE_KEYS = {"new": KEY, "old": OLD}


def claims_for(*tenants: Any, **other: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": services.ISSUER, "aud": services.AUDIENCE, "sub": "router", "jti": "one",
        "iat": now, "exp": now + 600, "scopes": ["read"], "tenants": [one.pk for one in tenants],
        **other,
    }  # fmt: skip


def signed(claims: dict[str, Any], *, key: bytes = KEY, kid: str = "new") -> str:
    return jwt.encode(claims, key, algorithm="HS256", headers={"kid": kid})


def ask(token: str, path: str = LOOPS, **headers: str) -> Any:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return Client().get(path, headers=headers)


def test_a_service_reads_in_the_tenant_its_token_names() -> None:
    tenant = a_tenant()
    assert ask(signed(claims_for(tenant))).status_code == 200
    assert ask(signed(claims_for(tenant), key=OLD, kid="old")).status_code == 200


def test_it_may_only_what_its_scopes_say() -> None:
    tenant = a_tenant()
    token = signed(claims_for(tenant, scopes=["evaluate"]))
    assert ask(token).status_code == 403
    assert ask(token, "/api/v1/routing/booking").status_code == 200


@pytest.mark.parametrize("wrong", ["x", "12345678", "a.b.c", "a.b.", "..", "e30.e30.e30"])
def test_int_98_what_nobody_signed_is_nobody(wrong: str) -> None:
    assert ask(wrong).status_code == 401


def test_int_98_an_unsigned_token_is_nobody() -> None:
    claims = claims_for(a_tenant())
    headers = {"kid": "new"}
    assert ask(jwt.encode(claims, "", algorithm="none", headers=headers)).status_code == 401
    assert ask(signed(claims, key=b"x" * 32)).status_code == 401
    assert ask(signed(claims, kid="gone")).status_code == 401
    assert ask(jwt.encode(claims, KEY * 2, algorithm="HS512", headers=headers)).status_code == 401


def test_int_98_a_header_nested_without_end_is_nobody() -> None:
    head = jwt.utils.base64url_encode(b"[" * 5000).decode()
    assert ask(f"{head}.e30.e30").status_code == 401


def past() -> int:
    return int((datetime.now(UTC) - timedelta(minutes=1)).timestamp())


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "another"},
        {"aud": "another"},
        {"aud": ["m25console-api", "another"]},
        {"exp": past()},
        {"exp": past() + 2 * 3600},
        {"exp": str(past() + 600)},
        {"sub": ""},
        {"tenants": []},
        {"tenants": "ten_0123456789abcdef"},
        {"tenants": ["ten_0123456789abcdef"]},
        {"scopes": []},
        {"scopes": ["decide"]},
        {"scopes": ["read", "admin:write"]},
    ],
)
def test_int_98_a_claim_that_does_not_hold_is_nobody(wrong: dict[str, Any]) -> None:
    assert ask(signed(claims_for(a_tenant()) | wrong)).status_code == 401


@pytest.mark.parametrize("missing", services.CLAIMS)
def test_int_98_every_claim_is_needed(missing: str) -> None:
    claims = claims_for(a_tenant())
    del claims[missing]
    assert ask(signed(claims)).status_code == 401


def test_int_99_a_service_says_for_which_of_its_tenants() -> None:
    one, other, foreign = a_tenant(), a_tenant(slug="other"), a_tenant(slug="foreign")
    token = signed(claims_for(one, other))
    assert ask(token).status_code == 400
    assert ask(token, **{"X-Tenant-ID": other.pk}).status_code == 200
    assert ask(token, **{"X-Tenant-ID": "42"}).status_code == 400
    assert ask(token, **{"X-Tenant-ID": foreign.pk}).status_code == 401


def test_int_99_the_header_says_nothing_for_anyone_else() -> None:
    tenant, foreign = a_tenant(), a_tenant(slug="foreign")
    assert ask("").status_code == 401
    assert ask("", **{"X-Tenant-ID": tenant.pk}).status_code == 401
    _row, token = a_token(tenant)
    assert ask(token, **{"X-Tenant-ID": tenant.pk}).status_code == 200
    assert ask(token, **{"X-Tenant-ID": "None"}).status_code == 400
    assert ask(token, **{"X-Tenant-ID": foreign.pk}).status_code == 403


def test_the_command_prints_a_token_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    tenant = a_tenant()
    call_command("issue_service_token", name="router", tenant=[tenant.slug], scopes="read,evaluate")
    token = capsys.readouterr().out.strip()
    assert ask(token).status_code == 200
    told = AuditEntry.objects.get(action="service_token.issued", tenant=tenant)
    assert told.after["scopes"] == ["evaluate", "read"]
    assert token not in str(told.after)


@pytest.mark.parametrize(
    "wrong", [{"scopes": "decide"}, {"scopes": "system:execute"}, {"minutes": 61}, {"minutes": 0}]
)
def test_the_command_signs_nothing_beyond_its_bounds(wrong: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"name": "x", "tenant": [a_tenant().slug], "scopes": "read", **wrong}
    with pytest.raises(CommandError):
        call_command("issue_service_token", **asked)


def test_without_a_key_no_service_gets_in(settings: Settings) -> None:
    settings.SERVICE_KEYS = {}
    tenant = a_tenant()
    assert ask(signed(claims_for(tenant))).status_code == 401
    with pytest.raises(CommandError, match="M25_SERVICE_KEYS"):
        call_command("issue_service_token", name="x", tenant=[tenant.slug], scopes="read")


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "dGVzdHMgb25seSwgYW5kIG9mIHRoaXJ0eS0yIGJ5dGU="
    monkeypatch.setenv("M25_SERVICE_KEYS", f"a:{key}, b:{key}")
    assert list(env_named_keys("M25_SERVICE_KEYS")) == ["a", "b"]
    for wrong in (key, f"a:{key},a:{key}", "a:c2hvcnQ="):
        monkeypatch.setenv("M25_SERVICE_KEYS", wrong)
        with pytest.raises(ImproperlyConfigured):
            env_named_keys("M25_SERVICE_KEYS")


def test_a_service_may_have_every_scope_that_is_no_persons() -> None:
    for scope in set(Scope) - {Scope.DECIDE}:
        services.issue(
            name="x", tenants=[a_tenant(slug=scope.replace(":", "-"))], scopes=[scope],
            lasts=timedelta(minutes=1), now=datetime.now(UTC),
        )  # fmt: skip
