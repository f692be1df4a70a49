"""Long forms are divided; no field is left out or shown twice."""

from collections.abc import Iterator

import pytest

from integrations.domain.connectors import ConnectorType
from integrations.domain.engines import Engine
from integrations.domain.states import Provider
from integrations.forms.connectors import ConnectorForm
from integrations.forms.integrations import IntegrationForm
from integrations.forms.mcp_servers import McpServerForm
from integrations.forms.sources import SourceForm

STORED = [("cus-vault://ten_1/cred_1", "A key")]


def divided_forms() -> Iterator[object]:
    for provider in Provider:
        yield IntegrationForm(provider=provider, stored=STORED)
    for engine in Engine:
        yield SourceForm(engine=engine)
    for kind in ConnectorType:
        yield ConnectorForm(kind=kind, stored=STORED)
    yield McpServerForm(stored=STORED, policies=[])


@pytest.mark.parametrize("form", list(divided_forms()), ids=lambda form: type(form).__name__)
def test_every_field_stands_in_one_section(form):
    shown = [field.name for section in form.sections for field in section.fields]
    assert sorted(shown) == sorted(form.fields)
