"""Folders of this machine, as far as the operator allows them."""

import os
from itertools import islice
from pathlib import Path
from typing import Final

from integrations.domain.reaching import Reach
from integrations.drivers import visits
from integrations.drivers.visits import Refused, Sample
from m25console.courses import Course

LOOKED_THROUGH: Final = 1000  # entries, so that a look at a huge folder ends


def opened(reach: Reach) -> Path:
    """The folder as it really is. Raises ForbiddenTarget outside the operator's, or Refused."""
    folder = visits.allowed(reach.database)
    if not folder.is_dir():
        raise Refused("There is no such folder.")
    return folder


def look(reach: Reach, course: Course) -> Sample:
    """See that it can be read, and list what is in it. Raises as `opened` does."""
    folder = opened(reach)
    try:
        with os.scandir(folder) as entries:
            names = sorted(one.name for one in islice(entries, LOOKED_THROUGH))
    except OSError:
        raise Refused("The console may not read this folder.") from None
    visits.note_rights(course, may_write=os.access(folder, os.W_OK))
    return visits.sample_of(names, "file")
