"""Finding rows by the words that are kept with them, as `loops.domain.search` says.

PostgreSQL's full text is used without a language, since the words are ids, names and messages.
Trigrams would also find the middle of a word, but the private server has no pg_trgm.
"""

from django.contrib.postgres.search import SearchQueryField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Cast

from loops.domain import search


class _Matches(Func):
    """Kept words against a query. Django's own lookup would have the query parsed as language,
    which knows no letters beyond English where the database's locale is C."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = models.BooleanField()


def finds(column: str, text: str) -> Func:
    """Whether every word of the text begins a word of the column; nothing for one without words."""
    return _Matches(F(column), Cast(Value(search.asked(text)), SearchQueryField()))
