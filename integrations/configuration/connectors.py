"""Connectors in a configuration; what may be done through one is not part of it."""

from typing import Any, Final, Self

from django.db.models import QuerySet
from pydantic import Field, model_validator

from integrations.actions import connectors
from integrations.actions.connectors import Wanted
from integrations.configuration.items import Importing, Kind, Named, Text
from integrations.configuration.stored import Stored
from integrations.domain import connector_settings
from integrations.domain.connectors import ConnectorType
from integrations.models import Connector
from m25console.models import Tenant


class ConnectorItem(Named):
    connector_type: ConnectorType
    credential: Text = ""
    config: dict[Text, Any] = Field(default_factory=dict)
    metadata: dict[Text, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def with_usual_values(self) -> Self:
        """The configuration as it will be kept, so that it is found unchanged next time."""
        if "config" in self.model_fields_set:
            self.config = connector_settings.settled(self.connector_type, self.config)
        return self


def _rows(tenant: Tenant) -> QuerySet[Connector]:
    return Connector.objects.for_tenant(tenant).by_name()


def _told(row: Connector, stored: Stored) -> ConnectorItem:
    return ConnectorItem(
        name=row.name,
        connector_type=ConnectorType(row.connector_type),
        credential=stored.told(row.credential_ref) if row.credential_ref else "",
        config=row.config,
        metadata=row.metadata,
    )


def _check(item: ConnectorItem) -> None:
    connectors.check_addresses(item.connector_type, item.config)


def _put(item: ConnectorItem, row: Connector | None, importing: Importing) -> None:
    held = row.credential_ref if row else ""
    wanted = Wanted(
        name=item.name,
        kind=item.connector_type,
        config=item.config,
        credential_ref=importing.stored.meant(item.credential, held=held),
        metadata=item.metadata,
    )
    by, now = importing.by, importing.now
    if row is None:
        connectors.register(wanted=wanted, by=by, now=now)
    else:
        connectors.change(connector_id=row.pk, wanted=wanted, by=by, now=now)


KIND: Final = Kind("connectors", "Connectors", ConnectorItem, _rows, _told, _put, _check)
