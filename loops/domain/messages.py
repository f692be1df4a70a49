"""Messages as they are read elsewhere: plain text, HTML, Slack's blocks.

A message says what is asked, how risky it is and until when, and leads to the page. It never holds
what was sent to the console, and its links decide nothing.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.domain.legible import legible
from loops.domain.states import Event, Risk

MAX_SENTENCE: Final = 300  # characters
MAX_SUBJECT: Final = 150
SHOWN: Final = 15  # of what a message bundles; Slack takes fifty blocks
DIGEST_SHOWN: Final = 12  # characters of a contract's digest
RISKS: Final[Mapping[int, str]] = {
    Risk.LOW: "low risk",
    Risk.MEDIUM: "medium risk",
    Risk.HIGH: "high risk",
}
_MANY: Final[Mapping[Event, str]] = {
    Event.ASKED: "new questions",
    Event.REMINDED: "reminders",
    Event.ESCALATED: "escalated questions",
    Event.DECIDED: "decisions",
    Event.LAPSED: "lapsed questions",
    Event.MENTIONED: "mentions",
    Event.DELEGATED: "delegations",
    Event.HELD_REFUSED: "answers that did not take effect",
    Event.POLICY_SHADOWED: "policies that only observe again",
    Event.VOTE_DROPPED: "confirmations that no longer count",
    Event.ROUTING_ROLLED_BACK: "routing changes taken back",
}
LEADS: Final[Mapping[Event, str]] = {
    Event.ASKED: "A question",
    Event.REMINDED: "Reminder",
    Event.ESCALATED: "It waited too long",
    Event.DECIDED: "Decided",
    Event.LAPSED: "Closed unanswered",
    Event.MENTIONED: "You are mentioned",
    Event.DELEGATED: "You decide for somebody",
    Event.HELD_REFUSED: "Your answer did not take effect",
    Event.POLICY_SHADOWED: "A policy only observes again",
    Event.VOTE_DROPPED: "Your confirmation no longer counts",
    Event.ROUTING_ROLLED_BACK: "A routing change was taken back",
}


@dataclass(frozen=True)
class Item:
    """One thing that is told; `url` opens its page. `ends` is when its answer is due or it
    lapses, whichever is first."""

    event: Event
    sentence: str
    url: str
    risk: int | None = None
    ends: datetime | None = None
    digest: str = ""
    options: Sequence[str] = ()  # what may be answered, while something is asked

    @property
    def lead(self) -> str:
        return LEADS[self.event]


@dataclass(frozen=True)
class Message:
    """What one delivery says."""

    tenant: str
    items: Sequence[Item]
    now: datetime
    preferences_url: str

    @property
    def subject(self) -> str:
        """One line: the thing itself, or counts such as "7 new questions, 2 high risk"."""
        if len(self.items) == 1:
            [item] = self.items
            return one_line(f"{item.lead}: {item.sentence}", most=MAX_SUBJECT)
        counts = Counter(item.event for item in self.items)
        told = [
            f"{counts[event]} {_MANY[event]}" if counts[event] > 1 else LEADS[event].lower()
            for event in Event
            if event in counts
        ]
        high = sum(item.risk == Risk.HIGH for item in self.items)
        return ", ".join([*told, f"{high} high risk"] if high else told)


def one_line(text: str, *, most: int = MAX_SENTENCE) -> str:
    """Text from outside as one legible line of at most so many characters."""
    line = re.sub(r"\s+", " ", legible(text)).strip()
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def facts(item: Item, *, now: datetime) -> str:
    """Risk, time left and the contract's digest, as far as there are any."""
    told = [
        RISKS[item.risk] if item.risk is not None else "",
        f"{time_left(item.ends, now=now)}" if item.ends else "",
        f"contract {item.digest[:DIGEST_SHOWN]}" if item.digest else "",
    ]
    return " · ".join(one for one in told if one)


def time_left(ends: datetime, *, now: datetime) -> str:
    """How long is left, such as "3 h left", or that the time is over."""
    seconds = (ends - now).total_seconds()
    if seconds <= 0:
        return "overdue"
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit} left"
    return "a minute left"


def as_text(message: Message) -> str:
    """For readers of plain text."""
    parts = [f"{message.subject}\n"]
    for item in message.items[:SHOWN]:
        told = facts(item, now=message.now)
        lines = [f"{item.lead}: {one_line(item.sentence)}", told, item.url]
        parts.append("\n".join(line for line in lines if line) + "\n")
    parts += _rest(message)
    parts.append(f"-- \nm25console, {one_line(message.tenant)}. {CLOSING}")
    parts.append(f"What you are told, and how: {message.preferences_url}\n")
    return "\n".join(parts)


CLOSING: Final = "The links only open pages; nothing is decided by them."


def as_html(message: Message) -> str:
    """The same, for readers of HTML; no styles, no pictures, nothing fetched."""
    rows = "".join(
        f"<li><p><strong>{html.escape(item.lead)}</strong>: "
        f"{html.escape(one_line(item.sentence))}<br>"
        f"<small>{html.escape(facts(item, now=message.now))}</small><br>"
        f'<a href="{html.escape(item.url)}">Open it in the console</a></p></li>'
        for item in message.items[:SHOWN]
    )
    rest = "".join(f"<p>{html.escape(one)}</p>" for one in _rest(message))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(message.subject)}</title></head><body>"
        f"<p>{html.escape(message.subject)}</p><ul>{rows}</ul>{rest}"
        f"<p><small>m25console, {html.escape(one_line(message.tenant))}. {CLOSING} "
        f'<a href="{html.escape(message.preferences_url)}">What you are told, and how</a>.'
        f"</small></p></body></html>"
    )


def as_slack(message: Message) -> dict[str, Any]:
    """For an incoming webhook as Slack has them.

    Sentences stand in blocks of plain text, where no mark-up is read; what has to be mark-up is
    escaped.
    """
    blocks: list[dict[str, Any]] = [_plain(message.subject)] if len(message.items) > 1 else []
    for item in message.items[:SHOWN]:
        told = facts(item, now=message.now)
        link = f"<{escaped(item.url)}|Open in m25console>"
        blocks.append(_plain(f"{item.lead}: {one_line(item.sentence)}"))
        marked = " · ".join(one for one in (escaped(told), link) if one)
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": marked}]})
    blocks += [_plain(one) for one in _rest(message)]
    return {"text": escaped(message.subject), "blocks": blocks, "unfurl_links": False}


def as_json(message: Message) -> dict[str, Any]:
    """For machines: the data of a signed webhook. An option's address opens the same page, with
    that answer marked and nothing answered."""
    return {
        "tenant": message.tenant,
        "subject": message.subject,
        "items": [
            {
                "event": item.event.value,
                "sentence": one_line(item.sentence),
                "risk": RISKS[item.risk].removesuffix(" risk") if item.risk is not None else None,
                "ends_at": item.ends.isoformat() if item.ends else None,
                "contract_digest": item.digest or None,
                "url": item.url,
                "option_urls": {one: f"{item.url}?option={one}" for one in item.options},
            }
            for item in message.items
        ],
    }


def escaped(text: str) -> str:
    """Text for Slack's mark-up: without these three it can name nobody and link nothing."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _rest(message: Message) -> list[str]:
    more = len(message.items) - SHOWN
    return [f"And {more} more in the console."] if more > 0 else []
