from django.utils import timezone

from integrations.domain.sources import SourceType
from integrations.models import DataSource
from integrations.sample import sources
from integrations.sample.providers import PROVIDER
from m25console.access import Actor
from tests.endpoints import Endpoint


def test_the_demo_has_a_source_of_each_type_once(admin: Actor, endpoint: Endpoint):
    for _twice in range(2):
        sources.furnish(admin, {PROVIDER: endpoint.host}, timezone.now())
    told = {one.source_type: one.status for one in DataSource.objects.all()}
    assert set(told) == set(SourceType)
    assert (told["api"], told["database"], told["file"]) == ("active", "error", "error")
    assert (told["document"], told["custom"]) == ("pending", "deprecated")
