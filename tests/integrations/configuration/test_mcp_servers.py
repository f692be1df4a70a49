import pytest

from integrations.actions import mcp_servers
from integrations.configuration.documents import exported
from integrations.configuration.importing import look
from integrations.domain.configuration import Outcome
from m25console.access import Actor
from tests import factories
from tests.integrations.building import NOW

pytestmark = pytest.mark.django_db


def test_a_servers_policy_goes_out_by_its_id_and_is_no_other_tenants(
    admin: Actor, other_admin: Actor
):
    policy = factories.make_rule(admin.tenant).pk
    server = mcp_servers.Wanted("Tools", "https://8.8.8.8/mcp", default_policy_id=policy)
    mcp_servers.register(wanted=server, by=admin, now=NOW)
    document = exported(admin, now=NOW)
    assert document["mcp_servers"][0]["default_policy_id"] == policy
    assert not look(document, by=admin, now=NOW).changes_anything
    [refused] = look(document, by=other_admin, now=NOW).results
    assert (refused.outcome, "no such policy" in refused.reason) == (Outcome.REFUSED, True)
