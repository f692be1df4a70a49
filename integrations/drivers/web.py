"""Web APIs and vector databases that are asked over HTTP."""

import base64
from collections.abc import Mapping
from typing import Final

from integrations.domain.reaching import Reach
from integrations.domain.sources import AuthType
from integrations.drivers import visits
from integrations.drivers.visits import Refused, Sample, Unready
from m25console.courses import Course

ALLOWED_STATUS: Final = range(200, 400)


def headers_of(reach: Reach) -> Mapping[str, str]:
    """How one signs in. Raises Unready for what no header can carry."""
    signed: dict[str, str] = {}
    if reach.auth_type == AuthType.BASIC:
        pair = f"{reach.username}:{reach.password}".encode()
        signed = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    elif reach.api_key:
        header = str(reach.options.get("header") or "")
        signed = {header: reach.api_key} if header else {"Authorization": f"Bearer {reach.api_key}"}
    for name, value in signed.items():
        if not name.replace("-", "").isalnum() or not name.isascii():
            raise Unready("The header of the key has a name that no header can have.")
        if not (value.isascii() and value.isprintable()):
            raise Unready("This key has characters that no header can carry. Enter it again.")
    return signed


def look(reach: Reach, course: Course) -> Sample:
    """Ask for the path of a test. Raises ForbiddenTarget, NoAnswer or Refused."""
    if not reach.verifies:
        raise Unready("The certificate of a web server is always checked: switch that on.")
    answer = visits.ask(course, reach.url, headers=headers_of(reach))
    if answer.status == 401:
        raise Refused("The server does not take this key or password.")
    course.reached()
    if answer.status == 403:
        raise Refused("The server knows the account and does not allow it to ask this.")
    course.reached()
    if answer.status not in ALLOWED_STATUS:
        raise Refused(f"The server answered {answer.status}; check the path.")
    kind = visits.words_of(Exception(answer.headers.get("content-type", "")), reach)
    return Sample(told=f"It answered {answer.status}{f' with {kind}' if kind else ''}.")
