import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from m25console import tokens
from m25console.models import Membership, Tenant, User
from m25console.vocabulary import Role, Scope
from tests.m25console.builders import PASSWORD, a_member, a_tenant

pytestmark = pytest.mark.django_db

type Capture = pytest.CaptureFixture[str]


def test_create_tenant_makes_it(capsys: Capture) -> None:
    call_command("create_tenant", "acme", name="Acme Freight")

    assert Tenant.objects.get(slug="acme").name == "Acme Freight"
    assert "acme" in capsys.readouterr().out


def test_create_tenant_refuses_a_slug_that_is_taken() -> None:
    a_tenant()

    with pytest.raises(CommandError, match="already a tenant acme"):
        call_command("create_tenant", "acme")


def test_create_user_prints_the_password_it_made_up(capsys: Capture) -> None:
    a_tenant()

    call_command("create_user", "rita", tenant="acme", role="reviewer")

    password = capsys.readouterr().out.split("Password: ")[1].strip()
    assert User.objects.get(username="rita").check_password(password)
    assert Membership.objects.get().role == Role.REVIEWER


def test_create_user_never_repeats_a_password_it_was_given(capsys: Capture) -> None:
    a_tenant()

    call_command("create_user", "rita", tenant="acme", role="viewer", password=PASSWORD)

    told = capsys.readouterr()
    assert PASSWORD not in told.out + told.err
    assert User.objects.get(username="rita").check_password(PASSWORD)


def test_create_user_refuses_duplicates_and_unknown_tenants() -> None:
    a_member(a_tenant())

    with pytest.raises(CommandError, match="already a person who signs in as rita"):
        call_command("create_user", "Rita", tenant="acme", role="viewer")
    with pytest.raises(CommandError, match="create_tenant nowhere"):
        call_command("create_user", "bob", tenant="nowhere", role="viewer")


def test_create_token_prints_the_token_alone_on_the_last_line(capsys: Capture) -> None:
    tenant = a_tenant()

    call_command("create_token", tenant="acme", scopes="read, incidents:write")

    token = capsys.readouterr().out.splitlines()[-1]
    actor = tokens.authenticate(token, scope=Scope.INCIDENTS_WRITE, now=timezone.now())
    assert actor.tenant == tenant


@pytest.mark.parametrize("scopes", ["read,everything", "", ","])
def test_create_token_refuses_unknown_scopes_and_none(scopes: str) -> None:
    a_tenant()

    with pytest.raises(CommandError, match="Known are incidents:write"):
        call_command("create_token", tenant="acme", scopes=scopes)


def test_create_token_that_decides_says_in_whose_name(capsys: Capture) -> None:
    tenant = a_tenant()
    a_member(tenant, role=Role.REVIEWER, username="rita")
    a_member(tenant, role=Role.ADMIN, username="ada")

    call_command("create_token", tenant="acme", scopes="decide")

    first, token = capsys.readouterr().out.splitlines()
    assert "ada" in first
    actor = tokens.authenticate(token, scope=Scope.DECIDE, now=timezone.now())
    assert actor.user is not None
    assert actor.user.username == "ada"


def test_create_token_that_decides_needs_a_reviewer() -> None:
    tenant = a_tenant()
    a_member(tenant, role=Role.VIEWER)

    with pytest.raises(CommandError, match="anyone is not one in acme"):
        call_command("create_token", tenant="acme", scopes="decide")
    with pytest.raises(CommandError, match="rita is not one in acme"):
        call_command("create_token", tenant="acme", scopes="decide", person="rita")
