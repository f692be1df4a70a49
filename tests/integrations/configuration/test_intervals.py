import pytest

from integrations.configuration.documents import exported
from integrations.configuration.importing import apply, look
from integrations.domain.states import Provider
from integrations.models import DataSource, Integration
from m25console.access import Actor
from tests.integrations.building import NOW, an_integration
from tests.integrations.sourcing import a_source

pytestmark = pytest.mark.django_db


def test_how_often_things_are_checked_goes_out_and_comes_in_and_stays_where_it_is_not_told(
    admin: Actor,
):
    config = {"region": "eu-central-1"}
    an_integration(
        admin, name="Bedrock", provider=Provider.BEDROCK, config=config, check_every_seconds=900
    )
    a_source(admin, name="Orders", check_every_seconds=60)
    document = exported(admin, now=NOW)
    [integration], [source] = document["integrations"], document["data_sources"]
    assert (integration["check_every_seconds"], source["check_every_seconds"]) == (900, 60)
    del integration["check_every_seconds"]
    integration["token_limit_month"], source["check_every_seconds"] = 7, 3600
    plan = look(document, by=admin, now=NOW)
    apply(plan.document, digest=plan.digest, by=admin, now=NOW)
    row = Integration.objects.get()
    assert (row.token_limit_month, row.check_every_seconds) == (7, 900)
    assert DataSource.objects.get().check_every_seconds == 3600
    source["check_every_seconds"] = 5
    [refused] = [one for one in look(document, by=admin, now=NOW).results if one.reason]
    assert "every minute at most" in refused.reason
