"""What to do about a message that could not be delivered, from what was said about it."""

import re
from collections.abc import Mapping
from typing import Final

_ANSWERED: Final = re.compile(r"^The (endpoint|mail server) answered (\d{3})")
_HOOK: Final[Mapping[int, str]] = {
    401: "It refuses us: check there that it takes what is signed with the secret in use.",
    403: "It refuses us: check there that it takes what is signed with the secret in use.",
    404: "Nothing is at this address any more: enter the one in use.",
    410: "Nothing is at this address any more: enter the one in use.",
    429: "It was asked too often: send it again later.",
}
_AWAY: Final = "It cannot be reached: see that it runs and takes connections; then send it again."
# By a part of what outbound requests, the mail carrier and the sealing of secrets say.
_SAID: Final[Mapping[str, str]] = {
    "M25_SMTP_URL": "The operator of the console sets a mail server up.",
    "mail server could not be used": "The operator looks at the mail server; then send it again.",
    "master key": "Replace the secret, or enter the address anew if it is Slack's.",
    "another version of the console": "Replace the secret.",
    "certificate": "Whoever runs it renews its certificate; then send it again.",
    "leads nowhere": "Check the address for a slip.",
    "not a public address": "The operator can allow the address; else enter another.",
    "Only https://": "Enter an address that begins with https://.",
    "did not come back": "Nothing is wrong with the channel: send it again.",
    "no whole answer": _AWAY,
    "does not take connections": _AWAY,
    "The connection to": _AWAY,
}
_SERVER_OF_THEIRS: Final = "It has a fault of its own: tell whoever runs it; then send it again."
_UNKNOWN: Final = "Send a test: what comes back may tell more."
_MAILBOX: Final = "The mailbox does not exist or takes nothing: check the address."


def remedy(error: str) -> str:
    """What to do, in a sentence; empty if there is no fault."""
    if not error:
        return ""
    if answered := _ANSWERED.match(error):
        status = int(answered[2])
        if answered[1] == "mail server":
            return _MAILBOX if status >= 500 else _SERVER_OF_THEIRS
        if 300 <= status < 400:
            return "Enter the address that this one leads to."
        return _HOOK.get(status, _SERVER_OF_THEIRS)
    return next((told for part, told in _SAID.items() if part in error), _UNKNOWN)
