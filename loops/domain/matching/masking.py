"""From a message to its tokens, with everything that merely varies replaced by one wildcard.

Two steps: whole values (addresses, dates, quoted strings, lists) first, then word by word. Every
pattern is anchored or bounded, so the cost is linear in the length of an untrusted message.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from loops.domain.matching.spans import data_spans
from loops.domain.matching.vocabulary import FILES, LITERALS, NAMES_THE_FAULT, PLACES, UNITS

WILD: Final = "<*>"
MAX_CHARS: Final = 8_192  # of a message that are read at all
MAX_TOKENS: Final = 96  # of a message that take part in matching
MAX_WORD: Final = 64  # a longer unbroken word is a value, not language
MAX_PERIOD: Final = 6  # tokens of a repeating list item

_HIDDEN: Final = "\0"
_URL: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s\"'<>\[\]{}`]+")
# Lines of a stack trace, and of a quoted query or its caret: where, not what.
_FRAME: Final = re.compile(
    r"^(?:[ \t]+at [^\n]*[)\w]|LINE \d+: [^\n]*|[ \t^~]*[\^~][ \t^~]*"
    r"|[ \t]*File \"[^\n]*, line \d+[^\n]*(?:\n[ \t]{2,}[^\n]*)*)$",
    re.MULTILINE,
)
_MONTHS: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE: Final = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}\.?,?\s+)?(?:\d{1,2}\s+)?" + _MONTHS + r"\b"
    r"\.?,?\s+\d{1,4}\b(?:,?\s+\d{4}\b(?!:))?(?:,?\s+\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?)?"
    r"(?:\s*[AaPp][Mm]\b)?(?:\s+(?:UTC|GMT|[ECMP][SDE]?S?T)\b)?(?:\s+\d{4}\b)?"
)
_TOKEN: Final = re.compile(
    r"(?P<gap>\s*)(?:"
    r"(?P<hidden>\0)"
    r"|(?P<address>[0-9A-Fa-f]{1,4}(?:::?[0-9A-Fa-f]{1,4}){2,}(?!\w))"
    r"|(?P<path>[A-Za-z]:[\\/][^\s\"'<>|:,;\0]*)"
    r"|=(?P<value>(?![\s=<>\"'(\[{,;)}\]])[^\s,;)\]}>\"'\0]*[^\s,;)\]}>\"'\0\w][^\s,;)\]}>\"'\0]*)"
    r"|(?P<chunk>[^\s()\[\]{}<>\"'`,;:=|!?\0]+)"
    r"|(?P<mark>.))",
    re.DOTALL,
)
_TIGHT_JOINTS: Final = frozenset(",:./-+#~;|x*&@")  # join two values when no space is between
_LOOSE_JOINTS: Final = frozenset(",")  # join two values in any case
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+")  # get_weather
_DIGITS: Final = re.compile(r"\d+")
_STARTS_WITH_NUMBER: Final = re.compile(r"[-+~#$€£]{0,2}\.?\d")
_SIGN: Final = re.compile(r"(?<=_)[-+](?=\d)")
_HEX: Final = re.compile(r"[0-9a-fA-F][0-9a-fA-F-]{5,}")
_OBJECT: Final = re.compile(r"([A-Za-z_][\w.$]*)@(?:[0-9a-fA-F]+)")
_FILLER: Final = re.compile(r"(?<=[^\W_])(?:\.{3,}|_{3,}|-{3,}|\*{3,})")
_RULER: Final = re.compile(r"(\W)\1{3,}")


class Pieces(NamedTuple):
    """A message's first MAX_TOKENS tokens, and the text behind them that was not split."""

    bare: tuple[str, ...]
    spaced: tuple[str, ...]  # with a leading space where the message had one
    rest: str


def pieces(message: str) -> Pieces:
    """The message taken apart, values masked."""
    head = message[:MAX_CHARS].replace(_HIDDEN, " ")
    if not head.isascii():  # half a surrogate pair can be neither hashed nor stored
        head = head.encode("utf-8", "replace").decode()
    text = _hide_values(head).strip()
    line = _Line()
    end = 0
    for found in _TOKEN.finditer(text):
        gap = " " if found["gap"] else ""
        for token in _read(found):
            line.append(token, gap=gap)
            gap = ""
        end = found.end()
        if len(line.bare) > MAX_TOKENS:
            break
    return Pieces(
        bare=tuple(line.bare[:MAX_TOKENS]),
        spaced=tuple(line.spaced[:MAX_TOKENS]),
        rest=text[end:],
    )


