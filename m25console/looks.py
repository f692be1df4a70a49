"""How a state looks: a word, a colour family and an icon. The word alone must be enough."""

from dataclasses import dataclass

from django.utils.translation import gettext


@dataclass(frozen=True)
class Look:
    """What a badge shows; `tone` names a class of the style sheet."""

    english: str
    tone: str
    icon: str

    @property
    def text(self) -> str:
        """The word in the reader's language."""
        return gettext(self.english)
