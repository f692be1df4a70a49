"""A configuration goes out, comes in, and changes what was shown and nothing else."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from integrations.actions import connectors, credentials, integrations, limits, mcp_servers, prices
from integrations.actions.prices import WantedPrice
from integrations.configuration import documents, importing
from integrations.configuration.documents import exported
from integrations.configuration.importing import Moved, apply, look
from integrations.domain.configuration import Outcome
from integrations.domain.connectors import ConnectorType
from integrations.domain.references import of_credential
from integrations.domain.states import FailMode, Provider
from integrations.models import DataSource, EnforcementConfig, Integration, OwnPrice
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotPermitted
from m25console.vocabulary import Role
from tests import factories
from tests.integrations.building import NOW, a_credential, an_integration
from tests.integrations.sourcing import a_source, found_good

pytestmark = pytest.mark.django_db
KEY = "sk-1234567890abcdef1234"
SECRET = "canary-password"


@pytest.fixture
def admin() -> Actor:
    return factories.make_actor(factories.make_tenant(), role=Role.ADMIN)


def connected(by: Actor, *, name: str = "Bedrock", **rest: Any) -> Integration:
    credential = a_credential(by, name=f"key of {name}")
    reference = of_credential(credential.pk, tenant_id=by.tenant.pk)
    config = {"region": "eu-central-1"}
    return an_integration(
        by, name=name, provider=Provider.BEDROCK, config=config, credential_ref=reference, **rest
    )


def furnished(by: Actor) -> None:
    connected(by, budget_limit_cents=500, is_enabled=True)
    connected(by, name="Second")
    limits.set_up(fail_mode=FailMode.CLOSED, warn_at=[50, 90], by=by, now=NOW)
    price = WantedPrice("house-model", Decimal(1), Decimal("0.5"), "a contract", NOW)
    prices.enter(wanted=price, by=by, now=NOW)
    a_connector(by)
    a_source(by, name="Orders", config={"host": "8.8.8.8", "password": SECRET}, tags=["eu"])
    server = mcp_servers.Wanted(name="Tools", url="https://8.8.8.8/mcp", tags=["a"])
    mcp_servers.register(wanted=server, by=by, now=NOW)


def a_connector(by: Actor) -> None:
    wanted = connectors.Wanted(
        name="Weather",
        kind=ConnectorType.HTTP,
        config={"base_url": "https://8.8.8.8/v1"},
    )
    connectors.register(wanted=wanted, by=by, now=NOW)


def imported(document: Any, by: Actor) -> importing.Plan:
    plan = look(document, by=by, now=NOW)
    return apply(plan.document, digest=plan.digest, by=by, now=NOW)


def test_what_goes_out_holds_references_and_no_secret(admin: Actor):
    furnished(admin)
    told = str(exported(admin, now=NOW))
    assert "stored:key of Bedrock" in told
    assert "sk-a-secret" not in told
    assert SECRET not in told
    assert "cus-vault" not in told


def test_what_was_exported_changes_nothing_where_it_came_from(admin: Actor):
    furnished(admin)
    plan = look(exported(admin, now=NOW), by=admin, now=NOW)
    assert set(plan.counts) == set(Outcome)
    assert plan.counts["unchanged"] == len(plan.results) == 7
    assert not plan.changes_anything


def test_another_tenant_becomes_the_same_and_a_second_import_finds_nothing_to_do(admin: Actor):
    furnished(admin)
    document = exported(admin, now=NOW)
    other = factories.make_actor(factories.make_tenant(), role=Role.ADMIN)
    for name in ("key of Bedrock", "key of Second"):
        a_credential(other, name=name)
    assert imported(document, other).counts["new"] == 7

    copy = exported(other, now=NOW)
    assert {**copy, "tenant": ""} == {**document, "tenant": ""}
    assert Integration.objects.for_tenant(other.tenant).get(name="Bedrock").status == "enabled"
    with pytest.raises(Moved, match="nothing to change"):
        imported(document, other)
    [told] = AuditEntry.objects.filter(tenant=other.tenant, action="configuration.imported")
    assert told.after["new"] == 7


def test_a_source_keeps_its_secrets_and_is_tested_again_where_it_leads_elsewhere(admin: Actor):
    row = found_good(a_source(admin, config={"host": "8.8.8.8", "password": SECRET}), by=admin)
    item = {"name": row.name, "source_type": "database", "config": {"host": "9.9.9.9"}}
    assert imported({**head(), "data_sources": [item]}, admin).counts["changed"] == 1
    kept = DataSource.objects.get()
    assert kept.config == {"host": "9.9.9.9", "password": "***"}
    assert (kept.status, kept.proven_at, kept.credential_ref) == (
        "configuring", None, row.credential_ref,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"config": {"password": SECRET}},
        {"config": {"host": "10.0.0.7"}},
        {"config": {"colour": "red"}},
        {"source_type": "api"},
    ],
)
def test_a_source_that_cannot_be_is_refused_and_no_secret_repeated(admin: Actor, wrong: dict):
    row = a_source(admin)
    item = {"name": row.name, "source_type": "database"} | wrong
    [told] = look({**head(), "data_sources": [item]}, by=admin, now=NOW).results
    assert told.outcome is Outcome.REFUSED
    assert SECRET not in told.reason


def test_looking_leaves_nothing_behind(admin: Actor):
    furnished(admin)
    document = exported(admin, now=NOW)
    document["integrations"][0]["name"] = "A third"
    document["limits"][0]["fail_mode"] = "open"
    before = AuditEntry.objects.count()
    plan = look(document, by=admin, now=NOW)
    assert (plan.counts["new"], plan.counts["changed"]) == (1, 1)
    assert not Integration.objects.filter(name="A third").exists()
    assert AuditEntry.objects.count() == before
    assert EnforcementConfig.objects.get(pk=admin.tenant.pk).fail_mode == "closed"


def test_a_field_that_is_left_out_keeps_its_value(admin: Actor):
    furnished(admin)
    document = {**head(), "integrations": [{**bedrock(), "token_limit_month": 7}]}
    plan = imported(document, admin)
    [change] = plan.results[0].changes
    assert (change.name, change.before, change.after) == ("token_limit_month", 0, 7)
    row = Integration.objects.get(name="Bedrock")
    assert (row.token_limit_month, row.budget_limit_cents, row.status) == (7, 500, "enabled")


def test_a_price_that_changes_holds_from_now_on(admin: Actor):
    furnished(admin)
    price = {"model": "House-Model", "dollars_in": "2", "dollars_out": "0.5", "reason": "new"}
    document, later = {**head(), "prices": [price]}, NOW + timedelta(hours=1)
    plan = look(document, by=admin, now=later)
    assert apply(document, digest=plan.digest, by=admin, now=later).counts["changed"] == 1
    assert OwnPrice.objects.for_tenant(admin.tenant).count() == 2
    assert not look(exported(admin, now=NOW), by=admin, now=NOW).changes_anything


def head() -> dict[str, Any]:
    return {"format": "m25console.configuration", "version": 1}


def bedrock(**rest: Any) -> dict[str, Any]:
    return {
        "name": "Bedrock",
        "provider_type": "bedrock",
        "credential": "stored:key of Bedrock",
        **rest,
    }


def test_what_is_written_by_hand_is_found_unchanged_next_time(admin: Actor):
    connector = {
        "name": "Maps",
        "connector_type": "http",
        "config": {"base_url": "https://8.8.8.8"},
    }
    server = {"name": "Tools", "url": "https://8.8.8.8/mcp", "requires_approval": False}
    document = {**head(), "connectors": [connector], "mcp_servers": [server]}
    assert imported(document, admin).counts["new"] == 2
    assert look(document, by=admin, now=NOW).counts["unchanged"] == 2


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (bedrock(credential="stored:another"), "no stored credential of that name"),
        (bedrock(credential="sealed:encrypted://abc"), "does not travel"),
        (bedrock(credential="vault://x"), "no longer taken"),
        (bedrock(config={"password": "x"}), "Secrets belong in a stored credential"),
        (bedrock(provider_type="openai", config={}), "keeps its provider"),
        (bedrock(budget_limit_cents=-1), "Enter a number from 0"),
        (bedrock(budget_limit_cents="12"), "budget_limit_cents: Input should be"),
        (bedrock(surprise=1), "surprise: Extra inputs"),
        ({"name": "x"}, "provider_type: Field required"),
        ("x", "Write an object"),
        ({"name": 4}, "name: Input should be"),
    ],
)
def test_what_is_wrong_with_an_item_is_told_and_the_others_go_in(
    admin: Actor, item: Any, says: str
):
    furnished(admin)
    good = {"fail_mode": "open", "warn_at": [80]}
    document = {**head(), "integrations": [item], "limits": [good]}
    plan = imported(document, admin)
    assert plan.counts["changed"] == 1
    again = look(document, by=admin, now=NOW)
    [refused] = [one for one in again.results if one.outcome is Outcome.REFUSED]
    assert says in refused.reason


def test_the_same_name_twice_is_refused_once(admin: Actor):
    furnished(admin)
    several = [bedrock(token_limit_month=1), bedrock(token_limit_month=2)]
    plan = look({**head(), "integrations": several}, by=admin, now=NOW)
    assert [one.outcome for one in plan.results] == [Outcome.CHANGED, Outcome.REFUSED]


@pytest.mark.parametrize(
    "wrong",
    [None, [], {}, {"format": "x"}, {**head(), "version": 2}, {**head(), "users": []},
     {**head(), "limits": [{"x": "\0"}]}, {**head(), "integrations": {}},
     {**head(), "integrations": [{}] * 1001}],
)  # fmt: skip
def test_what_is_no_configuration_is_refused_whole(admin: Actor, wrong: Any):
    with pytest.raises(InvalidInput):
        look(wrong, by=admin, now=NOW)


def test_a_key_in_it_is_refused_and_not_repeated(admin: Actor):
    for item in (bedrock(credential=KEY), bedrock(config={"base_url": KEY}), {KEY: 1}):
        with pytest.raises(InvalidInput) as refused:
            look({**head(), "integrations": [item]}, by=admin, now=NOW)
        assert KEY not in f"{refused.value} {refused.value.fields}"
    # What is not recognised as a key is not repeated either.
    plan = look({**head(), "integrations": [{"a secret": "b secret"}]}, by=admin, now=NOW)
    assert "secret" not in str(plan)


def test_an_import_that_would_do_something_else_by_now_does_nothing(admin: Actor):
    furnished(admin)
    document = {**head(), "integrations": [bedrock(token_limit_month=7)]}
    plan = look(document, by=admin, now=NOW)
    row = Integration.objects.get(name="Bedrock")
    integrations.delete(integration_id=row.pk, by=admin, now=NOW)
    with pytest.raises(Moved, match="changed since"):
        apply(document, digest=plan.digest, by=admin, now=NOW)
    assert not Integration.objects.for_tenant(admin.tenant).filter(name="Bedrock").exists()


def test_a_credential_that_is_gone_is_told_by_its_id(admin: Actor):
    row = connected(admin)
    held = row.credential_ref.rpartition("/")[2]
    credentials.delete(credential_id=held, by=admin, now=NOW)
    document = exported(admin, now=NOW)
    assert document["integrations"][0]["credential"] == f"stored:{held}"
    assert not look(document, by=admin, now=NOW).changes_anything


def test_only_admins_take_it_out_or_bring_it_in(admin: Actor):
    reviewer = factories.make_actor(admin.tenant, role=Role.REVIEWER)
    for attempt in (
        lambda: exported(reviewer, now=NOW),
        lambda: look(head(), by=reviewer, now=NOW),
        lambda: apply(head(), digest="", by=reviewer, now=NOW),
    ):
        with pytest.raises(NotPermitted):
            attempt()


def test_a_file_that_is_too_large_or_no_json_is_told_so():
    for text in (b"{", b" " * (documents.MAX_BYTES + 1), b"\xff"):
        with pytest.raises(InvalidInput):
            documents.parsed(text)


def test_it_is_all_one_transaction(admin: Actor, monkeypatch: pytest.MonkeyPatch):
    furnished(admin)
    document = {**head(), "limits": [{"fail_mode": "open", "warn_at": [80]}]}
    plan = look(document, by=admin, now=NOW)

    def fails(**_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(importing.audit, "record", fails)
    with pytest.raises(ArithmeticError), transaction.atomic():
        apply(document, digest=plan.digest, by=admin, now=NOW)
    assert EnforcementConfig.objects.get(pk=admin.tenant.pk).fail_mode == "closed"
