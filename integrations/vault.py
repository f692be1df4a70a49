"""Reading a tenant's secrets: by reference, by rule, and never unseen.

Who has no rule reads nothing, and every read, allowed or not, is written down.
"""

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import F, Q

from integrations import vaults
from integrations.domain import credentials, references
from integrations.domain.references import Reference, Scheme
from integrations.domain.states import Accessor, CredentialAction, Store
from integrations.domain.stores import VaultFault
from integrations.models import Credential, CredentialAccess, CredentialRule
from m25console.models import Tenant
from m25console.sealing import CannotUnseal, decrypted

NOBODY: Final = "fail-closed-default"  # the rule where there is none


class CannotResolve(Exception):  # noqa: N818 - a sentence for whoever set the integration up
    """The secret cannot be read; the text says why, and nothing of it."""


@dataclass(frozen=True)
class Reader:
    """Who wants to read a secret, and when."""

    tenant: Tenant
    accessor: Accessor
    label: str
    now: datetime


def resolve(reference: str, *, by: Reader) -> str:
    """The one value a reference stands for. Raises CannotResolve."""
    told = _parsed(reference, by.tenant)
    if told.scheme is Scheme.VAULT:
        return credentials.value_of(read(told.path, by=by))
    return _carried(told, by.tenant)


def why_unreadable(reference: str, *, tenant: Tenant, known: Container[str]) -> str:
    """Why a reference leads to nothing, as far as is known without reading a stored secret; empty
    if it leads somewhere. `known` are the ids of the tenant's credentials."""
    try:
        told = _parsed(reference, tenant)
        if told.scheme is not Scheme.VAULT:
            _carried(told, tenant)
    except CannotResolve as unreadable:
        return str(unreadable)
    gone = told.scheme is Scheme.VAULT and told.path not in known
    return "This credential was deleted." if gone else ""


def _parsed(reference: str, tenant: Tenant) -> Reference:
    try:
        return references.parse(
            reference, tenant_id=tenant.pk, is_development=settings.CREDENTIALS_FROM_ENVIRONMENT
        )
    except references.ReferenceFault as fault:
        raise CannotResolve(str(fault)) from None


def _carried(told: Reference, tenant: Tenant) -> str:
    """The secret of a reference that needs no vault. Raises CannotResolve."""
    if told.scheme is Scheme.ENVIRONMENT:
        return _variable(told.path)
    try:
        return decrypted(references.blob_of(told), tenant_id=tenant.pk).decode()
    except CannotUnseal as damaged:
        raise CannotResolve(str(damaged)) from None


def read(credential_id: str, *, by: Reader) -> Mapping[str, str]:
    """The parts of a stored secret. Raises CannotResolve; either way the read is written down.

    Not inside a transaction, nor with a row locked: the secret may lie outside.
    """
    row = Credential.objects.for_tenant(by.tenant).filter(pk=credential_id).first()
    if row is None:
        raise _refused(credential_id, by, "not_found", "This credential was deleted.")
    rule = _rule_for(row, by)
    if rule == NOBODY:
        told = f"No rule lets {by.accessor} read this credential. Allow it on its page."
        raise _refused(credential_id, by, "denied", told, rule=rule)
    if credentials.is_expired(row.expires_at, now=by.now):
        raise _refused(credential_id, by, "expired", "This credential has expired.", rule=rule)
    try:
        secret = opened(row)
    except VaultFault as fault:
        Credential.objects.filter(pk=row.pk).update(fault=fault.error)
        raise _refused(credential_id, by, fault.error, str(fault), rule=rule) from None
    _written(credential_id, by, success=True, rule=rule)
    Credential.objects.filter(pk=row.pk).update(
        access_count=F("access_count") + 1, last_accessed_at=by.now, fault=""
    )
    return secret


def opened(row: Credential) -> Mapping[str, str]:
    """The parts of a credential's secret, without asking who reads. Raises VaultFault.

    One that lies outside is asked for over the network: not inside a transaction.
    """
    return vaults.of(Store(row.store)).read(row.place, row.kept)


def _rule_for(row: Credential, by: Reader) -> str:
    rules = CredentialRule.objects.filter(tenant=by.tenant, accessor=by.accessor)
    rule = rules.filter(Q(credential=row) | Q(credential__isnull=True)).first()
    return f"rule-{rule.pk}" if rule else NOBODY


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise CannotResolve(f"The variable {name} is not set.")
    return value


def _refused(
    credential_id: str, by: Reader, error: str, told: str, *, rule: str = ""
) -> CannotResolve:
    _written(credential_id, by, success=False, rule=rule, error=error)
    return CannotResolve(told)


def _written(
    credential_id: str, by: Reader, *, success: bool, rule: str = "", error: str = ""
) -> None:
    CredentialAccess.objects.create(
        tenant=by.tenant, credential_id=credential_id, accessor=by.accessor,
        accessor_label=by.label[:254], action=CredentialAction.GET, success=success, rule=rule,
        error=error, at=by.now,
    )  # fmt: skip
