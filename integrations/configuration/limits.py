"""What a tenant's limits are kept by, in a configuration."""

from typing import Final

from django.db.models import QuerySet
from pydantic import StrictInt

from integrations.actions import limits
from integrations.configuration.items import Importing, Item, Kind
from integrations.configuration.stored import Stored
from integrations.domain.states import FailMode
from integrations.models import EnforcementConfig
from m25console.models import Tenant

KEY: Final = "of all integrations"


class LimitsItem(Item):
    fail_mode: FailMode
    warn_at: list[StrictInt]

    @property
    def key(self) -> str:
        return KEY


def _rows(tenant: Tenant) -> QuerySet[EnforcementConfig]:
    return EnforcementConfig.objects.filter(pk=tenant.pk)


def _told(row: EnforcementConfig, _stored: Stored) -> LimitsItem:
    return LimitsItem(fail_mode=FailMode(row.fail_mode), warn_at=sorted(row.warn_at))


def _put(item: LimitsItem, _row: EnforcementConfig | None, importing: Importing) -> None:
    limits.set_up(
        fail_mode=item.fail_mode, warn_at=item.warn_at, by=importing.by, now=importing.now
    )


KIND: Final = Kind("limits", "Limits", LimitsItem, _rows, _told, _put)
