import pytest

from loops.api.overload import backlog
from m25console.models import Tenant
from m25console.vocabulary import Scope
from tests import factories
from tests.machines import Machine, machine_of


@pytest.fixture(autouse=True)
def fresh_backlog() -> None:
    """What an earlier test left due must not refuse this one."""
    backlog.forget()


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def machine(tenant: Tenant) -> Machine:
    """A machine that may do everything, and decides in a reviewer's name."""
    reviewer = factories.make_actor(tenant)
    return machine_of(tenant, scopes=Scope, decides_for=reviewer.user)
