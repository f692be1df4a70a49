"""What refers to which secret, and what should be done about each: no secret is read for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations import uses, vault
from integrations.domain import hygiene, references
from integrations.domain.hygiene import Concern, Standing
from integrations.domain.states import Store
from integrations.models import Credential, SecretLeft
from integrations.presenters.credentials import NEWEST, STORES, fault_of
from integrations.uses import Use
from m25console import keyset
from m25console.access import Actor
from m25console.keyset import Page, Place
from m25console.looks import Look
from m25console.models import Tenant

LOOKS: Final[Mapping[Concern, Look]] = {
    Concern.UNREADABLE: Look("Cannot be read", "bad", "circle-x"),
    Concern.EXPIRED: Look("Expired", "bad", "clock"),
    Concern.EXPIRING: Look("Ends within 7 days", "warn", "hourglass"),
    Concern.DUE: Look("To be replaced", "warn", "rotate"),
    Concern.UNUSED: Look("Not used", "idle", "circle-dashed"),
}
LEFT: Final = 20
OTHERS: Final = 100


@dataclass(frozen=True)
class Tab:
    """The credentials of one concern, and how many they are."""

    concern: Concern
    text: str
    count: int


@dataclass(frozen=True)
class HygieneRow:
    """A credential: how it stands, and what breaks if it is revoked."""

    row: Credential
    store: str
    looks: Sequence[Look]
    used_by: Sequence[Use]


@dataclass(frozen=True)
class OtherReference:
    """A reference to no stored credential; `fault` is why it leads to nothing."""

    masked: str
    fault: str
    used_by: Sequence[Use]


@dataclass(frozen=True)
class Hygiene:
    """How all of a tenant's credentials stand."""

    tenant: Tenant
    used: Mapping[str, Sequence[Use]]
    concerns: Mapping[str, frozenset[Concern]]  # by the credential's id

    def tabs(self) -> list[Tab]:
        """Every concern, the most pressing first."""
        return [Tab(one, look.text, len(self.of(one))) for one, look in LOOKS.items()]

    def of(self, concern: Concern) -> list[str]:
        """The ids of the credentials it is about."""
        return [pk for pk, several in self.concerns.items() if concern in several]

    def rows(
        self, shown: Concern | None, *, place: Place
    ) -> tuple[Page[Credential], list[HygieneRow]]:
        """A page of the credentials of one concern, or of all: one query."""
        rows = Credential.objects.for_tenant(self.tenant).defer("sealed_secret")
        rows = rows if shown is None else rows.filter(pk__in=self.of(shown))
        page = keyset.page(rows, order=NEWEST, place=place)
        return page, [self._row(one) for one in page.rows]

    def others(self) -> list[OtherReference]:
        """What is referred to beside stored credentials, what leads nowhere first."""
        stored = {self._reference(pk) for pk in self.concerns}
        told = [
            OtherReference(references.masked(one), self._fault(one), several)
            for one, several in self.used.items()
            if one not in stored
        ]
        return sorted(told, key=lambda one: (not one.fault, one.masked))[:OTHERS]

    def _row(self, row: Credential) -> HygieneRow:
        looks = [look for one, look in LOOKS.items() if one in self.concerns[row.pk]]
        used_by = self.used.get(self._reference(row.pk), ())
        return HygieneRow(row, STORES[Store(row.store)], looks, used_by)

    def _reference(self, credential_id: str) -> str:
        return references.of_credential(credential_id, tenant_id=self.tenant.pk)

    def _fault(self, reference: str) -> str:
        return vault.why_unreadable(reference, tenant=self.tenant, known=self.concerns)


def of(actor: Actor, *, now: datetime) -> Hygiene:
    """How the tenant's credentials stand: two queries."""
    used = uses.of(actor.tenant)
    rows = Credential.objects.for_tenant(actor.tenant).order_by("-created_at", "-id")
    light = rows.only(
        "tenant_id", "store", "key_version", "fault", "expires_at", "secret_rotated_at",
        "rotate_every_days",
    )  # fmt: skip
    return Hygiene(actor.tenant, used, {row.pk: _concerns(row, used, now) for row in light})


def left_outside(actor: Actor) -> list[SecretLeft]:
    """Secrets that no credential keeps and no vault has erased yet: one query."""
    rows = SecretLeft.objects.filter(tenant=actor.tenant, tries__gt=0)
    return list(rows.order_by("due_at", "id")[:LEFT])


def _concerns(
    row: Credential, used: Mapping[str, Sequence[Use]], now: datetime
) -> frozenset[Concern]:
    standing = Standing(
        expires_at=row.expires_at,
        rotated_at=row.secret_rotated_at,
        rotate_every_days=row.rotate_every_days,
        is_readable=not fault_of(row),
        is_used=references.of_credential(row.pk, tenant_id=row.tenant_id) in used,
    )
    return hygiene.concerns(standing, now=now)
