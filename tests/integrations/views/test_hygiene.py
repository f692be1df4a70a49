import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations import vault
from integrations.actions import credentials
from integrations.actions.credentials import About
from integrations.domain.references import of_blob, of_credential
from integrations.domain.states import Accessor
from integrations.models import Credential
from integrations.sample import credentials as sample
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.sealing import encrypted
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import a_credential, an_integration
from tests.integrations.views.test_integrations import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def page(browser: Client, concern: str = "") -> str:
    return browser.get(f"/credentials/hygiene?concern={concern}").content.decode()


def test_the_page_tells_what_breaks_without_a_secret(admin: Actor, browser: Client):
    row = a_credential(admin, name="in use")
    used = an_integration(
        admin, name="Prod", credential_ref=of_credential(row.pk, tenant_id=admin.tenant.pk)
    )
    a_credential(admin, name="forgotten")
    assert f"/integrations/{used.pk}" in page(browser)
    assert "forgotten" in page(browser, "unused")
    assert "in use" not in page(browser, "unused")
    one = browser.get(f"/credentials/{row.pk}").content.decode()
    assert "breaks at its next use" in one
    assert "integration <bdi>Prod</bdi>" in one


def test_int_20_rotation_is_due_from_the_secret_and_not_from_its_description(
    admin: Actor, browser: Client
):
    now = timezone.now()
    row = a_credential(admin, name="old", rotate_every_days=30, now=now - 31 * DAY)
    about = About(name="old", description="edited", rotate_every_days=30)
    credentials.change(credential_id=row.pk, about=about, by=admin, now=now - DAY)
    assert "old" in page(browser, "due")
    credentials.rotate(credential_id=row.pk, secret={"api_key": "new"}, by=admin, now=now)
    assert "None of them" in page(browser, "due")


def test_int_19_expired_and_expiring_are_told_apart(admin: Actor, browser: Client):
    now = timezone.now()
    a_credential(admin, name="gone by", expires_at=now - DAY)
    a_credential(admin, name="goes soon", expires_at=now + 6 * DAY)
    a_credential(admin, name="stays", expires_at=now + 9 * DAY)
    expired, expiring = page(browser, "expired"), page(browser, "expiring")
    assert ("gone by" in expired, "goes soon" in expired) == (True, False)
    assert ("gone by" in expiring, "goes soon" in expiring) == (False, True)
    assert "stays" not in expired + expiring
    tiles = browser.get("/credentials").content.decode()
    assert "<strong>1</strong><span>ends within 7 days</span>" in tiles


def test_what_cannot_be_read_is_a_state_and_the_page_still_works(
    admin: Actor, browser: Client, settings
):
    row = a_credential(admin, name="unread")
    an_integration(admin, credential_ref=of_blob(encrypted(b"x", tenant_id="ten_another")))
    an_integration(admin, credential_ref=of_blob(encrypted(b"x", tenant_id=admin.tenant.pk)))
    an_integration(admin, credential_ref=of_credential("cred_gone", tenant_id=admin.tenant.pk))
    told = page(browser)
    assert told.count("Leads nowhere") == 2
    assert told.count("Can be read") == 1
    settings.CREDENTIAL_MASTER_KEYS = (b"another master key, of 32 bytes!",)
    assert "unread" in page(browser, "unreadable")
    assert "Cannot be read" in browser.get(f"/credentials/{row.pk}").content.decode()
    assert "Cannot be read" in browser.get("/credentials").content.decode()


def test_reads_are_narrowed_and_taken_away_as_files(admin: Actor, browser: Client):
    open_one, shut = a_credential(admin, name="=open"), a_credential(admin, name="shut", readers=())
    now = timezone.now()
    reader = Reader(tenant=admin.tenant, accessor=Accessor.SYSTEM, label="=a check", now=now)
    vault.read(open_one.pk, by=reader)
    with pytest.raises(CannotResolve):
        vault.read(shut.pk, by=reader)
    everything = browser.get("/credentials/accesses").content.decode()
    assert everything.count('id="access-') == 4
    refused = browser.get("/credentials/accesses?who=system&result=no").content.decode()
    assert refused.count('id="access-') == 1
    assert shut.pk in refused
    narrowed, table = f"/exports?credential={open_one.pk}", {"table": "credential-accesses"}
    asked = browser.post(narrowed, {"format": "csv"} | table)
    told = b"".join(asked.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(told.lstrip("\ufeff"))))
    assert [one["action"] for one in rows] == ["get", "store"]
    assert rows[0]["accessor_label"] == "'=a check"
    asked = browser.post(narrowed, {"format": "json"} | table)
    told = b"".join(asked.streaming_content).decode()
    assert len(json.loads(told)["rows"]) == 2
    assert AuditEntry.objects.filter(action="table.exported").count() == 2


def test_only_admins_see_it(admin: Actor):
    reviewer = signed_in(make_actor(admin.tenant, role=Role.REVIEWER))
    for address in ("/credentials/hygiene", "/credentials/accesses"):
        assert reviewer.get(address).status_code == 403
    asked = {"format": "csv", "table": "credential-accesses"}
    assert reviewer.post("/exports", asked).status_code == 403


def test_a_deleted_credential_is_on_no_list(admin: Actor, browser: Client):
    row = a_credential(admin, name="once there")
    credentials.delete(credential_id=row.pk, by=admin, now=timezone.now())
    assert "once there" not in page(browser)
    assert Credential.objects.filter(pk=row.pk).exists()
    assert "once there" in browser.get("/credentials/accesses").content.decode()


def test_the_demo_shows_what_is_to_be_done(admin: Actor, browser: Client):
    now = timezone.now()
    for _ in range(2):
        sample.furnish(admin, {}, now)
    assert Credential.objects.for_tenant(admin.tenant).count() == 3
    for concern, name in (("expiring", "trial"), ("due", "Warehouse"), ("unused", "old gateway")):
        assert name in page(browser, concern)
