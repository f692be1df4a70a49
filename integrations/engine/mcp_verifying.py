"""Proving that a tenant's chain of events is as it was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from integrations.domain.mcp_audit import START, Broken, Link, first_broken
from integrations.models import McpAuditEvent, McpChain
from m25console.models import Tenant

MOST: Final = 50_000  # events of one request
AT_ONCE: Final = 1_000  # of one query


@dataclass(frozen=True)
class Verified:
    """What was found: `checked` events up to number `through` of `last`; `broken` is the first
    place that does not hold. There is more to check if `through` is less than `last`."""

    checked: int
    through: int
    last: int
    seal: str  # of the event at `through`
    broken: Broken | None = None

    @property
    def is_whole(self) -> bool:
        return self.broken is None

    @property
    def is_finished(self) -> bool:
        return self.broken is not None or self.through >= self.last


def verify(tenant: Tenant, *, after: int = 0, most: int = MOST) -> Verified:
    """Check at most `most` events after number `after`, which is taken as good, up to where the
    chain ends now."""
    chain = McpChain.objects.filter(pk=tenant.pk).first()
    last, end = (chain.number, chain.last_hash) if chain else (0, START)
    through = min(after + most, last)
    previous = _seal_at(tenant, after)
    links = _Reading(tenant, after=after, through=through)
    broken = first_broken(links, after=after, previous=previous)
    checked = links.number - after
    if broken is None and links.number < through:
        broken = Broken(links.number + 1, "", "The events from here on are missing.")
    if broken is None and through == last and _seal_at(tenant, last) != end:
        broken = Broken(last, "", "The chain does not end with the event it ended with.")
    return Verified(checked, links.number, last, _seal_at(tenant, links.number), broken)


class _Reading:
    """The events of a stretch, in order; `number` is that of the last one read."""

    def __init__(self, tenant: Tenant, *, after: int, through: int) -> None:
        self.tenant, self.number, self.through = tenant, after, through

    def __iter__(self) -> Iterator[Link]:
        rows = McpAuditEvent.objects.for_tenant(self.tenant).order_by("number")
        while True:
            found = list(rows.filter(number__gt=self.number, number__lte=self.through)[:AT_ONCE])
            for one in found:
                self.number = one.number
                yield one.link()
            if len(found) < AT_ONCE:
                return


def _seal_at(tenant: Tenant, number: int) -> str:
    rows = McpAuditEvent.objects.for_tenant(tenant).filter(number=number)
    return rows.values_list("integrity_hash", flat=True).first() or START
