"""Connections to providers in a configuration."""

from typing import Annotated, Final

from django.db.models import QuerySet
from pydantic import Field

from integrations.actions import integrations
from integrations.actions.integrations import Wanted
from integrations.configuration.items import Importing, Kind, Named, Text
from integrations.configuration.stored import Stored
from integrations.domain import health
from integrations.domain.states import IntegrationStatus, Provider
from integrations.models import Integration
from m25console.models import Tenant

type Whole = Annotated[int, Field(strict=True)]


class IntegrationItem(Named):
    provider_type: Provider
    credential: Text
    config: dict[Text, Text] = Field(default_factory=dict)
    default_model: Text | None = None
    budget_limit_cents: Whole = 0
    token_limit_month: Whole = 0
    rate_limit_rpm: Whole = 0
    enforces: bool = True
    check_every_seconds: Whole = health.EVERY
    enabled: bool = False


def _rows(tenant: Tenant) -> QuerySet[Integration]:
    return Integration.objects.for_tenant(tenant).order_by("name", "pk")


def _told(row: Integration, stored: Stored) -> IntegrationItem:
    return IntegrationItem(
        name=row.name,
        provider_type=Provider(row.provider_type),
        credential=stored.told(row.credential_ref),
        config=row.config,
        default_model=row.default_model,
        budget_limit_cents=row.budget_limit_cents,
        token_limit_month=row.token_limit_month,
        rate_limit_rpm=row.rate_limit_rpm,
        enforces=row.enforces,
        check_every_seconds=row.check_every_seconds,
        enabled=row.status == IntegrationStatus.ENABLED,
    )


def _check(item: IntegrationItem) -> None:
    integrations.check_addresses(item.provider_type, item.config)


def _put(item: IntegrationItem, row: Integration | None, importing: Importing) -> None:
    held = row.credential_ref if row else ""
    wanted = Wanted(
        name=item.name,
        provider=item.provider_type,
        credential_ref=importing.stored.meant(item.credential, held=held),
        config=item.config,
        default_model=item.default_model,
        budget_limit_cents=item.budget_limit_cents,
        token_limit_month=item.token_limit_month,
        rate_limit_rpm=item.rate_limit_rpm,
        enforces=item.enforces,
        check_every_seconds=item.check_every_seconds,
    )
    by, now = importing.by, importing.now
    was_enabled = row is not None and row.status == IntegrationStatus.ENABLED
    if row is None:
        row = integrations.create(wanted=wanted, by=by, now=now)
    else:
        row = integrations.change(integration_id=row.pk, wanted=wanted, by=by, now=now)
    if item.enabled != was_enabled:
        switch = integrations.enable if item.enabled else integrations.disable
        switch(integration_id=row.pk, by=by, now=now)


KIND: Final = Kind("integrations", "Integrations", IntegrationItem, _rows, _told, _put, _check)
