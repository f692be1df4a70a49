"""The keys, the sheet and the search, as the server gives them."""

import json
import re

import pytest
from django.test import Client

from m25console import people, shortcuts
from m25console.models import User
from m25console.shortcuts import Act
from m25console.vocabulary import Role
from tests import factories
from tests.m25console.builders import a_member, a_tenant, signed_in

pytestmark = pytest.mark.django_db


def table_on(browser: Client, address: str) -> dict[str, list[dict[str, str]]]:
    page = browser.get(address).content.decode()
    found = re.search(r'<script id="shortcuts" type="application/json">(.*?)</script>', page)
    assert found is not None
    table: dict[str, list[dict[str, str]]] = json.loads(found[1])
    return table


def test_no_key_stands_for_two_things_or_begins_another() -> None:
    keys = [key for one in shortcuts.declared() for key in one.keys]

    assert len(keys) == len(set(keys))
    assert not {key.split()[0] for key in keys if " " in key} & set(keys)


def test_only_an_answer_that_looks_at_the_risk_can_approve() -> None:
    approving = [one for one in shortcuts.declared() if "#answer-a" in one.target]

    assert [one.keys for one in approving] == [("a",)]
    assert approving[0].act is Act.ANSWER


def test_pages_carry_the_table_and_the_sheet_shows_the_same() -> None:
    browser = signed_in(a_member(a_tenant()))

    carried = {key for line in table_on(browser, "/members/")["lines"] for key in line["keys"]}
    shown = set(
        re.findall(r"<kbd>([^<]+)</kbd>", browser.get("/shortcuts?partial=sheet").content.decode())
    )

    assert carried == shown
    assert {"j", "k", "a", "r", "?", "Ctrl+k", "g q"} <= carried


def test_the_sheet_can_be_searched_without_javascript() -> None:
    page = signed_in(a_member(a_tenant())).get("/shortcuts?q=snooze&partial=sheet").content.decode()

    assert re.findall(r"<kbd>([^<]+)</kbd>", page) == ["z"]


def test_who_wants_no_bare_keys_gets_none() -> None:
    actor = a_member(a_tenant())
    assert isinstance(actor.user, User)
    people.prefer(actor.user, time_zone="", single_keys=False)

    lines = table_on(signed_in(actor), "/members/")["lines"]

    assert {key for line in lines for key in line["keys"]} == {"Ctrl+k", "Ctrl+Enter", "Escape"}


def test_no_key_leads_to_a_page_that_is_not_for_ones_role() -> None:
    tenant = a_tenant()
    viewer = signed_in(a_member(tenant, role=Role.VIEWER, username="vera"))
    admin = signed_in(a_member(tenant, role=Role.ADMIN))

    def led_to(browser: Client) -> set[str]:
        return {one["target"] for one in table_on(browser, "/members/")["lines"]}

    assert "/audit" in led_to(admin)
    assert "/audit" not in led_to(viewer)


def test_a_search_finds_pages_by_name_and_only_those_of_ones_role() -> None:
    tenant = a_tenant()
    admin = signed_in(a_member(tenant, role=Role.ADMIN))
    viewer = signed_in(a_member(tenant, role=Role.VIEWER, username="vera"))

    assert 'href="/tokens/"' in admin.get("/search?q=tok").content.decode().split("<main")[1]
    assert 'href="/tokens/"' not in viewer.get("/search?q=tok").content.decode()
    assert 'data-href="/members/"' in viewer.get("/search?partial=options&q=Mem").content.decode()


def test_an_id_leads_to_its_object_in_this_tenant_only() -> None:
    mine, other = a_tenant("acme"), a_tenant("globex")
    trace = factories.run_loop(mine, title="Seats sold twice")
    foreign = factories.run_loop(other, title="Seats sold twice")
    browser = signed_in(a_member(mine))

    def found(words: str) -> list[str]:
        page = browser.get("/search", {"q": words}).content.decode()
        return re.findall(r'<li><a href="([^"]+)"', page.split('class="found"')[-1])

    assert found(trace.pk) == [f"/loops/{trace.pk}"]
    assert foreign.pk not in str(found(foreign.pk))
    assert found("sold twice") == [
        f"/checkpoints/{factories.checkpoint_of(trace).pk}",
        f"/incidents/{trace.incident_id}",
    ]


def test_a_search_costs_the_same_however_much_there_is(django_assert_max_num_queries) -> None:
    tenant = a_tenant()
    factories.run_loops(tenant, times=3, title="Seats sold twice")
    browser = signed_in(a_member(tenant))

    with django_assert_max_num_queries(5):
        browser.get("/search?q=seats&partial=options")


@pytest.mark.parametrize("words", ["\0", "a\0b", "\u202e", "%", "_" * 5000, "'; DROP TABLE users"])
def test_whatever_is_looked_for_a_search_answers(words: str) -> None:
    browser = signed_in(a_member(a_tenant()))

    assert browser.get("/search", {"q": words}).status_code == 200
    assert browser.get("/shortcuts", {"q": words}).status_code == 200
