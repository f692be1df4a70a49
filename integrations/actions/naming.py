"""Names that are one thing's of a tenant: saving under one, or saying that it is taken."""

from collections.abc import Collection

from django.db import IntegrityError, models, transaction

from integrations.domain import credentials
from integrations.models import Credential
from m25console.models import Tenant
from m25console.refusals import WrongState


def save(
    row: models.Model,
    *,
    constraint: str,
    noun: str,
    is_new: bool = False,
    refusal: type[WrongState] = WrongState,
) -> None:
    """Save the row. Raises the `refusal` where `constraint` says that another has its name."""
    try:
        with transaction.atomic():
            row.save(force_insert=is_new)
    except IntegrityError as taken:
        if constraint not in str(taken):
            raise
        message = f"There is {noun} “{row}” already; choose another name."
        raise refusal(message) from None


def of_secret(owner: str, parts: Collection[str], *, tenant: Tenant) -> str:
    """A free name for the credential that is stored with the thing called `owner`: one query."""
    names = Credential.objects.for_tenant(tenant).values_list("name", flat=True)
    return credentials.name_for(owner, parts, taken=set(names))
