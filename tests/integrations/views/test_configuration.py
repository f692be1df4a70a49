"""A configuration on its page, through the API and from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.models import EnforcementConfig
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.integrations.building import an_integration
from tests.m25console.builders import signed_in
from tests.machines import machine_of

pytestmark = pytest.mark.django_db
PAGE = "/integrations/configuration"
KEY = "sk-1234567890abcdef1234"
DOCUMENT = {
    "format": "m25console.configuration",
    "version": 1,
    "limits": [{"fail_mode": "closed", "warn_at": [70]}],
}


@pytest.fixture
def admin() -> Actor:
    return factories.make_actor(factories.make_tenant(), role=Role.ADMIN)


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def fail_mode(by: Actor) -> str:
    row = EnforcementConfig.objects.filter(pk=by.tenant.pk).first()
    return row.fail_mode if row else ""


def hidden(page: str, name: str) -> str:
    """What the page's confirmation would send."""
    if name == "digest":
        return page.partition('name="digest" value="')[2].partition('"')[0]
    told = page.partition('aria-label="The changes" hidden>')[2].partition("</textarea>")[0]
    return told.replace("&quot;", '"')


def test_an_import_is_shown_then_confirmed_then_there_is_nothing_to_do(
    admin: Actor, browser: Client
):
    file = SimpleUploadedFile("c.json", json.dumps(DOCUMENT).encode())
    shown = browser.post(PAGE, {"file": file})
    assert shown.status_code == 200
    assert "fail_mode" in shown.text
    assert "Import 1 item" in shown.text
    assert fail_mode(admin) == ""

    sent = {name: hidden(shown.text, name) for name in ("digest", "document")}
    assert browser.post(f"{PAGE}/import", sent).status_code == 302
    assert fail_mode(admin) == "closed"
    assert "Nothing to change" in browser.post(PAGE, {"text": json.dumps(DOCUMENT)}).text


def test_what_changed_since_is_shown_anew(admin: Actor, browser: Client):
    sent = {"digest": "0" * 64, "document": json.dumps(DOCUMENT)}
    answer = browser.post(f"{PAGE}/import", sent)
    assert answer.status_code == 409
    assert "Something changed since" in answer.text
    assert fail_mode(admin) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({**DOCUMENT, "version": 9})])
def test_what_is_no_configuration_is_told_on_the_page(browser: Client, text: str):
    assert browser.post(PAGE, {"text": text}).status_code == 422


def test_a_key_in_a_configuration_is_nowhere_in_the_answers(admin: Actor, browser: Client):
    item = {"name": "x", "provider_type": "openai", "credential": KEY}
    document = {**DOCUMENT, "integrations": [item]}
    shown = browser.post(PAGE, {"file": SimpleUploadedFile("c", json.dumps(document).encode())})
    pasted = browser.post(PAGE, {"text": json.dumps(document)})
    for answer in (shown, pasted):
        assert answer.status_code == 422
        assert KEY not in answer.text
        assert "A key itself is in it" in answer.text
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    told = machine.post("/integrations/configuration/plan", {"document": document})
    assert told.status_code == 422
    assert KEY not in told.text
    assert not AuditEntry.objects.filter(after__icontains=KEY).exists()


def test_taking_it_out_is_on_record(admin: Actor, browser: Client):
    an_integration(admin, name="Ours")
    file = browser.post(f"{PAGE}/export")
    assert json.loads(file.content)["integrations"][0]["name"] == "Ours"
    assert "attachment" in file["Content-Disposition"]
    assert AuditEntry.objects.filter(action="configuration.exported", actor=admin.user).exists()


def test_machines_plan_and_apply_in_an_admins_name(admin: Actor):
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    plan = machine.post("/integrations/configuration/plan", {"document": DOCUMENT}).json()
    assert plan["counts"]["new"] == 1
    wrong = {"document": DOCUMENT, "digest": "0" * 64}
    assert machine.post("/integrations/configuration/apply", wrong).status_code == 409
    right = {"document": DOCUMENT, "digest": plan["digest"]}
    assert machine.post("/integrations/configuration/apply", right).status_code == 200
    document = machine.get("/integrations/configuration").json()
    assert document["limits"] == DOCUMENT["limits"]
    again = machine.post("/integrations/configuration/plan", {"document": document}).json()
    assert again["counts"]["unchanged"] == 1


def test_a_reviewers_token_does_not(admin: Actor):
    reviewer = factories.make_actor(admin.tenant, role=Role.REVIEWER)
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=reviewer.user)
    assert machine.get("/integrations/configuration").status_code == 403


def test_the_commands_write_and_read_a_file(
    admin: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "c.json"
    file.write_text(json.dumps(DOCUMENT))
    asked: dict[str, Any] = {"tenant": admin.tenant.slug, "admin": admin.user.username}  # type: ignore[union-attr]

    call_command("import_configuration", file, dry_run=True, **asked)
    assert fail_mode(admin) == ""
    call_command("import_configuration", file, **asked)
    assert fail_mode(admin) == "closed"
    call_command("export_configuration", file=file, **asked)
    call_command("import_configuration", file, **asked)
    told = capsys.readouterr().out.splitlines()
    assert told[-2:] == ["There is nothing to change.", "new=0 changed=0 unchanged=1 refused=0"]


def test_the_commands_act_in_an_admins_name_only(admin: Actor, tmp_path: Path):
    reviewer = factories.make_actor(admin.tenant, role=Role.REVIEWER).user
    assert reviewer is not None
    for name in (reviewer.username, "nobody"):
        with pytest.raises(CommandError):
            call_command("export_configuration", tenant=admin.tenant.slug, admin=name)
