import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories

PAGED = ["/incidents", "/loops", "/checkpoints", "/patterns", "/policies", "/adjustments"]


@pytest.fixture
def seven(tenant):
    """Seven loops, each of a failure of its own and waiting for a person."""
    return [factories.run_loop(tenant, error_type=f"type_{n}") for n in range(7)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("path", ["/incidents", "/loops", "/checkpoints", "/patterns"])
def test_pages_hold_everything_once_and_in_order(machine, seven, path, limit):
    whole = machine.get(path).json()
    assert (len(whole["items"]), whole["next"], whole["next_cursor"]) == (7, None, None)
    pages = list(_pages(machine, path, limit=limit))
    assert [one for page in pages for one in page["items"]] == whole["items"]
    assert len(pages) == -(-7 // limit)


def _pages(machine, path, **query):
    page = machine.get(path, **query).json()
    yield page
    while page["next_cursor"]:
        by_address = machine.client.get(
            page["next"], headers={"Authorization": f"Bearer {machine.token}"}
        ).json()
        page = machine.get(path, **query, cursor=page["next_cursor"]).json()
        assert by_address == page
        yield page


def test_equal_times_do_not_hide_rows(machine, tenant):
    machine.post("/incidents/batch", {"incidents": [{"error_type": "x"}] * 25})
    pages = list(_pages(machine, "/incidents", limit=4))
    ids = [one["incident_id"] for page in pages for one in page["items"]]
    assert len(ids) == len(set(ids)) == 25


def test_rows_that_arrive_do_not_shift_the_next_page(machine, seven):
    first = machine.get("/incidents", limit=3).json()
    rest = machine.get("/incidents", cursor=first["next_cursor"]).json()["items"]
    machine.post("/incidents", {"error_type": "late"})
    again = machine.get("/incidents", cursor=first["next_cursor"]).json()["items"]
    assert again == rest


def test_the_address_of_the_next_page_keeps_the_filters(machine, seven):
    page = machine.get("/loops", outcome="waiting", limit=2).json()
    assert "outcome=waiting" in page["next"]
    assert "limit=2" in page["next"]


@pytest.mark.parametrize("cursor", ["x", "x:y", "WyJhIl0", "0" * 500, "a\0b", "é"])
@pytest.mark.parametrize("path", PAGED)
def test_a_cursor_nobody_gave_out_is_refused(machine, path, cursor):
    answer = machine.get(path, cursor=cursor)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_the_cursor_of_another_list_is_refused(machine, seven):
    cursor = machine.get("/incidents", limit=2).json()["next_cursor"]
    assert machine.get("/loops", cursor=cursor).status_code == 400
    frequent = machine.get("/patterns", order="frequent", limit=2).json()["next_cursor"]
    assert machine.get("/patterns", cursor=frequent).status_code == 400


@pytest.mark.parametrize("limit", [0, 201, -1, "all", ""])
@pytest.mark.parametrize("path", PAGED)
def test_the_size_of_a_page_is_bounded(machine, path, limit):
    answer = machine.get(path, limit=limit)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == ["limit"]


@pytest.mark.parametrize("path", PAGED)
def test_a_page_costs_two_queries_whatever_it_holds(machine, seven, path):
    machine.get(path)
    with CaptureQueriesContext(connection) as queries:
        machine.get(path)
    assert len(queries) == 2  # the token and the page


@pytest.mark.parametrize(
    ("path", "queries"),
    [("", 2), ("/events", 3), ("/narrative", 7)],
)
def test_a_loop_costs_a_fixed_number_of_queries(machine, seven, path, queries):
    machine.get("/stats")
    with CaptureQueriesContext(connection) as counted:
        machine.get(f"/loops/{seven[0].pk}{path}")
    assert len(counted) <= queries


def test_figures_cost_a_fixed_number_of_queries(machine, seven):
    machine.get("/stats")
    with CaptureQueriesContext(connection) as counted:
        machine.get("/stats", hours=720)
    assert len(counted) == 8
