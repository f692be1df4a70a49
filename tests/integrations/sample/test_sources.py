from django.utils import timezone

from integrations.domain.sources import SourceType
from integrations.models import Connector, DataSource
from integrations.sample import connectors, databases, sources
from integrations.sample.providers import PROVIDER
from m25console.access import Actor
from tests.endpoints import Endpoint


def test_the_demo_has_a_source_of_each_type_once(admin: Actor, endpoint: Endpoint, settings):
    with databases.servers() as told:
        settings.OUTBOUND_ALLOW = frozenset({endpoint.host, *told.values()})
        for _twice in range(2):
            sources.furnish(admin, {PROVIDER: endpoint.host, **told}, timezone.now())
        connectors.furnish(admin, {PROVIDER: endpoint.host, **told}, timezone.now())
    found = {one.source_type: (one.status, one.last_error) for one in DataSource.objects.all()}
    assert set(found) == set(SourceType)
    assert [found[one][0] for one in ("api", "document", "custom")] == [
        "active", "active", "deprecated",
    ]  # fmt: skip
    # What arrives at the shop's port is handed on to a server that knows no such account here.
    assert "does not know this user" in found["database"][1]
    assert Connector.objects.count() == 2
