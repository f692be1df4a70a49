"""Parts of model definitions that both apps share."""

from enum import IntEnum, StrEnum

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact


def choices_of(states: type[StrEnum | IntEnum]) -> list[tuple[str | int, str]]:
    """Django choices for a pure enum: stored value, human label."""
    return [(state.value, state.name.replace("_", " ").capitalize()) for state in states]


def one_of(field: str, states: type[StrEnum | IntEnum], *, name: str) -> models.CheckConstraint:
    """A database check that `field` holds one of `states`, or null where the column allows it.

    Choices alone check nothing; a check whose outcome is unknown, as for null, passes.
    """
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": [state.value for state in states]}), name=name
    )


def some_of(field: str, states: type[StrEnum], *, name: str) -> models.CheckConstraint:
    """A database check that the JSON `field` is a list of one or more of `states`."""
    kind = Func(F(field), function="jsonb_typeof", output_field=models.TextField())
    return models.CheckConstraint(
        condition=Q(Exact(kind, "array"))
        & Q(**{f"{field}__contained_by": sorted(state.value for state in states)})
        & ~Q(**{field: []}),
        name=name,
    )


def probability(field: str, *, name: str) -> models.CheckConstraint:
    """A database check that `field` lies in [0, 1], or is null where the column allows it."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__gte": 0, f"{field}__lte": 1}), name=name
    )
