"""Data sources in a configuration. Their secrets are not part of it, nor whether they are active:
one that is new is tested where it is now, once its secrets were entered."""

from typing import Any, Final, Self

from django.db.models import QuerySet
from pydantic import Field, StrictInt, model_validator

from integrations.actions import sources
from integrations.actions.sources import Stored, Wanted
from integrations.configuration.items import Importing, Kind, Named, Text
from integrations.configuration.stored import Stored as Credentials
from integrations.domain import health, source_configs
from integrations.domain.sources import SourceType
from integrations.models import DataSource
from integrations.models.ids import new_source_id
from m25console.models import Tenant
from m25console.refusals import InvalidInput
from m25console.vocabulary import Role

BELONGS_ELSEWHERE: Final = "A secret does not belong here: enter it at the data source"


class SourceItem(Named):
    source_type: SourceType
    config: dict[Text, Any] = Field(default_factory=dict)
    description: Text = ""
    tags: list[Text] = Field(default_factory=list)
    metadata: dict[Text, Any] = Field(default_factory=dict)
    access_roles: list[Role] = Field(default_factory=list)
    check_every_seconds: StrictInt = health.EVERY

    @model_validator(mode="after")
    def without_secrets(self) -> Self:
        """Settings that nobody may see are left out; one that is told is refused."""
        if "config" in self.model_fields_set and not source_configs.faults(self.config):
            shown, told = source_configs.split(self.config)
            if told:
                raise ValueError(BELONGS_ELSEWHERE)
            self.config = source_configs.joined(shown, {})
        return self


def _rows(tenant: Tenant) -> QuerySet[DataSource]:
    return DataSource.objects.for_tenant(tenant).by_name()


def _told(row: DataSource, _stored: Credentials) -> SourceItem:
    return SourceItem(
        name=row.name,
        source_type=SourceType(row.source_type),
        config=row.config,
        description=row.description,
        tags=row.tags,
        metadata=row.metadata,
        access_roles=[Role(one) for one in row.access_roles],
        check_every_seconds=row.check_every_seconds,
    )


def _check(item: SourceItem) -> None:
    sources.check(item.source_type, _wanted(item), item.config, is_new=True)


def _put(item: SourceItem, row: DataSource | None, importing: Importing) -> None:
    by, now, wanted = importing.by, importing.now, _wanted(item)
    if row is None:
        made = Stored(new_source_id(), item.config)
        sources.register(source_type=item.source_type, wanted=wanted, stored=made, by=by, now=now)
        return
    if item.source_type != row.source_type:
        raise InvalidInput("A data source keeps its type; register a new one instead.")
    config = source_configs.with_marks_of(row.config, item.config)
    kept = Stored(row.pk, config, row.credential_ref, row.config_version)
    sources.change(source_id=row.pk, wanted=wanted, stored=kept, by=by, now=now)


def _wanted(item: SourceItem) -> Wanted:
    return Wanted(
        name=item.name,
        description=item.description,
        tags=item.tags,
        metadata=item.metadata,
        access_roles=item.access_roles,
        check_every_seconds=item.check_every_seconds,
    )


KIND: Final = Kind("data_sources", "Data sources", SourceItem, _rows, _told, _put, _check)
