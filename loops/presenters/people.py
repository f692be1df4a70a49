"""People by the names others know them by."""

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf


def called(person: str) -> Coalesce:
    """The name of the person this foreign key leads to, as `str` of them says it; NULL for none."""
    full_name = NullIf(F(f"{person}__full_name"), Value(""))
    return Coalesce(full_name, F(f"{person}__username"))
