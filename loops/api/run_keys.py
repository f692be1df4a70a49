"""How an address names a run, whose id is its sender's free text."""

import base64
import binascii
from typing import Final

from m25console.refusals import NotFound

CODED: Final = "~"  # begins a name that is the id in base64, for what an address cannot hold


def name_of(run_id: str) -> str:
    """The run's name in an address, still to be quoted: its id, or if that holds a slash, begins
    with a tilde or is all dots, a tilde and the id in base64url."""
    plain = "/" not in run_id and not run_id.startswith(CODED) and run_id.strip(".")
    if plain:
        return run_id
    return CODED + base64.urlsafe_b64encode(run_id.encode()).decode().rstrip("=")


def run_id_of(name: str) -> str:
    """The id behind a name in an address. Raises NotFound for what names nothing."""
    if not name.startswith(CODED):
        return name
    coded = name.removeprefix(CODED)
    try:
        return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise NotFound("There is no such run.") from None
