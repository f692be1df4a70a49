import pytest

from loops.api.overload import backlog, crowding
from loops.models import Incident
from m25console.vocabulary import Scope
from tests import factories
from tests.machines import machine_of


@pytest.mark.parametrize(
    ("counts", "refused"),
    [
        ({}, set()),
        ({"a": 99}, set()),
        ({"a": 60, "b": 39}, set()),
        ({"a": 100}, {"a"}),
        ({"a": 90, "b": 10}, {"a"}),
        ({"a": 50, "b": 50}, {"a", "b"}),
        ({"noisy": 91, **{f"quiet{n}": 1 for n in range(9)}}, {"noisy"}),
    ],
)
def test_only_who_crowds_a_full_backlog_is_refused(counts, refused):
    assert crowding(counts, limit=100) == refused


@pytest.fixture
def small_backlog(settings):
    settings.MAX_BACKLOG = 10


@pytest.mark.usefixtures("small_backlog")
def test_a_tenant_with_too_many_due_loops_has_to_wait(machine, tenant):
    factories.report(tenant, times=10)
    for path in ("/incidents", "/incidents/batch"):
        answer = machine.post(path, {"error_type": "timeout"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_requests")
        assert int(answer["Retry-After"]) > 0
    assert Incident.objects.count() == 10


@pytest.mark.usefixtures("small_backlog")
def test_another_tenant_is_let_in_meanwhile(machine, tenant):
    factories.report(tenant, times=20)
    quiet = machine_of(factories.make_tenant(), scopes=[Scope.INCIDENTS_WRITE])
    assert quiet.post("/incidents", {"error_type": "timeout"}).status_code == 202


@pytest.mark.usefixtures("small_backlog")
def test_a_tenant_is_let_in_again_when_its_loops_are_worked_off(machine, tenant):
    factories.report(tenant, times=10)
    assert machine.post("/incidents", {"error_type": "timeout"}).status_code == 429
    factories.advance()
    backlog.forget()
    assert machine.post("/incidents", {"error_type": "timeout"}).status_code == 202


@pytest.mark.usefixtures("small_backlog")
def test_reading_is_never_refused_for_it(machine, tenant):
    factories.report(tenant, times=10)
    assert machine.post("/incidents", {"error_type": "timeout"}).status_code == 429
    assert machine.get("/incidents").status_code == 200


def test_the_backlog_is_looked_at_once_in_a_while(machine, django_assert_num_queries):
    machine.post("/incidents", {"error_type": "timeout"})
    with django_assert_num_queries(8):
        for _ in range(4):
            machine.post("/incidents", {"error_type": "timeout"})
