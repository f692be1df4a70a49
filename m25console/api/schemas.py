"""Shapes that every part of the API uses."""

from typing import Any, Final

from ninja import Schema

PLAIN: Final = r"^[^\x00]*$"  # text that PostgreSQL can compare and keep
type Links = dict[str, str]  # addresses of what belongs to an object, by what it is


class ErrorBody(Schema):
    code: str
    message: str
    fields: dict[str, list[str]] | None = None


class ErrorOut(Schema):
    """Why nothing was done. Some errors say more: a conflict names what it conflicts with."""

    error: ErrorBody


def refusals(*codes: int) -> dict[int, Any]:
    """The `response` entries of a route for these statuses; 401, 403 and 429 are always there.

    All look like ErrorOut, which the description says once it is asked for: Ninja makes a model for
    each entry that names one, and a thousand of them cost half a second whenever *web* starts.
    """
    return dict.fromkeys(sorted({401, 403, 429, *codes}))
