"""How a long form is divided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField


@dataclass(frozen=True)
class Section:
    """Fields of a form that belong together, under a heading of their own."""

    title: str
    fields: Sequence[BoundField]
    about: str = ""


def sections_of(form: forms.Form, *named: tuple[str, Collection[str], str]) -> list[Section]:
    """A form divided, in its own order: each section by its title, the names of its fields and a
    sentence about them; without those of which the form has no field."""
    divided = [
        Section(title, [one for one in form if one.name in names], about)
        for title, names, about in named
    ]
    return [one for one in divided if one.fields]