class _Line:
    """The tokens of a message as they are read, in two spellings: bare, and with leading spaces."""

    def __init__(self) -> None:
        self.bare: list[str] = []
        self.spaced: list[str] = []

    def append(self, token: str, *, gap: str) -> None:
        """Adds a token, unless it belongs to the value before it."""
        if self.bare:
            last = self.bare[-1]
            if last in (":", "=") and token in LITERALS:
                token = WILD
            if self._continues_a_value(token, loose=bool(gap)):
                return
            if token == WILD and not gap and len(last) > 1 and last[-1] in "-_":
                token = last + WILD
                gap = self.spaced[-1][: -len(last)]
                self._drop(1)
        self.bare.append(token)
        self.spaced.append(gap + token if len(self.bare) > 1 else token)
        self._fold()

    def _continues_a_value(self, token: str, *, loose: bool) -> bool:
        """Values with nothing but joints between them are one, and so is a value with its unit."""
        bare = self.bare
        if bare[-1] == WILD:
            return token == WILD or token in UNITS
        if bare[-1] == "," and len(bare) > 1 and _IDENTIFIER.fullmatch(token):
            return self._continues_a_list_of_names()
        if token != WILD or len(bare) < 2 or bare[-2] != WILD:
            return False
        spaced_out = loose or self.spaced[-1].startswith(" ")
        if bare[-1] not in (_LOOSE_JOINTS if spaced_out else _TIGHT_JOINTS):
            return False
        self._drop(1)
        return True

    def _continues_a_list_of_names(self) -> bool:
        if self.bare[-2] != WILD:
            if not _IDENTIFIER.fullmatch(self.bare[-2]):
                return False
            self.spaced[-2] = self.spaced[-2].replace(self.bare[-2], WILD)
            self.bare[-2] = WILD
        self._drop(1)
        return True

    def _fold(self) -> None:
        """Drops a repetition of what stands before it: a list of any length reads as one item."""
        bare = self.bare
        last = bare[-1]
        for period in range(1, min(MAX_PERIOD, len(bare) // 2) + 1):
            if bare[-1 - period] == last:
                item = bare[-period:]
                if item == bare[-2 * period : -period] and any(WILD in token for token in item):
                    self._drop(period)
                    return

    def _drop(self, count: int) -> None:
        del self.bare[-count:], self.spaced[-count:]


def _hide_values(text: str) -> str:
    if "\n" in text:
        text = _FRAME.sub("", text)
    if "://" in text:
        text = _URL.sub(_HIDDEN, text)
    text = _DATE.sub(_HIDDEN, text)
    spans = data_spans(text)
    if not spans:
        return text
    kept: list[str] = []
    at = 0
    for start, end in spans:
        kept += (text[at:start], _HIDDEN)
        at = end
    return "".join(kept) + text[at:]


def _read(found: re.Match[str]) -> tuple[str, ...]:
    match found.lastgroup:
        case "chunk":
            chunk = found["chunk"]
            return _words(chunk) if len(chunk) <= 2 * MAX_WORD else (WILD,)
        case "mark":
            return (found["mark"],)
        case "value":
            return ("=", WILD)
        case "address" if not any(c.isdigit() for c in found["address"]):
            return tuple(found["address"].replace(":", " : ").split())
        case _:
            return (WILD,)


@lru_cache(maxsize=16_384)
def _words(chunk: str) -> tuple[str, ...]:
    """A run of characters without brackets, quotes or colons, as tokens."""
    if not any(c.isalnum() for c in chunk):
        return (_RULER.sub(r"\1\1\1", chunk),)
    filled = _FILLER.search(chunk)
    if filled is not None:
        rest = chunk[filled.end() :]
        return (*_words(chunk[: filled.start()]), "...", *(_words(rest) if rest else ()))
    body = chunk.rstrip(".")
    tail = (".",) if body != chunk else ()
    known = _OBJECT.fullmatch(body)
    if known is not None:
        return (known[1], "@", WILD, *tail)
    return (_word(body), *tail)


def _word(body: str) -> str:
    if len(body) > MAX_WORD or _STARTS_WITH_NUMBER.match(body) or _is_address(body):
        return WILD
    numbers = _DIGITS.findall(body)
    if numbers:
        if len(numbers) > 1 or _HEX.fullmatch(body):
            return WILD
        body = _SIGN.sub("", body).replace(numbers[0], WILD)
    return _last_name(body) if "." in body else body


def _is_address(body: str) -> bool:
    """A path, a mail address, or a name of a host or file."""
    slashes = body.count("/") + body.count("\\")
    if slashes > 1 or (slashes and body[0] in "/\\.~") or "@" in body[1:-1]:
        return True
    if "." not in body:
        return False
    last = body.rpartition(".")[2].lower()
    return last in PLACES or last in FILES


def _last_name(body: str) -> str:
    """An exception is named by its class, not by the package it lives in."""
    last = body.rpartition(".")[2]
    return last if last.endswith(NAMES_THE_FAULT) else body
