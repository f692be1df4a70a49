"""Names that are one thing's of a tenant: saving under one, or saying that it is taken."""

from django.db import IntegrityError, models, transaction

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
